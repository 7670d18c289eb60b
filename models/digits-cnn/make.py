"""Make digits-cnn: Python 3.11, keras 3.15.1, tensorflow 2.21.0, scikit-learn 1.9.1."""

import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
sys.path.append(str(Path(__file__).resolve().parents[1]))

import keras
import tensorflow as tf
from record import write_array, write_card, write_recorded
from sklearn.datasets import load_digits
from split import split

FOLDER = Path(__file__).resolve().parent
FILE = "digits-cnn.keras"

data = load_digits()
x, y = data.images[..., None].astype("float32"), data.target
train, test = split(y, classes=True)

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()
model = keras.Sequential(
    [
        keras.Input((8, 8, 1), name="image"),
        keras.layers.Rescaling(1 / 16),
        keras.layers.RandomTranslation(0.1, 0.1, fill_mode="constant"),
        keras.layers.Conv2D(16, 3, padding="same", use_bias=False),
        keras.layers.BatchNormalization(),
        keras.layers.Activation("relu"),
        keras.layers.SeparableConv2D(32, 3, padding="same", activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(10, activation="softmax", name="digit"),
    ],
    name="digits_cnn",
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x[train], y[train], epochs=60, batch_size=32, verbose=0)
model.save(FOLDER / FILE)

saved = keras.models.load_model(FOLDER / FILE)
write_recorded(FOLDER, [x[test[:16]]], [saved.predict(x[test[:16]], verbose=0)])
write_array(FOLDER, x[test[:10]])
write_card(
    FOLDER,
    [FILE],
    {"accuracy": (saved.predict(x[test], verbose=0).argmax(axis=1) == y[test]).mean()},
    keras=keras.__version__,
    backend=f"tensorflow {tf.__version__}",
    format="Keras 3 archive (.keras)",
    data_set="digits (scikit-learn)",
    task="classification: which digit, 0 to 9",
    architecture="8x8x1, Conv2D 16, SeparableConv2D 32, MaxPooling2D, Conv2D 32, softmax 10",
    about="The same digits as images of grey values, 0 to 16, moved about while it was trained.",
    held_out_rows=len(test),
)
