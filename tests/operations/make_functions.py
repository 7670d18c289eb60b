"""Save graphs of single operations that no recorded case has, one folder each, and their numbers.

``python make_functions.py FOLDER`` under Keras 3.15 on TensorFlow; ``../corpus/pack.py`` packs the
folders into ``../corpus/functions.tar.xz``.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

STATISTICS = [np.array(each, np.float32) for each in ([0.5, -1, 2, 0], [1, 4, 0.25, 2])]
OF_CHANNELS = [np.array(each, np.float32) for each in ([1, -2, 3], [0.5, 1, 2])]

GRAPHS: dict[str, tuple[tuple[int, ...], Callable[[Any], Any]]] = {
    "normalize_ones": ((4, 3), lambda x: ops.normalize(x, axis=1, order=1)),
    "normalize_cubes": ((4, 3), lambda x: ops.normalize(x, axis=-1, order=3, epsilon=0.5)),
    "normalize_short": ((4, 3), lambda x: ops.normalize(x * 1e-3, axis=(1, 2), epsilon=0.01)),
    "batch_norm_axis": (
        (4, 3),
        lambda x: ops.batch_normalization(x, *STATISTICS, axis=1, epsilon=0.25),
    ),
    "batch_norm_last": (
        (4, 3),
        lambda x: ops.batch_normalization(
            x, *OF_CHANNELS, axis=-1, offset=OF_CHANNELS[0], scale=OF_CHANNELS[1]
        ),
    ),
    "layer_norm_rms": (
        (4, 3),
        lambda x: ops.layer_normalization(x, OF_CHANNELS[1], axis=-1, rms_scaling=True),
    ),
    "layer_norm_middle": (
        (4, 3),
        lambda x: ops.layer_normalization(x, *STATISTICS, axis=1, epsilon=0.5),
    ),
    "rms_norm_middle": ((4, 3), lambda x: ops.rms_normalization(x, STATISTICS[1][:, None], axis=1)),
    "moments_kept": ((4, 3), lambda x: ops.moments(x, axes=[1, 2], keepdims=True)[1]),
    "moments_mean": ((4, 3), lambda x: ops.moments(x, axes=[1])[0]),
    "patches_same": (
        (5, 7, 2),
        lambda x: ops.image.extract_patches(x, (3, 2), strides=(2, 3), padding="same"),
    ),
    "patches_same_steps": (
        (4, 6, 2),
        lambda x: ops.image.extract_patches(x, (2, 4), strides=1, padding="same"),
    ),
    "patches_wide": (
        (6, 7, 1),
        lambda x: ops.image.extract_patches(x, 2, strides=1, dilation_rate=(2, 3)),
    ),
    "patches_rest": ((7, 5, 2), lambda x: ops.image.extract_patches(x, (3, 2))),
    "patches_few": ((5, 4, 1), lambda x: ops.image.extract_patches(x, (2, 3), strides=(2, 1))),
    "grayscale_one": ((3, 4, 1), ops.image.rgb_to_grayscale),
    "grayscale": ((3, 4, 3), ops.image.rgb_to_grayscale),
    "depth_to_space_front": (
        (8, 2, 3),
        lambda x: ops.depth_to_space(x, 2, data_format="channels_first"),
    ),
    "space_to_depth_front": (
        (2, 4, 6),
        lambda x: ops.space_to_depth(x, 2, data_format="channels_first"),
    ),
}


def save(name: str, folder: Path) -> None:
    """Save a graph, what goes in, and what comes out of the file as it is read again."""
    shape, function = GRAPHS[name]
    folder.mkdir(parents=True)
    given = keras.Input(shape, name="x")
    model = keras.Model(given, function(given))
    model.save(folder / "model.keras")
    again = keras.models.load_model(folder / "model.keras")
    x = np.random.default_rng(7).normal(size=(4, *shape)).astype(np.float32)
    x[0] = 0
    y = np.asarray(again.predict(x, verbose=0))
    np.savez_compressed(folder / "io.npz", in_0=x, out_0=y)
    classes = [type(each).__name__ for each in model.operations]
    facts = {
        "id": name,
        "family": "E",
        "keras_version": keras.__version__,
        "backend": keras.backend.backend(),
        "format": "keras",
        "class": "Functional",
        "layers": classes,
        "input_names": ["x"],
        "output_names": [model.operations[-1].name],
        "input_shapes": [[*x.shape]],
        "input_dtypes": ["float32"],
        "output_shapes": [[*y.shape]],
        "output_dtypes": [y.dtype.name],
        "files": ["model.keras"],
        "note": "",
        "expect": "ok",
        "reason": "",
        "may_refuse": "",
    }
    (folder / "case.json").write_text(json.dumps(facts, indent=1))


if __name__ == "__main__":
    for graph in GRAPHS:
        save(graph, Path(sys.argv[1]) / graph)
