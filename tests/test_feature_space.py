"""A net behind a ``keras.utils.FeatureSpace``: tfd_concat and tfd_identity are layers of ours."""

from pathlib import Path

import numpy as np

import keronyx

HERE = Path(__file__).with_name("feature_space")


def test_a_table_gives_what_keras_gave() -> None:
    made = keronyx.convert(HERE / "space.keras")
    assert made.report is not None
    assert made.report.passed
    with np.load(HERE / "io.npz") as arrays:
        columns = {name: arrays[name] for name in arrays.files if name != "out"}
        out = arrays["out"]
    words = {"word": columns["word"].astype(object)}
    (found,) = keronyx.load(made.onnx)(columns | words).values()
    np.testing.assert_allclose(found, out, rtol=1e-4, atol=1e-5)
