"""Save models of layers over space as Keras writes them, with what they compute.

Run under Keras 3.15 and under a Keras 2 of TensorFlow; each saves its part:

    python tests/space/make_space_models.py
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np

HERE = Path(__file__).resolve().parent
VERSION = int(keras.__version__.split(".", maxsplit=1)[0])
layers = keras.layers
rng = np.random.default_rng(12)


def draw(*shape: int) -> Any:
    return rng.normal(0, 0.7, shape).astype("float32")


def save(name: str, model: Any, *inputs: Any, kind: str = "keras") -> None:
    """Give every variable random numbers, save the model, and what it computes."""
    for variable in model.weights:
        variable.assign(np.abs(draw(*variable.shape)) + 0.1)
    answer = model(list(inputs) if len(inputs) > 1 else inputs[0])
    model.save(HERE / f"{name}.{kind}")
    recorded = {f"in_{index}": array for index, array in enumerate(inputs)}
    np.savez_compressed(HERE / f"{name}.npz", out=np.asarray(answer), **recorded)


def masked(name: str) -> None:
    """A mask that the call names; what it leaves out is NaN, which Keras 3.15 alone passes over."""
    steps, mask = keras.Input((5, 3), name="steps"), keras.Input((5,), dtype="bool", name="mask")
    pooled = layers.GlobalAveragePooling1D()(steps, mask=mask)
    rows, counts = draw(3, 5, 3), np.array([[1, 0, 1, 1, 0], [1] * 5, [0, 0, 0, 1, 0]], bool)
    rows[0, 1, 2], rows[2, 0, 1] = np.nan, np.inf
    save(name, keras.Model([steps, mask], pooled), rows, counts)


def keras3() -> None:
    for name, kind in (("lora_merged", "keras"), ("lora_apart", "h5")):
        first, second = layers.Conv2D(4, 2, groups=2, padding="same"), layers.Conv2D(3, 2)
        norm = layers.BatchNormalization
        net = keras.Sequential([keras.Input((4, 5, 2)), first, norm(), second, norm()])
        first.enable_lora(2)
        second.enable_lora(3, lora_alpha=5)
        save(name, net, draw(3, 4, 5, 2), kind=kind)
    masked("masked_mean")
    double: dict[str, Any] = {"dtype": "float64"}
    net = keras.Sequential(
        [
            keras.Input((None, None, 2), **double),
            layers.Conv2D(3, 3, strides=2, **double),
            layers.DepthwiseConv2D(2, padding="same", **double),
            layers.AveragePooling2D(2, **double),
            layers.GlobalAveragePooling2D(**double),
        ]
    )
    save("open_doubles", net, draw(2, 10, 12, 2).astype("float64"))


def keras2() -> None:
    local = layers.LocallyConnected2D(2, 2, padding="same", implementation=3, activation="relu")
    net = keras.Sequential([keras.Input((2, 3, 4, 2)), layers.TimeDistributed(local)])
    save("local_steps", net, draw(3, 2, 3, 4, 2), kind="h5")
    masked("masked_product")


if __name__ == "__main__":
    keras3() if VERSION == 3 else keras2()
