"""Record models of keras-core, the preview of Keras 3, with what it computes, into this folder.

Needs keras-core 0.1.7 and TensorFlow 2.13:

    KERAS_BACKEND=tensorflow python make_keras_core.py

Each model is kept as ``NAME.keras``, ``NAME.h5``, and ``NAME.json`` with ``NAME.weights.h5``;
``io.npz`` has ``NAME/in_0`` ... and ``NAME/out_0``.
"""

from pathlib import Path
from typing import Any

import keras_core
import numpy as np

keras: Any = keras_core
HERE = Path(__file__).resolve().parent


def dense() -> Any:
    """Return a Sequential whose activation means another thing in Keras 0 to 2."""
    return keras.Sequential(
        [
            keras.layers.Input((4,)),
            keras.layers.Dense(5, activation="hard_sigmoid"),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(3, activation=keras.activations.hard_sigmoid),
        ],
        name="dense",
    )


def merge() -> Any:
    """Return a functional model of two inputs that merges and normalizes."""
    first, second = keras.layers.Input((3,), name="first"), keras.layers.Input((3,), name="second")
    added = keras.layers.Add()([keras.layers.Dense(3, activation="elu")(first), second])
    joined = keras.layers.Concatenate()([added, first, keras.layers.LeakyReLU(0.2)(second)])
    output = keras.layers.Dense(2, activation="softmax")(keras.layers.LayerNormalization()(joined))
    return keras.Model([first, second], output, name="merge")


def nested() -> Any:
    """Return a functional model with a Sequential in it."""
    inner = keras.Sequential(
        [keras.layers.Input((4,)), keras.layers.Dense(4, activation="hard_sigmoid")], name="inner"
    )
    entrance = keras.layers.Input((4,), name="entrance")
    hidden = keras.layers.Activation("hard_sigmoid")(inner(entrance))
    return keras.Model(entrance, keras.layers.Dense(2)(hidden), name="nested")


def record(model: Any, seed: int, kept: dict[str, Any]) -> None:
    """Give a model weights that are at no default, save it, and keep what it computes."""
    rng = np.random.default_rng(seed)
    drawn = [rng.uniform(0.2, 1.5, each.shape) * rng.choice([1, 1, -1]) for each in model.weights]
    for variable, array in zip(model.weights, drawn, strict=True):
        variable.assign(abs(array) if "variance" in variable.name else array)
    for suffix in (".keras", ".h5", ".weights.h5"):
        path = HERE / f"{model.name}{suffix}"
        path.unlink(missing_ok=True)
        (model.save_weights if suffix == ".weights.h5" else model.save)(path)
    (HERE / f"{model.name}.json").write_text(model.to_json() + "\n", encoding="utf-8")
    given = [rng.uniform(-2, 2, (6, *each.shape[1:])).astype("float32") for each in model.inputs]
    kept |= {f"{model.name}/in_{number}": array for number, array in enumerate(given)}
    kept[f"{model.name}/out_0"] = np.asarray(model.predict(given if len(given) > 1 else given[0]))


if __name__ == "__main__":
    arrays: dict[str, Any] = {}
    for number, build in enumerate((dense, merge, nested)):
        record(build(), number, arrays)
    np.savez_compressed(HERE / "io.npz", **arrays)
