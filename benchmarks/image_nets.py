"""The networks of ``images.py``, saved by an interpreter that has Keras 3.

``python image_nets.py NAME FILE.keras`` saves one, its weights drawn so that every layer matters.
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np


def mobilenet_small() -> Any:
    """MobileNetV2 at a third of its width."""
    return applications().MobileNetV2(weights=None, alpha=0.35)


def mobilenet() -> Any:
    """MobileNetV2."""
    return applications().MobileNetV2(weights=None)


def resnet() -> Any:
    """ResNet50."""
    return applications().ResNet50(weights=None)


def efficientnet() -> Any:
    """EfficientNetB0."""
    return applications().EfficientNetB0(weights=None)


def applications() -> Any:
    """Return keras.applications."""
    from keras import applications as found  # noqa: PLC0415 - Keras is asked for by name

    return found


def unet_transposed() -> Any:
    """A U-Net whose way up is learnt."""
    from keras import layers  # noqa: PLC0415

    def up(x: Any, filters: int, name: str) -> Any:
        return layers.Conv2DTranspose(filters, 2, strides=2, padding="same", name=name)(x)

    return unet(up)


def unet_bilinear() -> Any:
    """A U-Net whose way up is interpolated."""
    from keras import layers  # noqa: PLC0415

    def up(x: Any, filters: int, name: str) -> Any:
        wide = layers.UpSampling2D(2, interpolation="bilinear")(x)
        return layers.Conv2D(filters, 1, name=name)(wide)

    return unet(up)


def unet(up: Callable[[Any, int, str], Any]) -> Any:
    """Three halvings of 128 x 128 places, and back; two classes."""
    import keras  # noqa: PLC0415
    from keras import layers  # noqa: PLC0415

    def twice(x: Any, filters: int, name: str) -> Any:
        for turn in "ab":
            plain = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"{name}{turn}")
            x = layers.BatchNormalization(name=f"{name}{turn}_bn")(plain(x))
            x = layers.ReLU()(x)
        return x

    x = given = keras.Input((128, 128, 3))
    beside = []
    for level, filters in enumerate((16, 32, 64)):
        x = twice(x, filters, f"down{level}")
        beside.append(x)
        x = layers.MaxPooling2D()(x)
    x = twice(x, 128, "deep")
    for level, filters in reversed(list(enumerate((16, 32, 64)))):
        x = layers.Concatenate()([up(x, filters, f"up{level}"), beside[level]])
        x = twice(x, filters, f"back{level}")
    return keras.Model(given, layers.Conv2D(2, 1, activation="softmax", name="top")(x))


def ecg() -> Any:
    """A residual classifier of 1,000 steps of 12 signals."""
    import keras  # noqa: PLC0415
    from keras import layers  # noqa: PLC0415

    x = given = keras.Input((1000, 12))
    for block, filters in enumerate((32, 64, 64, 128)):
        y = x
        for turn in "ab":
            name = f"block{block}{turn}"
            y = layers.Conv1D(filters, 7, padding="same", use_bias=False, name=name)(y)
            y = layers.BatchNormalization(name=f"{name}_bn")(y)
            y = layers.ReLU()(y) if turn == "a" else y
        straight = layers.Conv1D(filters, 1, name=f"block{block}_straight")(x)
        x = layers.MaxPooling1D(2)(layers.ReLU()(layers.Add()([y, straight])))
    x = layers.Dense(64, activation="relu", name="wide")(layers.GlobalAveragePooling1D()(x))
    return keras.Model(given, layers.Dense(5, activation="softmax", name="top")(x))


NETS: dict[str, Callable[[], Any]] = {
    each.__name__: each
    for each in (
        *(mobilenet_small, mobilenet, resnet, efficientnet),
        *(unet_transposed, unet_bilinear, ecg),
    )
}


def draw(weight: Any, random: np.random.Generator) -> Any:
    """Return numbers of a trained net's size, by what the weight is."""
    name, shape = weight.path, tuple(weight.shape)
    if name.endswith(("variance", "gamma")):
        return random.uniform(0.5, 1.5, shape)
    if name.endswith(("beta", "bias", "mean")):
        return random.normal(0, 0.1, shape)
    return random.normal(0, (2 / max(np.prod(shape[:-1]), 1)) ** 0.5, shape)


def save(name: str, target: str) -> None:
    """Build, draw and save a net."""
    model = NETS[name]()
    random = np.random.default_rng(5)
    for layer in model.layers:
        for weight in [] if layer.name == "normalization" else layer.weights:
            weight.assign(draw(weight, random))
    model.save(target)


if __name__ == "__main__":
    save(*sys.argv[1:])
