"""Save an Embedding, and the rows that Keras on TensorFlow gives for ids below 0 and too large.

Run once for each version of Keras: 3.2.1, 3.3.0 and 3.15.1. Row n of the table is 10 * n; ids that
Keras refuses are left out.
"""

from contextlib import suppress
from pathlib import Path

import keras
import numpy as np

HERE = Path(__file__).parent
IDS = range(-6, 7)

model = keras.Sequential(
    [keras.Input((1,), dtype="int32"), keras.layers.Embedding(4, 1, name="rows")]
)
model.layers[0].set_weights([np.arange(4, dtype=np.float32)[:, None] * 10])
model.save(HERE / f"{keras.__version__}.keras")
rows = {}
for each in IDS:
    with suppress(Exception):
        rows[str(each)] = model.predict(np.array([[each]], np.int32), verbose=0).ravel()
np.savez(HERE / f"{keras.__version__}.npz", **rows)
