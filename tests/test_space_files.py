"""Layers over space in files that real Keras saved: LoRA, masks, open sizes in float64, steps."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

import keronyx
from keronyx.converter.tensors import Array

HERE = Path(__file__).with_name("space")
FILES = sorted(path for path in HERE.iterdir() if path.suffix in {".keras", ".h5"})


def recorded(path: Path) -> tuple[list[Array], Array]:
    with np.load(path.with_suffix(".npz")) as arrays:
        return [arrays[f"in_{index}"] for index in range(len(arrays.files) - 1)], arrays["out"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_both_readings_compute_what_keras_does(path: Path) -> None:
    inputs, expected = recorded(path)
    done = keronyx.convert(path)
    session = onnxruntime.InferenceSession(
        done.onnx.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    names = [each.name for each in session.get_inputs()]
    (graph,) = session.run(None, dict(zip(names, inputs, strict=True)))
    (numbers,) = keronyx.evaluate(done.model, inputs).values()
    for found in (graph, numbers):
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_the_mask_of_a_mean_goes_no_further() -> None:
    model = keronyx.read(HERE / "masked_mean.keras")
    (pooled,) = [each for each in model.connections if each.arguments]
    assert pooled.arguments["mask"] is model.inputs["mask"]
    assert pooled.outputs[0].mask is None
