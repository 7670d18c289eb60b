"""Record what Keras computes for ``nonfinite_cases.py`` in ``recorded_nonfinite.npz``.

Run it under Keras 3 and under Keras 2, both on TensorFlow: each adds its part.

    PYTHONPATH=tests:tests/replaced python tests/make_recorded_nonfinite.py
"""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from make import names_of_keras2, names_of_keras3
from make_recorded_layers import VERSION, record
from nonfinite_cases import CASES, EXPRESSIONS, INPUTS, ONLY_3, RECORDED
from numpy.typing import NDArray

Array = NDArray[Any]


def respelled(name: str, arguments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return a function with its arguments as Keras 2 calls them."""
    return name, {key.replace("negative_slope", "alpha"): arguments[key] for key in arguments}


def recorded_layers() -> Iterator[tuple[str, Array]]:
    """Yield the variables and the output of every layer that this Keras has."""
    for case in CASES:
        function = case.config.get("activation", "")
        name = function if isinstance(function, str) else function[0]
        if (VERSION == 2 and ONLY_3 & {case.layer, name, *case.fields}) or case.keras < VERSION:
            continue
        if not hasattr(keras.activations, name or "relu") and not isinstance(function, str):
            continue  # a function that goes by its name alone
        config = {**case.config}
        if VERSION == 2 and not isinstance(function, str):
            config["activation"] = respelled(*function)
        for key, array in record(case._replace(config=config)).items():
            if "/in_" not in key:
                yield key, array


def recorded_expressions() -> Iterator[tuple[str, Array]]:
    """Yield what every expression makes of its inputs."""
    names = (names_of_keras2() if VERSION == 2 else names_of_keras3()) | {"tf": tf}
    for kind, texts in EXPRESSIONS.items():
        given = [tf.constant(array) for array in INPUTS[kind]]
        for text in texts:
            made = eval(text, {**names, "x": given if len(given) > 1 else given[0]})  # noqa: S307
            yield f"{text}/out", np.asarray(made)


def main() -> None:
    """Record this Keras's part and keep the other's."""
    made = dict([*recorded_layers(), *recorded_expressions()])
    kept = {}
    if RECORDED.exists():
        with np.load(RECORDED) as arrays:
            kept = {key: arrays[key] for key in arrays if not key.startswith(f"{VERSION}/")}
    kept[f"{VERSION}/index"] = np.array([f"{key} {array.shape}" for key, array in made.items()])
    flat = [array.astype(np.float32).ravel() for array in made.values()]
    kept[f"{VERSION}/numbers"] = np.concatenate(flat)
    everything: dict[str, Any] = dict(sorted(kept.items()))
    np.savez_compressed(RECORDED, **everything)


if __name__ == "__main__":
    main()
