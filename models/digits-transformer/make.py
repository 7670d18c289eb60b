"""Make digits-transformer: Python 3.11, keras 3.15.1, tensorflow 2.21.0, scikit-learn 1.9.1."""

import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
sys.path.append(str(Path(__file__).resolve().parents[1]))

import keras
import tensorflow as tf
from keras import layers
from record import write_card, write_recorded, write_rows
from sklearn.datasets import load_digits
from split import split

FOLDER = Path(__file__).resolve().parent
FILE = "digits-transformer.keras"

data = load_digits()
x, y = data.images.astype("float32"), data.target
train, test = split(y, classes=True)

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()


def block(steps: keras.KerasTensor) -> keras.KerasTensor:
    """Look at all rows, then think about each; both beside what was there."""
    norm = layers.LayerNormalization()(steps)
    steps = layers.Add()([steps, layers.MultiHeadAttention(4, 6, dropout=0.1)(norm, norm)])
    wide = layers.Dense(48, activation="gelu")(layers.LayerNormalization()(steps))
    return layers.Add()([steps, layers.Dropout(0.1)(layers.Dense(24)(wide))])


rows = keras.Input((8, 8), name="rows")
steps = layers.EinsumDense("abc,bcd->abd", (8, 24), bias_axes="bd")(layers.Rescaling(1 / 16)(rows))
steps = layers.LayerNormalization()(block(block(steps)))
digit = layers.Dense(10, activation="softmax", name="digit")(layers.GlobalAveragePooling1D()(steps))
model = keras.Model(rows, digit, name="digits_transformer")
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x[train], y[train], epochs=80, batch_size=32, verbose=0)
model.save(FOLDER / FILE)

saved = keras.models.load_model(FOLDER / FILE)
write_recorded(FOLDER, [x[test[:16]]], [saved.predict(x[test[:16]], verbose=0)])
write_rows(FOLDER, data.feature_names, x[test[:10]].reshape(10, -1))
write_card(
    FOLDER,
    [FILE],
    {"accuracy": (saved.predict(x[test], verbose=0).argmax(axis=1) == y[test]).mean()},
    keras=keras.__version__,
    backend=f"tensorflow {tf.__version__}",
    format="Keras 3 archive (.keras)",
    data_set="digits (scikit-learn)",
    task="classification: which digit, 0 to 9",
    architecture="8 rows of 8, EinsumDense 24, two blocks (MultiHeadAttention 4x6, 48 GELU), "
    "LayerNormalization, mean, softmax 10",
    about="A transformer encoder that reads an image row by row, with a kernel for each row.",
    held_out_rows=len(test),
)
