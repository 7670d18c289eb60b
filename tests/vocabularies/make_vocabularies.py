"""Record lookup layers of whatever Keras is installed, with what they give, into this folder.

    python make_vocabularies.py [CASE ...]

Keras 3.15 and TensorFlow 2.13 write ``.keras`` files. TensorFlow 2.4 refuses to save lookups in
HDF5; of it there is the JSON, and the weights of the Embedding beside. The names begin with the
version; ``NAME.npz`` has ``x``, ``y``, which the live model gives, and ``again``, which it gives
once it is loaded again.
"""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

HERE = Path(__file__).resolve().parent
KERAS = tf.keras
VERSION = "".join(getattr(KERAS, "__version__", tf.__version__).split(".")[:2])

try:
    LAYERS = (KERAS.layers.StringLookup, KERAS.layers.IntegerLookup)
except AttributeError:
    LAYERS = (
        KERAS.layers.experimental.preprocessing.StringLookup,
        KERAS.layers.experimental.preprocessing.IntegerLookup,
    )

WORDS = ["a", "b", "c"]
WEIGHTS = [0.5, 1.5, 2.25]
WEIGHED = {"output_mode": "tf_idf"}
ROWS = np.array([["a", "b"], ["c", "z"]])
CASES = {
    "words": (LAYERS[0], WORDS, ROWS),
    "broken": (LAYERS[0], ["a", "b\nc"], ROWS),
    "separated": (LAYERS[0], ["a", "b\u2028c"], ROWS),
    "returned": (LAYERS[0], ["a\r", "b"], ROWS),
    "numbers": (LAYERS[1], [5, 7], np.array([[5, 7], [9, 5]], np.int64)),
    "weighed": (partial(LAYERS[0], **WEIGHED), WORDS, ROWS),
    "texts": (KERAS.layers.TextVectorization, WORDS, np.array([["a B, c z."], ["c"]])),
    "weighed-texts": (
        partial(KERAS.layers.TextVectorization, **WEIGHED),
        WORDS,
        np.array([["a B, c c z."], ["c"]]),
    ),
}


def record(name: str, kind: Any, vocabulary: Any, rows: Any) -> None:
    """Save a model of one lookup, and keep what it gives."""
    dtype = "string" if rows.dtype.kind == "U" else "int64"
    entrance = KERAS.layers.Input(rows.shape[1:], dtype=dtype)
    if VERSION == "24":
        embedding = KERAS.layers.Embedding(6, 2)
        model = KERAS.Model(entrance, embedding(kind(vocabulary=vocabulary)(entrance)))
        (HERE / f"24-{name}.json").write_text(model.to_json() + "\n", encoding="utf-8")
        np.savez(HERE / f"24-{name}-weights.npz", *embedding.get_weights())
        kept = {"y": model(tf.constant(rows))}
    else:
        layer = kind()
        layer.set_vocabulary(vocabulary, *([WEIGHTS] if name.startswith("weighed") else []))
        model = KERAS.Model(entrance, layer(entrance))
        model.save(HERE / f"{VERSION}-{name}.keras")
        again = KERAS.models.load_model(HERE / f"{VERSION}-{name}.keras")
        kept = {"y": model(tf.constant(rows)), "again": again(tf.constant(rows))}
    arrays: dict[str, Any] = {key: np.asarray(value) for key, value in kept.items()}
    np.savez(HERE / f"{VERSION}-{name}.npz", x=rows, **arrays)


if __name__ == "__main__":
    for each, case in CASES.items():
        if sys.argv[1:] and each not in sys.argv[1:]:
            continue
        if VERSION != "24" or each in ("words", "numbers"):
            record(each, *case)
