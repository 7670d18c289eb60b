"""Record what Keras makes of the expressions in ``tests/replaced_expressions.py``.

Run with TensorFlow and Keras 2, and again with Keras 3; each adds its part to ``recorded.npz``:

    PYTHONPATH=tests python tests/replaced/make.py
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from replaced_expressions import INPUTS, RECORDED, texts

VERSION = keras.__version__.split(".", maxsplit=1)[0]


def names_of_keras2() -> dict[str, Any]:
    backend = keras.backend
    every = {name: getattr(backend, name) for name in dir(backend)}
    every |= {name: getattr(tf.math, name) for name in ("floor", "ceil", "erf", "log1p", "expm1")}
    every |= {name: getattr(tf.nn, name) for name in ("leaky_relu", "relu6", "silu", "gelu")}
    return every | {
        "K": backend,
        "selu": keras.activations.selu,
        "where": tf.where,
        "transpose": backend.permute_dimensions,
    }


def names_of_keras3() -> dict[str, Any]:
    every = {name: getattr(keras.ops, name) for name in dir(keras.ops)}
    every |= {name: getattr(keras.activations, name) for name in dir(keras.activations)}
    return every | {
        "ops": keras.ops,
        "erf": tf.math.erf,
        "l2_normalize": tf.math.l2_normalize,
    }


def main() -> None:
    names = (names_of_keras2() if VERSION == "2" else names_of_keras3()) | {"tf": tf}
    recorded = dict(np.load(RECORDED)) if RECORDED.exists() else {}
    recorded = {key: array for key, array in recorded.items() if not key.startswith(VERSION)}
    for kind, text in texts(VERSION):
        given = [tf.constant(array) for array in INPUTS[kind]]
        made = eval(text, {**names, "x": given if len(given) > 1 else given[0]})  # noqa: S307
        recorded[f"{VERSION}/{text}"] = np.asarray(made)
    np.savez_compressed(RECORDED, **dict(sorted(recorded.items())))
    print(f"Keras {keras.__version__}: {len(texts(VERSION))} expressions")  # noqa: T201


if __name__ == "__main__":
    main()
