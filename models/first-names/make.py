"""Make first-names: Python 3.11, keras 3.15.1, tensorflow 2.21.0, names 0.3.0, scikit-learn."""

import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
sys.path.append(str(Path(__file__).resolve().parents[1]))

import keras
import names
import numpy as np
import tensorflow as tf
from record import write_card, write_recorded, write_rows
from split import split

FOLDER = Path(__file__).resolve().parent
FILE = "first-names.keras"
LETTERS = 12


def census(which: str) -> set:
    """Return the first names of women or of men that the census of 1990 counted."""
    lines = Path(names.FILES[f"first:{which}"]).read_text(encoding="utf-8").splitlines()
    return {line.split()[0] for line in lines}


women, men = census("female"), census("male")
told = sorted(women ^ men)
x = np.zeros((len(told), LETTERS), "int32")
for row, name in zip(x, told, strict=True):
    row[: len(name)] = [1 + ord(letter) - ord("A") for letter in name[:LETTERS]]
y = np.array([name in women for name in told]).astype("float32")
train, test = split(y, classes=True)

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()
layers = keras.layers
model = keras.Sequential(
    [
        keras.Input((LETTERS,), dtype="int32", name="letters"),
        layers.Embedding(27, 8, mask_zero=True),
        layers.Bidirectional(layers.LSTM(12, return_sequences=True)),
        layers.Dropout(0.3),
        layers.Bidirectional(layers.LSTM(8)),
        layers.Dropout(0.3),
        layers.Dense(1, activation="sigmoid", name="woman"),
    ],
    name="first_names",
)
model.compile(optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy")
model.fit(x[train], y[train], epochs=30, batch_size=64, verbose=0)
model.save(FOLDER / FILE)

saved = keras.models.load_model(FOLDER / FILE)
predicted = saved.predict(x[test], verbose=0)[:, 0] > 0.5
write_recorded(FOLDER, [x[test[:16]]], [saved.predict(x[test[:16]], verbose=0)])
write_rows(FOLDER, [f"letter_{place}" for place in range(1, LETTERS + 1)], x[test[:10]])
write_card(
    FOLDER,
    [FILE],
    {
        "accuracy": (predicted == y[test]).mean(),
        "accuracy_on_men": (~predicted)[y[test] == 0].mean(),
    },
    keras=keras.__version__,
    backend=f"tensorflow {tf.__version__}",
    format="Keras 3 archive (.keras)",
    data_set="first names of the United States census of 1990 (names)",
    task="classification: probability that a first name is a woman's",
    architecture="12 ids, masked Embedding 27x8, Bidirectional LSTM 12 and 8, Dropout, sigmoid 1",
    about="Letters are ids from 1 to 26; zeros fill a name up, and a mask leaves them out.",
    held_out_rows=len(test),
)
