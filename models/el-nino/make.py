"""Make el-nino: Python 3.11, keras 2.15.0, tensorflow 2.15.1, statsmodels 0.15.0.

NumPy is 1.26.4 and pandas 2.2.3, the newest that this TensorFlow takes; scikit-learn is 1.9.1. The
series (statsmodels.datasets.elnino: NOAA's ERSST.V3B, Nino 1+2) is in the public domain.
"""

import os
import sys
from pathlib import Path

os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
sys.path.append(str(Path(__file__).resolve().parents[1]))

import keras
import numpy as np
import tensorflow as tf
from record import write_card, write_recorded, write_rows
from sklearn.metrics import r2_score
from split import latest
from statsmodels.datasets import elnino

FOLDER = Path(__file__).resolve().parent
FILE = "el-nino.h5"
MONTHS = 24

series = elnino.load_pandas().data.iloc[:, 1:].to_numpy("float32").ravel()
windows = np.lib.stride_tricks.sliding_window_view(series, MONTHS + 1)
x, y = windows[:, :MONTHS, None].copy(), windows[:, MONTHS]
train, test = latest(len(series), len(y))

keras.utils.set_random_seed(1)
tf.config.experimental.enable_op_determinism()
model = keras.Sequential(
    [
        keras.Input((MONTHS, 1), name="months"),
        keras.layers.Rescaling(1 / 4, offset=-23 / 4),
        keras.layers.Conv1D(16, 5, padding="causal", activation="relu"),
        keras.layers.AveragePooling1D(2),
        keras.layers.Conv1D(24, 3, padding="causal", dilation_rate=2, activation="relu"),
        keras.layers.SpatialDropout1D(0.1),
        keras.layers.Flatten(),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(1),
        keras.layers.Rescaling(4, offset=23, name="next_month"),
    ],
    name="el_nino",
)
model.compile(optimizer="adam", loss="mse")
model.fit(x[train], y[train], epochs=100, batch_size=16, verbose=0)
model.save(FOLDER / FILE)

saved = keras.models.load_model(FOLDER / FILE)
write_recorded(FOLDER, [x[test[:16]]], [saved.predict(x[test[:16]], verbose=0)])
names = [f"{MONTHS - month} months ago" for month in range(MONTHS)]
write_rows(FOLDER, names, x[test[:10], :, 0])
write_card(
    FOLDER,
    [FILE],
    {"r2": r2_score(y[test], saved.predict(x[test], verbose=0)[:, 0])},
    keras=keras.__version__,
    backend=f"tensorflow {tf.__version__}",
    format="Keras 2 HDF5 (.h5)",
    data_set="El Niño sea surface temperatures (statsmodels)",
    task="regression: next month's temperature off Peru, of the 24 months before",
    architecture="24x1, causal Conv1D 16, AveragePooling1D, dilated Conv1D 24, 16 ReLU, linear 1",
    about="Degrees Celsius go in and come out; Rescaling is the first layer and the last.",
    held_out_rows=len(test),
)
