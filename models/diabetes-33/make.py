"""Make diabetes-33: Python 3.11, keras 2.15.0, tensorflow 2.15.1, scikit-learn 1.9.1."""

import os
import sys
from pathlib import Path

os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
sys.path.append(str(Path(__file__).resolve().parents[1]))

import keras
import numpy as np
import tensorflow as tf
from record import write_card, write_recorded, write_rows
from sklearn.datasets import load_diabetes
from sklearn.metrics import r2_score
from split import split

FOLDER = Path(__file__).resolve().parent
FILE = "diabetes-33.h5"
SQUARES = ["age", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"]
PRODUCTS = [("bmi", other) for other in ("age", "sex", "bp", "s1", "s2", "s3", "s4", "s5", "s6")]
PRODUCTS += [("age", "sex"), ("age", "bp"), ("sex", "bp"), ("bp", "s5"), ("s5", "s6")]

data = load_diabetes(scaled=False)
train, test = split(data.target, classes=False)


def standardised(columns: np.ndarray) -> np.ndarray:
    """Return columns with the training rows' mean 0 and standard deviation 1."""
    return (columns - columns[train].mean(axis=0)) / columns[train].std(axis=0)


base = dict(zip(data.feature_names, standardised(data.data).T, strict=True))
table = base | {f"{a}^2": base[a] ** 2 for a in SQUARES}
table |= {f"{a}*{b}": base[a] * base[b] for a, b in PRODUCTS}
x = standardised(np.stack(list(table.values()), axis=1)).astype("float32")
y = data.target.astype("float32")

keras.utils.set_random_seed(33)
tf.config.experimental.enable_op_determinism()
decay = keras.regularizers.L2(1.0)
model = keras.Sequential(
    [
        keras.Input((33,), name="features"),
        keras.layers.Dense(64, activation="relu", kernel_regularizer=decay),
        keras.layers.Dense(32, activation="relu", kernel_regularizer=decay),
        keras.layers.Dense(1, name="progression", kernel_regularizer=decay),
    ],
    name="diabetes_33",
)
model.compile(optimizer="adam", loss="mse")
stop = keras.callbacks.EarlyStopping(patience=30, restore_best_weights=True)
model.fit(
    x[train], y[train], epochs=500, batch_size=16, validation_split=0.2, callbacks=[stop], verbose=0
)
model.save(FOLDER / FILE)

saved = keras.models.load_model(FOLDER / FILE)
write_recorded(FOLDER, [x[test[:16]]], [saved.predict(x[test[:16]], verbose=0)])
write_rows(FOLDER, list(table), x[test[:10]])
write_card(
    FOLDER,
    [FILE],
    {"r2": r2_score(y[test], saved.predict(x[test], verbose=0)[:, 0])},
    keras=keras.__version__,
    backend=f"tensorflow {tf.__version__}",
    format="Keras 2 HDF5 (.h5)",
    data_set="diabetes (scikit-learn)",
    task="regression: disease progression one year on",
    architecture="33-64-32-1, ReLU, linear output; adam, mse",
    about="Ten measurements, nine squares and fourteen products of them, standardised beforehand.",
    held_out_rows=len(test),
)
