"""Save a model with the layer that docs/adding-a-layer.md adds, and what Keras 3 makes of rows.

python tests/added/make_added_layer.py
"""

from pathlib import Path

import keras
import numpy as np

HERE = Path(__file__).resolve().parent
rng = np.random.default_rng(0)

x = keras.Input((4, 3), name="x")
y = keras.layers.Dense(2, name="dense")(x)
model = keras.Model(x, keras.layers.UpSampling1D(size=3, name="longer")(y))
model.set_weights([rng.normal(size=each.shape).astype("f") for each in model.get_weights()])
rows = rng.normal(size=(5, 4, 3)).astype("f")
model.save(HERE / "longer.keras")
np.savez(HERE / "longer.npz", x=rows, longer=np.asarray(model(rows)))
