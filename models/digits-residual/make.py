"""Make digits-residual: Python 3.11, keras 3.15.1, tensorflow 2.21.0, scikit-learn 1.9.1."""

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
FILE = "digits-residual.keras"

data = load_digits()
x, y = data.data.astype("float32"), data.target
train, test = split(y, classes=True)

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()
pixels = keras.Input((64,), name="pixels")
stream = keras.layers.Dense(32)(keras.layers.Rescaling(1 / 16)(pixels))
for _ in range(2):
    block = keras.layers.LayerNormalization()(stream)
    block = keras.layers.Dense(64, activation="gelu")(block)
    block = keras.layers.Dropout(0.1)(keras.layers.Dense(32)(block))
    stream = keras.layers.Add()([stream, block])
stream = keras.layers.LayerNormalization()(stream)
digit = keras.layers.Dense(10, activation="softmax", name="digit")(stream)
model = keras.Model(pixels, digit, name="digits_residual")
model.compile(keras.optimizers.AdamW(2e-3), "sparse_categorical_crossentropy")
model.fit(x[train], y[train], epochs=30, batch_size=32, verbose=0)
model.save(FOLDER / FILE)

saved = keras.models.load_model(FOLDER / FILE)
write_recorded(FOLDER, [x[test[:16]]], [saved.predict(x[test[:16]], verbose=0)])
write_rows(FOLDER, data.feature_names, data.data[test[:10]].astype(int))
write_card(
    FOLDER,
    [FILE],
    {"accuracy": (saved.predict(x[test], verbose=0).argmax(axis=1) == y[test]).mean()},
    keras=keras.__version__,
    backend=f"tensorflow {tf.__version__}",
    format="Keras 3 archive (.keras)",
    data_set="digits (scikit-learn)",
    task="classification: which digit, 0 to 9",
    architecture="64-32, two residual blocks 32-64-32 (LayerNormalization, GELU), softmax 10",
    about="The feed-forward half of a transformer: pre-normalised residual blocks with exact GELU.",
    held_out_rows=len(test),
)
