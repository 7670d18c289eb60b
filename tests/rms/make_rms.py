"""Save layers with rms_scaling, and what Keras 3.3.3 gives once it has loaded them again."""

from pathlib import Path

import keras
import numpy as np

HERE = Path(__file__).parent
ROWS = np.random.default_rng(0).normal(2, 1, (5, 4)).astype(np.float32)
GAMMA = np.array([0.5, 1, 1.5, 2], np.float32)

found = {"rows": ROWS}
for name, options in {"no_center": {"center": False}, "no_scale": {"scale": False}}.items():
    layer = keras.layers.LayerNormalization(name="ln", rms_scaling=True, **options)
    model = keras.Sequential([keras.Input((4,)), layer])
    layer.set_weights([GAMMA])
    for suffix in ("keras", "h5"):
        path = HERE / f"{name}.{suffix}"
        model.save(path)
        again = keras.models.load_model(path)
        found[f"{name}.{suffix}"] = again.predict(ROWS, verbose=0)
np.savez(HERE / "io.npz", **found)  # type: ignore[arg-type]
