"""Save a model with a Lambda, an activation and a layer of its own, and what Keras predicts.

Run with TensorFlow and Keras 3, and with Keras 2:

    python tests/replaced/make_models.py
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

HERE = Path(__file__).resolve().parent
VERSION = keras.__version__.split(".", maxsplit=1)[0]
register = keras.saving.register_keras_serializable


@register(package="Mine")
class Calibrate(keras.layers.Layer):  # type: ignore[misc]
    """x * scale / temperature + shift, a scale and a shift for each feature."""

    def __init__(self, temperature: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.temperature = temperature

    def build(self, shape: Any) -> None:
        self.scale = self.add_weight(name="scale", shape=(shape[-1],), initializer="ones")
        self.shift = self.add_weight(name="shift", shape=(shape[-1],), initializer="zeros")
        self.built = True

    def call(self, x: Any) -> Any:
        return x * self.scale / self.temperature + self.shift

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "temperature": self.temperature}


def bend(x: Any) -> Any:
    """Bend what is negative."""
    return tf.where(x > 0, x, 0.3 * tf.exp(tf.minimum(x, 0.0)) - 0.3)


register(package="Mine")(bend)


def model() -> Any:
    inputs = keras.Input((6,), name="pixels")
    x = keras.layers.Lambda(lambda t: t / 127.5 - 1, name="rescale")(inputs)
    inner = keras.Input((6,), name="entry")
    y = keras.layers.Lambda(lambda t: t * t, name="squared")(inner)
    y = keras.layers.Dense(5, activation=bend, name="hidden")(y)
    x = keras.models.Model(inner, y, name="block")(x)
    x = Calibrate(temperature=1.5, name="calibrate")(x)
    outputs = keras.layers.Dense(3, activation="softmax", name="scores")(x)
    return keras.models.Model(inputs, outputs, name="net")


def main() -> None:
    net, random = model(), np.random.default_rng(20)
    net.set_weights([random.normal(size=each.shape) for each in net.get_weights()])
    rows = random.uniform(0, 255, (7, 6)).astype(np.float32)
    for suffix in ("keras", "h5"):
        net.save(HERE / f"keras{VERSION}.{suffix}")
    made = net.predict(rows, verbose=0)
    np.savez_compressed(HERE / f"keras{VERSION}.npz", rows=rows, scores=made)


if __name__ == "__main__":
    main()
