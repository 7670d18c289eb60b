"""Write what several Keras make of images: one model and its numbers for each.

Run it under Keras 3.5.0, 3.6.0 and 3.15.1, Keras 2.15.0, and Keras 2.2.4 on TensorFlow 1.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np

HERE = Path(__file__).parent
VERSION = tuple(int(part) for part in keras.__version__.split("."))
LAYERS = keras.layers


def outputs(pixels: Any, images: Any) -> dict[str, Any]:
    """Call every layer whose meaning is the version's."""
    up = LAYERS.UpSampling2D((2, 3), interpolation="bilinear", name="up")
    if VERSION < (2, 4):
        return {"up": up(images)}
    found = {
        "up": up(images),
        "resized": LAYERS.Resizing(7, 4, name="resized")(pixels),
        "picked": LAYERS.Resizing(3, 9, interpolation="nearest", name="picked")(pixels),
        "middle": LAYERS.CenterCrop(2, 8, name="middle")(pixels),
    }
    if VERSION >= (3,):
        found["up_pixels"] = LAYERS.UpSampling2D((2, 3), None, "bilinear", name="up_pixels")(pixels)
    if not (3, 6) <= VERSION < (3, 8):
        found["cropped"] = LAYERS.RandomCrop(3, 4, name="cropped")(images)
    if VERSION >= (3, 6):
        stages = [LAYERS.RandomFlip(), LAYERS.Resizing(4, 5), LAYERS.AutoContrast()]
        found["staged"] = LAYERS.Pipeline(stages, name="staged")(pixels)
    return found


def main() -> None:
    rng = np.random.default_rng(3)
    values = {
        "pixels": rng.integers(0, 256, (2, 5, 6, 3)) if VERSION >= (2, 4) else np.zeros((2, 1)),
        "images": rng.normal(size=(2, 5, 6, 3)),
    }
    pixels = LAYERS.Input((5, 6, 3), dtype="uint8", name="pixels")
    images = LAYERS.Input((5, 6, 3), name="images")
    made = outputs(pixels, images)
    old = VERSION < (2, 4)
    model = keras.models.Model([images] if old else [pixels, images], list(made.values()))
    fed = [values["images"].astype("float32")]
    if not old:
        fed.insert(0, values["pixels"].astype("uint8"))
    if old:
        answers = [model.predict(fed)]
    else:
        answers = [np.asarray(each) for each in model(fed, training=False)]
    path = HERE / (f"{keras.__version__}.h5" if VERSION < (3,) else f"{keras.__version__}.keras")
    model.save(str(path))
    names = [*made, *(["images"] if old else ["pixels", "images"])]
    kept = dict(zip(names, [*answers, *fed]))  # noqa: B905 - Python 3.7 has none
    np.savez_compressed(str(HERE / f"{keras.__version__}.npz"), **kept)


if __name__ == "__main__":
    main()
