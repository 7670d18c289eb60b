"""Make digits-embedding: Python 3.11, keras 3.15.1, tensorflow 2.21.0, scikit-learn 1.9.1."""

import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
sys.path.append(str(Path(__file__).resolve().parents[1]))

import keras
import tensorflow as tf
from record import write_card, write_recorded, write_rows
from sklearn.datasets import load_digits
from split import split

FOLDER = Path(__file__).resolve().parent
FILE = "digits-embedding.keras"

data = load_digits()
x, y = data.data.astype("int32"), data.target
train, test = split(y, classes=True)

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()
model = keras.Sequential(
    [
        keras.Input((64,), dtype="int32", name="levels"),
        keras.layers.Embedding(17, 3),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(24, activation="silu"),
        keras.layers.Dense(10, name="logits"),
        keras.layers.Softmax(),
    ],
    name="digits_embedding",
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x[train], y[train], epochs=40, batch_size=32, verbose=0)
model.save(FOLDER / FILE)

saved = keras.models.load_model(FOLDER / FILE)
write_recorded(FOLDER, [x[test[:16]]], [saved.predict(x[test[:16]], verbose=0)])
write_rows(FOLDER, data.feature_names, x[test[:10]])
write_card(
    FOLDER,
    [FILE],
    {"accuracy": (saved.predict(x[test], verbose=0).argmax(axis=1) == y[test]).mean()},
    keras=keras.__version__,
    backend=f"tensorflow {tf.__version__}",
    format="Keras 3 archive (.keras)",
    data_set="digits (scikit-learn)",
    task="classification: which digit, 0 to 9",
    architecture="64 ids, Embedding 17x3, Flatten, Dropout, 24 SiLU, 10, Softmax layer",
    about="Each of the 17 grey levels is an integer id with a learnt vector of three numbers.",
    held_out_rows=len(test),
)
