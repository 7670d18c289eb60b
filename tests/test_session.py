"""Running ONNX models in onnxruntime and in onnx's reference evaluator, and what can be wrong."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import keronyx
from keronyx.converter.errors import FileFormatError, UsageError
from keronyx.runtime.session import predictor as session
from keronyx.runtime.session.predictor import Engine, default_engine, is_onnx, load

ENGINES: list[Engine] = ["onnxruntime", "onnx.reference"]


def model_of(
    nodes: list[onnx.NodeProto], inputs: dict[str, Any], outputs: dict[str, Any]
) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info(name, *what) for name, what in inputs.items()],
        [helper.make_tensor_value_info(name, *what) for name, what in outputs.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.fixture
def adder() -> onnx.ModelProto:
    """Two inputs, two outputs."""
    return model_of(
        [
            helper.make_node("Add", ["a", "b"], ["sum"]),
            helper.make_node("Cast", ["a"], ["whole"], to=TensorProto.INT64),
        ],
        {"a": (TensorProto.FLOAT, ["batch", 2]), "b": (TensorProto.FLOAT, ["batch", 2])},
        {"sum": (TensorProto.FLOAT, ["batch", 2]), "whole": (TensorProto.INT64, ["batch", 2])},
    )


@pytest.fixture
def copier() -> onnx.ModelProto:
    """One input of strings."""
    return model_of(
        [helper.make_node("Identity", ["in"], ["out"])],
        {"in": (TensorProto.STRING, ["batch", 1])},
        {"out": (TensorProto.STRING, ["batch", 1])},
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_outputs_come_by_name(adder: onnx.ModelProto, engine: Engine) -> None:
    predict = load(adder, engine=engine)
    assert predict.inputs == {"a": ((None, 2), "float32"), "b": ((None, 2), "float32")}
    assert predict.outputs == {"sum": ((None, 2), "float32"), "whole": ((None, 2), "int64")}
    assert predict.engine.startswith(engine)
    found = predict({"a": [[1.5, -2.5]], "b": np.ones((1, 2))})
    assert found["sum"].tolist() == [[2.5, -1.5]]
    assert found["whole"].tolist() == [[1, -2]]


@pytest.mark.parametrize("engine", ENGINES)
def test_strings_pass(copier: onnx.ModelProto, engine: Engine) -> None:
    found = load(copier, engine=engine)(np.array([["é"], ["b"]]))
    assert found["out"].tolist() == [["é"], ["b"]]


@pytest.mark.parametrize("engine", ENGINES)
def test_path_bytes_and_proto_are_the_same(
    adder: onnx.ModelProto, engine: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "adder.onnx"
    onnx.save(adder, path)
    data = {"a": np.ones((3, 2), np.float32), "b": np.full((3, 2), 2, np.float32)}
    for source in (path, str(path), path.read_bytes(), adder):
        assert load(source, engine=engine)(data)["sum"].tolist() == [[3, 3]] * 3


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"a": [[1, 2]]}, "'b'"),
        ({"a": [[1, 2]], "b": [[1, 2]], "c": 1}, "'c'"),
        ({"a": [[1, 2, 3]], "b": [[1, 2]]}, "'a'"),
        ({"a": [["x", "y"]], "b": [[1, 2]]}, "'a'"),
        ([[1, 2]], "2 inputs"),
    ],
)
def test_what_does_not_fit_is_named(
    adder: onnx.ModelProto, engine: Engine, data: Any, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        load(adder, engine=engine)(data)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("content", [b"", b"\x08\x08", b"\x89PNG\r\n", b"\x08\x08\x12\x05abc"])
def test_what_is_no_model_is_refused(tmp_path: Path, engine: Engine, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"model\.onnx") as caught:
        load(path, engine=engine)
    assert "\n" not in str(caught.value)


def test_missing_file_and_unknown_engine(adder: onnx.ModelProto, tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="no such file"):
        load(tmp_path / "missing.onnx")
    with pytest.raises(UsageError, match=r"onnxruntime and onnx\.reference"):
        load(adder, engine="tensorrt")  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", ENGINES)
def test_errors_while_running_are_one_line(engine: Engine) -> None:
    gather = model_of(
        [helper.make_node("Gather", ["table", "ids"], ["rows"])],
        {"table": (TensorProto.FLOAT, [4, 2]), "ids": (TensorProto.INT64, ["batch"])},
        {"rows": (TensorProto.FLOAT, ["batch", 2])},
    )
    predict = load(gather, engine=engine)
    with pytest.raises(UsageError, match="cannot run the model") as caught:
        predict({"table": np.zeros((4, 2)), "ids": [99, 99, 99, 99]})
    assert "\n" not in str(caught.value)


def test_onnx_is_recognised_by_its_bytes(adder: onnx.ModelProto, tmp_path: Path) -> None:
    path = tmp_path / "adder.h5"
    onnx.save(adder, path)
    assert is_onnx(path)
    for content in (b"", b"\x89HDF\r\n\x1a\n", b"{}", b"\x08\x01\x12"):
        path.write_bytes(content)
        assert not is_onnx(path)
    assert not is_onnx(tmp_path)


def test_without_onnxruntime_the_reference_runs(
    adder: onnx.ModelProto, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert default_engine() == "onnxruntime"
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert default_engine() == "onnx.reference"
    assert keronyx.load(adder).engine.startswith("onnx.reference")
    with pytest.raises(UsageError, match="onnxruntime is not installed"):
        keronyx.load(adder, engine="onnxruntime")


def test_telemetry_is_off_before_onnxruntime_is_imported() -> None:
    code = (
        "import os, sys, keronyx.runtime.session.predictor as s; "
        "assert 'onnxruntime' not in sys.modules; s.default_engine(); "
        "assert 'onnxruntime' in sys.modules; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    )
    environment = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment
    )
    assert done.stdout == "1\n"


def test_every_engine_has_a_session() -> None:
    assert list(session.SESSIONS) == ENGINES


@pytest.mark.parametrize("engine", ENGINES)
def test_log_softmax_of_far_numbers_is_finite(engine: Engine) -> None:
    log_softmax = model_of(
        [helper.make_node("LogSoftmax", ["x"], ["y"], axis=1)],
        {"x": (TensorProto.FLOAT, ["batch", 2])},
        {"y": (TensorProto.FLOAT, ["batch", 2])},
    )
    found = load(log_softmax, engine=engine)([[0.0, 500.0]])
    assert found["y"].tolist() == [[-500.0, 0.0]]


def test_types_that_numpy_does_not_have_are_refused_by_name() -> None:
    narrow = model_of(
        [helper.make_node("Identity", ["x"], ["y"])],
        {"x": (TensorProto.BFLOAT16, ["batch", 2])},
        {"y": (TensorProto.BFLOAT16, ["batch", 2])},
    )
    with pytest.raises(UsageError, match="input 'x' is bfloat16"):
        load(narrow)
