"""Save a net behind a FeatureSpace, and what real Keras makes of a table: with Keras 3.15.1."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras.utils import FeatureSpace

HERE = Path(__file__).parent
TABLE = {
    "plain": np.array([1.0, 2, 3, 4], np.float32),
    "normalized": np.array([1.0, 5, 3, 2], np.float32),
    "binned": np.array([0.0, 1, 2, 3], np.float32),
    "rescaled": np.array([1.0, 2, 3, 4], np.float32),
    "number": np.array([3, 4, 3, 5]),
    "word": np.array(["x", "y", "x", "z"]),
}

if __name__ == "__main__":
    keras.utils.set_random_seed(3)
    space = FeatureSpace(
        {
            "plain": FeatureSpace.float(),
            "normalized": FeatureSpace.float_normalized(),
            "binned": FeatureSpace.float_discretized(num_bins=4),
            "rescaled": FeatureSpace.float_rescaled(scale=0.5),
            "number": FeatureSpace.integer_categorical(output_mode="one_hot"),
            "word": FeatureSpace.string_categorical(output_mode="one_hot", num_oov_indices=1),
        },
        output_mode="concat",
    )
    space.adapt(tf.data.Dataset.from_tensor_slices(TABLE))
    encoded = space.get_encoded_features()
    model = keras.Model(space.get_inputs(), keras.layers.Dense(3, activation="tanh")(encoded))
    model.save(HERE / "space.keras")
    rows = {name: column.reshape(-1, 1) for name, column in TABLE.items()}
    out = model.predict({name: tf.constant(column) for name, column in rows.items()}, verbose=0)
    arrays: dict[str, Any] = {"out": out, **rows}
    np.savez_compressed(HERE / "io.npz", **arrays)
