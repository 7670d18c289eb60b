"""Where onnxruntime computes is what was asked for, or an error that names it."""

from pathlib import Path

import numpy as np
import pytest

import keronyx
from keronyx.runtime.session.providers import check_used, chosen

DIABETES = Path(__file__).resolve().parents[1] / "models" / "diabetes-33" / "diabetes-33.h5"
GPU = ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"]


@pytest.mark.parametrize("asked", ["cuda", ["CUDA"], ["CUDAExecutionProvider"], ["cuda", "cpu"]])
def test_providers_are_known_short_and_in_full(asked: list[str]) -> None:
    assert chosen(asked, GPU) == GPU[1:]


def test_the_cpu_alone_by_default() -> None:
    assert chosen([], GPU) == GPU[2:]
    assert chosen(["directml"], ["DmlExecutionProvider", GPU[2]])[0] == "DmlExecutionProvider"


def test_providers_that_are_not_there() -> None:
    with pytest.raises(keronyx.UsageError, match="provider 'none'; this onnxruntime has CPUEx"):
        chosen(["none"], GPU[2:])
    with pytest.raises(keronyx.UsageError, match="onnxruntime cannot use CUDAExecutionProvider"):
        check_used(GPU[1:], GPU[2:])
    check_used(GPU[1:], GPU)


def test_models_run_where_they_are_told() -> None:
    rows = np.zeros((2, 33), np.float32)
    here, told = (keronyx.load(DIABETES, providers=each) for each in ((), ["cpu"]))
    for name, array in here(rows).items():
        np.testing.assert_array_equal(array, told(rows)[name])
    with pytest.raises(keronyx.UsageError, match="provider 'nowhere'"):
        keronyx.load(DIABETES, providers=["nowhere"])
    with pytest.raises(keronyx.UsageError, match="providers without onnxruntime"):
        keronyx.load(DIABETES, engine="numpy", providers=["cuda"])
    with pytest.raises(keronyx.UsageError, match="providers without onnxruntime"):
        keronyx.load(keronyx.convert(DIABETES), engine="onnx.reference", providers=["cuda"])
