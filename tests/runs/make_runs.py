"""Save nets of convolutions with what real Keras makes of drawn inputs; run with Keras 3.15.1.

Each net is <name>.keras; io.npz has <name>/in<number> and <name>/out<number>.
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import Input, Model, layers

HERE = Path(__file__).parent
rng = np.random.default_rng(20)


def classic() -> Any:
    x = given = Input((11, 9, 2))
    x = layers.Conv2D(4, 3, activation="relu")(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(5, (3, 2), padding="same", strides=2, activation="elu")(x)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.5)(layers.LeakyReLU()(x))
    x = layers.BatchNormalization()(layers.ReLU()(x))
    return Model(given, layers.Dense(3, activation="softmax")(x))


def residual() -> Any:
    x = given = Input((13, 14, 3))
    x = layers.ZeroPadding2D(((3, 2), (2, 3)))(x)
    x = layers.Conv2D(6, 5, strides=2, use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.MaxPooling2D(3, strides=2)(layers.ZeroPadding2D(1)(x))
    for stride in (1, 2):
        normal = layers.ReLU()(layers.BatchNormalization(scale=False)(x))
        y = layers.Conv2D(4, 1, use_bias=False)(normal)
        y = layers.ReLU(6.0)(layers.BatchNormalization(center=False)(y))
        y = layers.Conv2D(6, 3, strides=stride, padding="same")(y)
        straight = layers.MaxPooling2D(1, strides=stride)(x) if stride > 1 else x
        x = layers.Add()([y, straight])
    x = layers.GlobalAveragePooling2D()(layers.Activation("relu")(x))
    return Model(given, layers.Dense(4)(x))


def squeezed() -> Any:
    x = given = Input((12, 12, 3))
    x = layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 3.0])(x)
    x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(x)
    x = layers.Activation("swish")(layers.BatchNormalization()(x))
    y = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    y = layers.Activation("swish")(layers.BatchNormalization()(y))
    s = layers.Reshape((1, 1, 8))(layers.GlobalAveragePooling2D()(y))
    s = layers.Conv2D(2, 1, activation="swish")(s)
    s = layers.Conv2D(8, 1, activation="sigmoid")(s)
    y = layers.SeparableConv2D(8, 3, padding="same")(layers.Multiply()([y, s]))
    x = layers.Add()([layers.SpatialDropout2D(0.2)(layers.BatchNormalization()(y)), x])
    top = layers.GlobalMaxPooling2D(keepdims=True)(x)
    return Model(given, layers.Dense(3, activation="sigmoid")(layers.Flatten()(top)))


def pyramid() -> Any:
    x = given = Input((None, None, 2))
    first = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D()(first)
    second = layers.Conv2D(6, 3, padding="same", dilation_rate=2, activation="tanh")(x)
    x = layers.AveragePooling2D(2)(second)
    x = layers.Conv2DTranspose(6, 2, strides=2)(x)
    x = layers.BatchNormalization()(x)
    x = layers.Concatenate()([x, second])
    x = layers.UpSampling2D(2)(layers.Conv2D(4, 1)(x))
    x = layers.Concatenate()([first, x])
    x = layers.Cropping2D(((1, 0), (0, 2)))(x)
    return Model(given, layers.Conv2D(3, 1, activation="softmax")(x))


def waves() -> Any:
    x = given = Input((20, 3))
    x = layers.Conv1D(6, 3, padding="causal", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.MaxPooling1D(2)(layers.ZeroPadding1D((2, 1))(x))
    x = layers.SeparableConv1D(6, 3, padding="same", activation="tanh")(x)
    y = layers.Conv1D(6, 3, dilation_rate=2, padding="same")(x)
    x = layers.Add()([x, y])
    x = layers.Conv1DTranspose(4, 3, strides=2, padding="same")(layers.UpSampling1D(2)(x))
    both = [layers.GlobalMaxPooling1D()(x), layers.GlobalAveragePooling1D()(x)]
    flat = layers.Dense(3)(layers.Flatten()(layers.AveragePooling1D(3, padding="same")(x)))
    return Model(given, [layers.Dense(2)(layers.Concatenate()(both)), flat])


def volumes() -> Any:
    x = given = Input((5, 6, 7, 2))
    x = layers.Conv3D(4, 2, activation="relu")(x)
    x = layers.BatchNormalization()(x)
    x = layers.AveragePooling3D((1, 2, 2), padding="same")(x)
    x = layers.Conv3DTranspose(3, 2, strides=(2, 1, 1))(x)
    x = layers.Flatten()(layers.MaxPooling3D((2, 1, 3))(x))
    return Model(given, layers.Dense(2)(x))


def mixed() -> Any:
    image, facts = Input((6, 8, 3), name="image"), Input((4,), name="facts")
    x = layers.Conv2D(4, 3, padding="same")(image)
    x = layers.PReLU()(layers.LayerNormalization()(x))
    gate = layers.Reshape((1, 1, 4))(layers.Dense(4, activation="sigmoid")(facts))
    x = layers.Multiply()([x, gate])
    middle = layers.Concatenate(axis=1)([x, layers.Conv2D(4, 2, padding="same")(x)])
    x = layers.Dense(5, activation="gelu")(middle)
    x = layers.Conv2D(3, 3, strides=2)(layers.Add()([x, layers.Conv2D(5, 1)(middle)]))
    x = layers.Permute((3, 1, 2))(x)
    rows = layers.Reshape((3, -1))(x)
    flat = layers.Dense(2)(layers.Flatten()(layers.Softmax(axis=1)(x)))
    return Model([image, facts], [middle, rows, flat, layers.GlobalAveragePooling2D()(middle)])


def normalised() -> Any:
    x = given = Input((9, 10, 4))
    x = layers.Conv2D(6, 2)(layers.BatchNormalization()(x))
    x = layers.DepthwiseConv2D(2, depth_multiplier=2, use_bias=False)(x)
    x = layers.SeparableConv2D(4, 2)(layers.BatchNormalization()(x))
    x = layers.Conv2D(6, 2, groups=2)(layers.BatchNormalization()(x))
    x = layers.Conv2D(3, 2, use_bias=False, activation="relu")(layers.BatchNormalization()(x))
    x = layers.Conv2D(3, 2, padding="same")(layers.BatchNormalization()(x))
    return Model(given, layers.BatchNormalization(axis=1)(layers.Conv2D(2, 1)(x)))


def draw(weight: Any) -> Any:
    name, shape = weight.path, weight.shape
    if name.endswith("variance"):
        return rng.uniform(0.5, 2, shape)
    if name.endswith("gamma"):
        return rng.choice([-1, 1], shape) * rng.uniform(0.5, 1.5, shape)
    scale = 0.3 if name.endswith(("bias", "beta", "mean", "alpha")) else None
    return rng.normal(0, scale or np.prod(shape[:-1], initial=1.0) ** -0.5, shape)


SIZES = {"pyramid": (8, 12, 2)}
numbers: dict[str, Any] = {}
for build in (classic, residual, squeezed, pyramid, waves, volumes, mixed, normalised):
    name = build.__name__
    model = build()
    for weight in model.weights:
        if weight.dtype == "float32" and "normalization/count" not in weight.path:
            weight.assign(draw(weight))
    model.save(HERE / f"{name}.keras")
    shapes = [SIZES.get(name, each.shape[1:]) for each in model.inputs]
    rows = [rng.normal(size=(3, *shape)).astype(np.float32) for shape in shapes]
    for place, array in enumerate(rows):
        numbers[f"{name}/in{place}"] = array
    for place, array in enumerate(keras.tree.flatten(model.predict(rows, verbose=0))):
        numbers[f"{name}/out{place}"] = array
np.savez_compressed(HERE / "io.npz", **numbers)
