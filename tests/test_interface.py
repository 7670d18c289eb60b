"""The Python interface: complete, lazy, and plain about what cannot be asked of it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import keronyx

DIGITS = Path(__file__).resolve().parents[1] / "models" / "digits" / "digits.keras"


def test_a_live_model_is_told_what_to_do() -> None:
    known = {"__module__": "keras.src.models.model", "name": "net"}
    model = type("Model", (), known)()
    with pytest.raises(keronyx.UsageError, match=r"model 'net' in memory: .* never built"):
        keronyx.convert(model)
    with pytest.raises(keronyx.UsageError, match="isolation is for files"):
        keronyx.convert(model, isolate=True)


def test_keras_is_not_loaded_unless_a_file_is_trusted() -> None:
    with pytest.raises(keronyx.UsageError, match="can run code in it; say trust=True"):
        keronyx.convert(DIGITS, backend="tf2onnx")


def test_no_keras_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(keronyx.UsageError, match="not installed; pip install keras tensorflow-cpu"):
        keronyx.convert(DIGITS, backend="tf2onnx", trust=True)


KERNELS = [np.ones((4, 3), np.float32), np.ones((3, 2), np.float32)]
BIASES = [np.ones(3, np.float32), np.ones(2, np.float32)]
FLAT = [KERNELS[0], BIASES[0], KERNELS[1], BIASES[1]]


@pytest.mark.parametrize(
    ("source", "biases", "expected"),
    [
        ((KERNELS, BIASES), None, [16, 16]),
        (([kernel.tolist() for kernel in KERNELS], BIASES), None, [16, 16]),
        (KERNELS, BIASES, [16, 16]),
        ((KERNELS, [None, None]), None, [12, 12]),
        (FLAT, None, [16, 16]),
        (tuple(FLAT), None, [16, 16]),
        ((KERNELS[0], BIASES[0]), None, [5, 5, 5]),
        ((KERNELS[0].tolist(), BIASES[0].tolist()), None, [5, 5, 5]),
    ],
)
def test_arrays_in_memory(source: Any, biases: Any, expected: list[float]) -> None:
    result = keronyx.convert(source, biases=biases, activations="linear")
    data = np.ones((1, 4), np.float32)
    (found,) = keronyx.load(result.onnx)(data).values()
    (same,) = keronyx.evaluate(result.model, data).values()
    assert found.tolist() == same.tolist() == [expected]


@pytest.mark.parametrize(
    ("source", "more", "words"),
    [
        (5, {}, "cannot convert int"),
        ([np.ones((2, 2))], {"weights": "w.h5"}, "not with arrays"),
        ("a.h5", {"biases": []}, "not with a file"),
        ([np.ones((2, 2))], {"external_data": True}, "without an output file"),
    ],
)
def test_what_cannot_be_asked_from_python(source: Any, more: dict[str, Any], words: str) -> None:
    with pytest.raises(keronyx.UsageError, match=words):
        keronyx.convert(source, activations="relu", **more)


def test_the_interface_is_complete_and_lazy() -> None:
    for name in keronyx.__all__:
        assert getattr(keronyx, name) is not None
    assert set(keronyx.__all__) <= set(dir(keronyx))
    with pytest.raises(AttributeError, match="no attribute 'missing'"):
        _ = keronyx.missing
    code = (
        "import sys, keronyx; keronyx.KeronyxError; "
        "print(*{'numpy', 'onnx', 'h5py', 'click', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


def test_a_conversion_without_a_check_loads_little(tmp_path: Path) -> None:
    code = (
        "import sys; from keronyx.cli import main; main(sys.argv[1:]); "
        "print(*{'onnx', 'onnxruntime', 'rich', 'yaml'} & set(sys.modules))"
    )
    arguments = ["convert", str(DIGITS), "-o", str(tmp_path / "a.onnx"), "--no-check", "-q"]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stdout == "\n"
