"""Make diabetes-33-folder: Python 3.11, keras 2.15.0, tensorflow 2.15.1; diabetes-33 beside it."""

import os
import shutil
import sys
import tomllib
from pathlib import Path

os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
sys.path.append(str(Path(__file__).resolve().parents[1]))

import keras
import numpy as np
import tensorflow as tf
from record import write_card, write_recorded

FOLDER = Path(__file__).resolve().parent
OTHER = FOLDER.with_name("diabetes-33")
MODEL = "saved_model"
FILES = [
    "saved_model.pb",
    "keras_metadata.pb",
    "variables/variables.index",
    "variables/variables.data-00000-of-00001",
]

told = tomllib.loads((OTHER / "card.toml").read_text())
model = keras.models.load_model(OTHER / "diabetes-33.h5", compile=False)
shutil.rmtree(FOLDER / MODEL, ignore_errors=True)
model.save(FOLDER / MODEL, save_format="tf")
(FOLDER / MODEL / "fingerprint.pb").unlink()

saved = keras.models.load_model(FOLDER / MODEL)
rows = np.load(OTHER / "recorded.npz")["in_0"]
write_recorded(FOLDER, [rows], [saved.predict(rows, verbose=0)])
shutil.copy(OTHER / "rows.csv", FOLDER)
write_card(
    FOLDER,
    [f"{MODEL}/{name}" for name in FILES],
    told["score"],
    keras=keras.__version__,
    backend=f"tensorflow {tf.__version__}",
    format="TensorFlow SavedModel (a folder)",
    data_set=told["data_set"],
    task=told["task"],
    architecture=told["architecture"],
    about="The net of diabetes-33, loaded and saved again as a folder.",
    held_out_rows=told["held_out_rows"],
)
