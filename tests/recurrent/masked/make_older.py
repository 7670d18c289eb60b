"""Save recurrent nets behind a Masking with what older Keras makes of them.

``python make_older.py keras|tensorflow.keras`` under Keras 2.2.4 and 2.3.1 on TensorFlow 1.15, and
under TensorFlow 1.15 and 2.0; NAME-LABEL.h5, and what io.npz has of them. Those of TensorFlow that
do not tell which of the two it was go to ../untold.
"""

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

HERE = Path(__file__).parent
TIME = 6
MASKS = [
    [1, 1, 1, 1, 1, 1],
    [1, 1, 1, 0, 0, 0],
    [0, 0, 1, 1, 1, 1],
    [0, 1, 0, 0, 1, 0],
    [0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 1],
]

keras: Any = importlib.import_module(sys.argv[1])
layers = keras.layers
rng = np.random.RandomState(31)
LABEL = keras.__version__ if sys.argv[1] == "keras" else "tf" + tf.__version__


def both() -> Any:
    x = keras.Input((TIME, 3))
    y = layers.Masking(0.0)(x)
    hard = {"recurrent_activation": "hard_sigmoid", "return_sequences": True}
    made = [
        layers.Bidirectional(layers.LSTM(2, **hard))(y),
        layers.Bidirectional(layers.GRU(2, recurrent_activation="hard_sigmoid"))(y),
        layers.Bidirectional(layers.SimpleRNN(2, return_sequences=True))(y),
    ]
    return keras.Model(x, made)


def fused() -> Any:
    x = keras.Input((TIME, 3))
    each = layers.LSTM(2, recurrent_activation="sigmoid", return_sequences=True)
    return keras.Model(x, layers.Bidirectional(each)(layers.Masking(0.0)(x)))


def states() -> Any:
    x, hidden, carry = keras.Input((TIME, 3)), keras.Input((2,)), keras.Input((2,))
    y = layers.Masking(0.0)(x)
    long = layers.LSTM(2, return_sequences=True, return_state=True)
    simple = layers.SimpleRNN(2, go_backwards=True)
    steps = layers.SimpleRNN(2, unroll=True, return_sequences=True)
    made = [*long(y, initial_state=[hidden, carry])]
    made += [simple(y, initial_state=hidden), steps(y, initial_state=carry)]
    return keras.Model([x, hidden, carry], made)


def drawn(place: int) -> Any:
    if place:
        return rng.normal(size=(len(MASKS), 2)).astype("float32")
    counts = np.asarray(MASKS)[:, :, None]
    return (rng.normal(size=(len(MASKS), TIME, 3)) * counts).astype("float32")


def keep(folder: Path, file: str, arrays: Any) -> None:
    kept = folder / "io.npz"
    numbers: Any = dict(np.load(str(kept))) if kept.exists() else {}
    for kind, several in arrays.items():
        numbers.update({f"{file}/{kind}{place}": array for place, array in enumerate(several)})
    np.savez_compressed(str(kept), **numbers)


def main() -> None:
    for build in (both, fused, states):
        model = build()
        model.set_weights([rng.normal(0, 0.6, each.shape) for each in model.get_weights()])
        rows = [drawn(place) for place in range(len(model.inputs))]
        told = build is not fused or LABEL[:2] != "tf"
        folder, file = HERE if told else HERE.parent / "untold", f"{build.__name__}-{LABEL}.h5"
        model.save(str(folder / file))
        made = model.predict(rows if len(rows) > 1 else rows[0])
        keep(folder, file, {"in": rows, "out": made if isinstance(made, list) else [made]})


if __name__ == "__main__":
    main()
