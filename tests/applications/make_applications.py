"""Record layers that keras.applications has for itself, and sums and products in its graphs.

Run it under Keras 3.15.1 on TensorFlow.
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras.src.applications.convnext import LayerScale, StochasticDepth
from keras.src.applications.inception_resnet_v2 import CustomScaleLayer

HERE = Path(__file__).resolve().parent


def branches(dtype: str) -> Any:
    """Return a model with each of the layers, and operations beside layers of their names."""
    keras.config.set_dtype_policy(dtype)
    x = keras.Input((5, 4), name="x")
    scaled = LayerScale(1e-6, 4, name="scale")(keras.layers.Dense(4, name="dense")(x))
    dropped = StochasticDepth(0.5, name="depth")(scaled)
    summed = CustomScaleLayer(0.3, name="custom")([keras.layers.Dense(4, name="other")(x), dropped])
    first = keras.layers.Add(name="first")([summed, scaled])
    shifted = keras.layers.ReLU(6.0)(first + 3.0) * (1.0 / 6.0)
    last = keras.layers.Multiply(name="last")([first, shifted])
    out = 2.0 - keras.ops.divide(last, 0.7) + keras.ops.subtract(first, 1)
    return keras.Model(x, keras.layers.Activation("linear", name="out")(out + summed))


def main() -> None:
    """Save the models with random variables, and what they compute."""
    random = np.random.default_rng(0)
    x = random.normal(size=(6, 5, 4)).astype("float32")
    for dtype in ("float32", "float64", "mixed_float16"):
        model = branches(dtype)
        for variable in model.weights:
            variable.assign(random.normal(size=variable.shape))
        model.save(HERE / f"{dtype}.keras")
        np.savez_compressed(HERE / f"{dtype}.npz", x=x, out=np.asarray(model(x)))


if __name__ == "__main__":
    main()
