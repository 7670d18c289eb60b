"""Small live models, made with whatever Keras is installed; tests without one are skipped."""

import os
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

PACKAGES = ("keras", "tf_keras")
Maker = Callable[[Any], Any]
RANDOM = np.random.default_rng(0)


def installed(name: str) -> Any:
    """Import a Keras, or skip the test and say why."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        keras = pytest.importorskip(name)
    keras.utils.set_random_seed(1)
    return keras


def on_tensorflow(keras: Any) -> bool:
    return bool(keras.backend.backend() == "tensorflow")


def needs_tf2onnx(keras: Any) -> None:
    if not on_tensorflow(keras):
        pytest.skip("tf2onnx converts models on TensorFlow only")
    pytest.importorskip("tf2onnx")


def numbers(*shape: int) -> Any:
    return RANDOM.normal(size=shape).astype("float32")


def mlp(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((33,), name="features"),
            layers.Dense(16, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.Dense(1),
        ],
        name="mlp",
    )


def deferred(keras: Any) -> Any:
    model = keras.Sequential([keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(2)])
    model.build((None, 5))
    return model


def shared(keras: Any) -> Any:
    layers = keras.layers
    first, second = keras.Input((4,), name="first"), keras.Input((3,), name="second")
    dense = layers.Dense(5, activation="gelu", name="shared")
    x = layers.Concatenate()([dense(first), dense(layers.Dense(4)(second))])
    x = layers.LayerNormalization()(x)
    outputs = [
        layers.Dense(2, activation="softmax", name="class")(x),
        layers.Dense(1, name="size")(x),
    ]
    return keras.Model([first, second], outputs, name="shared")


def keyed(keras: Any) -> Any:
    layers = keras.layers
    a, b = keras.Input((4,), name="a"), keras.Input((3,), name="b")
    outputs = {"z": layers.Dense(2)(a), "c": layers.Add()([layers.Dense(3)(a), b])}
    return keras.Model({"b": b, "a": a}, outputs)


def nested(keras: Any) -> Any:
    layers = keras.layers
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(4, activation="relu")], name="inner")
    x = keras.Input((4,))
    middle = keras.Model(x, inner(inner(x)), name="middle")
    y = keras.Input((4,))
    return keras.Model(y, layers.Dense(2)(middle(middle(y))), name="outer")


def embedded(keras: Any) -> Any:
    layers = keras.layers
    ids = keras.Input((5,), dtype="int32", name="ids")
    x = layers.Flatten()(layers.Embedding(11, 3)(ids))
    return keras.Model(ids, layers.Dense(2)(x))


def normalized(keras: Any) -> Any:
    layer = keras.layers.Normalization()
    layer.adapt(numbers(50, 3) * 7 + 3)
    return keras.Sequential([keras.Input((3,)), layer, keras.layers.Dense(2)])


def stepwise(keras: Any) -> Any:
    layers = keras.layers
    x = keras.Input((6, 4))
    return keras.Model(x, layers.TimeDistributed(layers.Dense(3, activation="relu"))(x))


def activated(keras: Any) -> Any:
    layers = keras.layers
    x = keras.Input((4,), name="x")
    made = [layers.PReLU(), layers.ELU(), layers.Activation("swish"), layers.Softmax()]
    made += [layers.UnitNormalization(), layers.GaussianNoise(0.3)]
    return keras.Model(x, [layer(x) for layer in made])


def subclassed_graph(keras: Any) -> Any:
    """Make a graph of layers with a class of its own, as for a train_step of one's own."""

    class Graph(keras.Model):  # type: ignore[misc]
        pass

    x = keras.Input((3,), name="x")
    return Graph(x, keras.layers.Dense(2)(x))


def adapted(keras: Any) -> Any:
    layer = keras.layers.StringLookup(output_mode="one_hot")
    layer.adapt(np.array([["a"], ["b"], ["b"]], object))
    words = keras.Input((1,), dtype="string", name="words")
    return keras.Model(words, layer(words))


def adapted_ids(keras: Any) -> Any:
    layer = keras.layers.IntegerLookup(output_mode="multi_hot")
    layer.adapt(np.array([[3], [4], [4]]))
    ids = keras.Input((1,), dtype="int64", name="ids")
    return keras.Model(ids, layer(ids))


def with_lora(keras: Any) -> Any:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(2)])
    model.layers[0].enable_lora(2)
    model.layers[0].lora_kernel_b.assign(numbers(2, 8))
    return model


def quantized(keras: Any) -> Any:
    layers = keras.layers
    model = keras.Sequential([keras.Input((16,)), layers.Dense(8), layers.Dense(2)])
    model.quantize("int8")
    return model


def narrow(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(3, dtype="bfloat16"),
            layers.Dense(2, dtype="mixed_float16"),
        ]
    )


def wide(keras: Any) -> Any:
    layer = keras.layers.Dense(3, dtype="float64")
    return keras.Sequential([keras.Input((4,), dtype="float64"), layer])


def spectral(keras: Any) -> Any:
    x = keras.Input((4,))
    return keras.Model(x, keras.layers.SpectralNormalization(keras.layers.Dense(3))(x))


def einsum(keras: Any) -> Any:
    x = keras.Input((6, 4))
    layer = keras.layers.EinsumDense("abc,cd->abd", (None, 7), bias_axes="d")
    return keras.Model(x, layer(x))


GRAPHS: tuple[Maker, ...] = (
    mlp,
    deferred,
    shared,
    keyed,
    nested,
    embedded,
    normalized,
    stepwise,
    activated,
)
KERAS_3: tuple[Maker, ...] = (with_lora, quantized, narrow, wide, spectral, einsum)
LOOKUPS: tuple[Maker, ...] = (adapted, adapted_ids)


def made(maker: Maker, keras: Any) -> Any:
    """Make a model, or skip the test where this Keras cannot."""
    if maker in KERAS_3 and not hasattr(keras, "ops"):
        pytest.skip("Keras 3 only")
    if maker in LOOKUPS and not on_tensorflow(keras):
        pytest.skip("lookups need TensorFlow")
    return maker(keras)


def doubling(keras: Any) -> Any:
    """Return a custom layer."""

    class Doubling(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x * 2

    return Doubling(name="doubling")


def custom(keras: Any) -> Any:
    """Make a model with two custom layers and inputs that are not in alphabetical order."""
    layers = keras.layers

    class Scaled(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self, function: Any, **options: Any) -> None:
            super().__init__(**options)
            self.function = function

        def build(self, shape: Any) -> None:
            self.scale = self.add_weight(shape=(shape[-1],), initializer="random_normal")
            self.built = True

        def call(self, x: Any) -> Any:
            return self.function(x) * self.scale

    x, y = keras.Input((3,), name="x"), keras.Input((None, 4), name="a y")
    outputs = [
        layers.Dense(2, name="last")(doubling(keras)(x)),
        Scaled(lambda each: each + 1, name="ahead")(y),
    ]
    return keras.Model([x, y], outputs, name="custom")


def coded(keras: Any) -> Any:
    """Make a Sequential with a Lambda, and a gelu."""
    layers = keras.layers
    parts = [layers.Lambda(lambda x: x * x, name="square"), layers.Dense(2, activation="gelu")]
    return keras.Sequential([keras.Input((3,), name="x"), *parts], name="coded")
