"""Record subclassed models of Keras 3, whose weights files name the layers by attribute.

Needs Keras 3.15: ``KERAS_BACKEND=tensorflow python make_subclassed.py``. Each model is kept as
``NAME.weights.h5``, one in shards too; ``io.npz`` has ``NAME/in_0`` and ``NAME/out_0``.
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np

HERE = Path(__file__).resolve().parent


class Words(keras.Model):  # type: ignore[misc]
    """Numbers in words: square layers, so that many orders fit and the alphabet's is wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.dense_one = keras.layers.Dense(5, activation="relu")
        self.dense_two = keras.layers.Dense(5, activation="tanh")
        self.dense_three = keras.layers.Dense(5, activation="relu")
        self.out = keras.layers.Dense(2)

    def call(self, x: Any) -> Any:
        """Call the layers in the order of their numbers."""
        return self.out(self.dense_three(self.dense_two(self.dense_one(x))))


class Digits(keras.Model):  # type: ignore[misc]
    """Numbers in digits: they say the order, the shapes do not."""

    def __init__(self) -> None:
        super().__init__()
        for number in range(1, 12):
            setattr(self, f"fc{number}", keras.layers.Dense(3, activation="tanh"))

    def call(self, x: Any) -> Any:
        """Call the layers in the order of their numbers."""
        for number in range(1, 12):
            x = getattr(self, f"fc{number}")(x)
        return x


class Tapered(keras.Model):  # type: ignore[misc]
    """No two layers could change places."""

    def __init__(self) -> None:
        super().__init__()
        self.wide = keras.layers.Dense(6, activation="relu")
        self.narrow = keras.layers.Dense(3, activation="relu")
        self.end = keras.layers.Dense(2, use_bias=False)

    def call(self, x: Any) -> Any:
        """Call the layers from the widest to the narrowest."""
        return self.end(self.narrow(self.wide(x)))


class Normalized(keras.Model):  # type: ignore[misc]
    """What looks by its shapes like a chain of Dense layers, and is none."""

    def __init__(self) -> None:
        super().__init__()
        self.one = keras.layers.Dense(4, use_bias=False)
        self.two = keras.layers.Dense(2, use_bias=False)
        self.z_last = keras.layers.LayerNormalization(scale=False)

    def call(self, x: Any) -> Any:
        """Normalize what two Dense layers give."""
        return self.z_last(self.two(self.one(x)))


def sequential() -> Any:
    """Return more layers of one class than digits: the alphabet puts dense_10 after dense_1."""
    layers = [keras.layers.Dense(3, activation="tanh", name=f"own_{21 - n}") for n in range(11)]
    return keras.Sequential(layers)


def record(name: str, model: Any, kept: dict[str, Any]) -> None:
    """Give a model weights that are at no default, save them, and keep what it computes."""
    rng = np.random.default_rng(len(name))
    given = rng.uniform(-2, 2, (6, 3)).astype("float32")
    model(given)
    for variable in model.weights:
        variable.assign(rng.uniform(-1, 1, variable.shape))
    model.save_weights(HERE / f"{name}.weights.h5", overwrite=True)
    if name == "words":
        model.save_weights(HERE / f"{name}.weights.json", overwrite=True, max_shard_size=2e-7)
    kept |= {f"{name}/in_0": given, f"{name}/out_0": np.asarray(model(given))}


if __name__ == "__main__":
    arrays: dict[str, Any] = {}
    for build in (Words, Digits, Tapered, Normalized, sequential):
        record(build.__name__.lower(), build(), arrays)
    np.savez_compressed(HERE / "io.npz", **arrays)
