"""Make wine: Python 3.7, keras 1.2.2, theano 1.0.5, numpy 1.18.5, h5py 2.10.0, scikit-learn 0.22.2.

Run it with ``KERAS_BACKEND=theano``.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

import keras
import numpy as np
import theano.ifelse  # which Keras 1 uses without importing it
from keras.layers import Activation, BatchNormalization, Dense, Dropout
from keras.models import Sequential, model_from_json
from record import write_card, write_recorded, write_rows
from sklearn.datasets import load_wine
from split import split

FOLDER = Path(__file__).resolve().parent
FILES = ["wine.json", "wine.weights.h5"]

data = load_wine()
x, y = data.data.astype("float32"), data.target
train, test = split(y, classes=True)

np.random.seed(0)  # noqa: NPY002  Keras 1 draws from NumPy's global generator
model = Sequential(name="wine")
model.add(BatchNormalization(input_shape=(13,), momentum=0.9))
model.add(Dense(output_dim=16, init="he_normal"))
model.add(BatchNormalization(momentum=0.9))
model.add(Activation("relu"))
model.add(Dropout(p=0.3))
model.add(Dense(output_dim=8, init="glorot_uniform", activation="tanh"))
model.add(Dense(output_dim=3, activation="softmax"))
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x[train], y[train, None], nb_epoch=150, batch_size=19, verbose=0)
(FOLDER / FILES[0]).write_text(model.to_json(indent=1) + "\n")
model.save_weights(str(FOLDER / FILES[1]), overwrite=True)

saved = model_from_json((FOLDER / FILES[0]).read_text())
saved.load_weights(str(FOLDER / FILES[1]))
write_recorded(FOLDER, [x[test[:16]]], [saved.predict(x[test[:16]])])
write_rows(FOLDER, data.feature_names, data.data[test[:10]])
write_card(
    FOLDER,
    FILES,
    {"accuracy": (saved.predict(x[test]).argmax(axis=1) == y[test]).mean()},
    keras=keras.__version__,
    backend="theano " + theano.__version__,
    format="Keras 1 JSON and HDF5 weights (.json, .h5)",
    data_set="wine (scikit-learn)",
    task="classification: which of three growers",
    architecture="13-16-8-3, BatchNormalization on the input too, ReLU, Dropout, tanh, softmax",
    about="The oldest file here; its first layer, a BatchNormalization, takes the raw analyses.",
    held_out_rows=len(test),
)
