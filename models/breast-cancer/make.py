"""Make breast-cancer: Python 3.11, keras 2.15.0, tensorflow 2.15.1, scikit-learn 1.9.1."""

import os
import sys
from pathlib import Path

os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
sys.path.append(str(Path(__file__).resolve().parents[1]))

import keras
import tensorflow as tf
from record import write_card, write_recorded, write_rows
from sklearn.datasets import load_breast_cancer
from split import split

FOLDER = Path(__file__).resolve().parent
FILE = "breast-cancer.keras"

data = load_breast_cancer()
x, y = data.data.astype("float32"), data.target
train, test = split(y, classes=True)

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()
normalization = keras.layers.Normalization()
normalization.adapt(x[train])
model = keras.Sequential(
    [
        keras.Input((30,), name="measurements"),
        normalization,
        keras.layers.Dense(16, activation="elu"),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(8, activation="tanh"),
        keras.layers.Dense(1, activation="sigmoid", name="benign"),
    ],
    name="breast_cancer",
)
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x[train], y[train], epochs=40, batch_size=16, verbose=0)
model.save(FOLDER / FILE)

saved = keras.models.load_model(FOLDER / FILE)
write_recorded(FOLDER, [x[test[:16]]], [saved.predict(x[test[:16]], verbose=0)])
write_rows(FOLDER, list(data.feature_names), data.data[test[:10]])
write_card(
    FOLDER,
    [FILE],
    {"accuracy": ((saved.predict(x[test], verbose=0)[:, 0] > 0.5) == y[test]).mean()},
    keras=keras.__version__,
    backend=f"tensorflow {tf.__version__}",
    format="Keras 2.15 archive (.keras)",
    data_set="breast cancer Wisconsin (scikit-learn)",
    task="binary classification: probability that a tumour is benign",
    architecture="30-16-8-1, adapted Normalization, ELU, Dropout, tanh, sigmoid",
    about="Raw measurements go in; their mean and variance were learnt by a Normalization layer.",
    held_out_rows=len(test),
)
