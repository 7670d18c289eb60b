"""Make iris: Python 3.7, keras 2.2.4, tensorflow 1.15.5, h5py 2.10.0, scikit-learn 0.22.2.

NumPy is 1.18.5 and protobuf 3.20.3, the newest that this TensorFlow takes.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

import keras
import numpy as np
import tensorflow as tf
from keras.layers import Dense, Input, add, concatenate
from record import write_card, write_recorded
from sklearn.datasets import load_iris
from sklearn.metrics import r2_score
from split import split

FOLDER = Path(__file__).resolve().parent
FILE = "iris.h5"

data = load_iris()
sepal, petal_length, petal_width = np.split(data.data.astype("float32"), [2, 3], axis=1)
x, y = [sepal, petal_length], data.target
train, test = split(y, classes=True)

np.random.seed(0)  # noqa: NPY002  initialisation seeds come from NumPy's global generator
tf.set_random_seed(0)
tf.enable_resource_variables()  # else updates race with reads, and no two runs agree
one_thread = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
keras.backend.set_session(tf.Session(config=one_thread))
inputs = [Input((2,), name="sepal"), Input((1,), name="petal_length")]
branches = [Dense(8, activation="relu", name=f"{i.op.name}_dense")(i) for i in inputs]
joined = concatenate(branches, name="flower")
hidden = Dense(16, activation="relu", name="hidden")(joined)
residual = add([joined, Dense(16, name="back")(hidden)], name="residual")
species = Dense(3, activation="softmax", name="species")(residual)
width = Dense(1, name="petal_width")(residual)
model = keras.models.Model(inputs, [species, width], name="iris")
model.compile("adam", ["sparse_categorical_crossentropy", "mse"])
targets = [y[train, None], petal_width[train]]
model.fit([a[train] for a in x], targets, epochs=300, batch_size=16, verbose=0)
model.save(str(FOLDER / FILE))

saved = keras.models.load_model(str(FOLDER / FILE))
first = [a[test[:16]] for a in x]
write_recorded(FOLDER, first, saved.predict(first))
np.savez(str(FOLDER / "rows.npz"), sepal=first[0][:10], petal_length=first[1][:10])
probability, predicted_width = saved.predict([a[test] for a in x])
write_card(
    FOLDER,
    [FILE],
    {
        "species_accuracy": (probability.argmax(axis=1) == y[test]).mean(),
        "petal_width_r2": r2_score(petal_width[test], predicted_width),
    },
    keras=keras.__version__,
    backend=f"tensorflow {tf.__version__}",
    format="Keras 2 HDF5 (.h5)",
    data_set="iris (scikit-learn)",
    task="classification and regression: species, and petal width in cm",
    architecture="(2-8, 1-8)-16, ReLU, Concatenate, residual Add, outputs softmax 3 and linear 1",
    about="Two inputs and two outputs around one residual block, in raw centimetres.",
    held_out_rows=len(test),
)
