"""ONNX models with weights in other files: ONNX's own rules, and what breaks them."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from keronyx.converter.errors import FileFormatError
from keronyx.runtime.session.predictor import Engine, load

ENGINES: list[Engine] = ["onnxruntime", "onnx.reference"]
NUMBERS = np.arange(4, dtype=np.float32)


def tensor(**entries: str) -> TensorProto:
    """Return four numbers that are in another file."""
    found = numpy_helper.from_array(NUMBERS, "w")
    found.ClearField("raw_data")
    found.data_location = TensorProto.EXTERNAL
    for key, value in entries.items():
        entry = found.external_data.add()
        entry.key, entry.value = key, value
    return found


def model(weights: TensorProto, *, nested: bool = False) -> onnx.ModelProto:
    """Return a model that adds the numbers, as an initializer or in a node of a branch."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 4])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 4])
    nodes = [helper.make_node("Add", ["x", "w"], ["y"])]
    if nested:
        w = helper.make_tensor_value_info("w", TensorProto.FLOAT, [4])
        constant = helper.make_node("Constant", [], ["w"], value=weights)
        branch = helper.make_graph([constant], "branch", [], [w])
        true = helper.make_tensor("c", TensorProto.BOOL, [], [True])
        nodes = [
            helper.make_node("Constant", [], ["c"], value=true),
            helper.make_node("If", ["c"], ["w"], then_branch=branch, else_branch=branch),
            *nodes,
        ]
    graph = helper.make_graph(nodes, "g", [x], [y], [] if nested else [weights])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def files(folder: Path, made: onnx.ModelProto) -> Path:
    """Write a model, its weights beside it, and empty files where it should not read."""
    (folder / "in").mkdir()
    (folder / "beside.bin").touch()
    NUMBERS.tofile(folder / "in" / "w.data")
    (folder / "in" / "link.data").symlink_to(folder / "beside.bin")
    (folder / "in" / "loop.data").symlink_to("loop.data")
    os.link(folder / "beside.bin", folder / "in" / "hard.data")
    os.mkfifo(folder / "in" / "pipe.data")
    (folder / "in" / "m.onnx").write_bytes(made.SerializeToString())
    return folder / "in" / "m.onnx"


@pytest.mark.parametrize("engine", ENGINES)
def test_weights_beside_the_model_are_read(tmp_path: Path, engine: Engine) -> None:
    path = files(tmp_path, model(tensor(location="w.data", offset="0", length="16")))
    assert load(path, engine=engine)(np.zeros((1, 4)))["y"].tolist() == [[0, 1, 2, 3]]


REFUSED: dict[str, dict[str, str]] = {
    "above": {"location": "b/../w.data"},
    "round about": {"location": "./w.data"},
    "symbolic link": {"location": "link.data"},
    "symbolic link to itself": {"location": "loop.data"},
    "hard link": {"location": "hard.data"},
    "pipe": {"location": "pipe.data"},
    "device": {"location": os.devnull},
    "missing": {"location": "gone.data"},
    "folder": {"location": "."},
    "empty location": {"location": ""},
    "null in the location": {"location": "w.data\0x"},
    "negative offset": {"location": "w.data", "offset": "-4"},
    "offset of words": {"location": "w.data", "offset": "four"},
    "offset too large": {"location": "w.data", "offset": "9" * 30},
    "length too large": {"location": "w.data", "length": "20"},
    "unknown key": {"location": "w.data", "basepath": "/"},
}


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("kind", REFUSED)
def test_weights_elsewhere_are_refused(tmp_path: Path, kind: str, *, nested: bool) -> None:
    path = files(tmp_path, model(tensor(**REFUSED[kind]), nested=nested))
    for engine in ENGINES:
        with pytest.raises(FileFormatError, match=r"m\.onnx: ") as caught:
            load(path, engine=engine)
        assert str(caught.value).isprintable()
        assert "cannot open the model" not in str(caught.value)


def test_absolute_location_is_refused(tmp_path: Path) -> None:
    path = files(tmp_path, model(tensor(location=str(tmp_path / "beside.bin"))))
    with pytest.raises(FileFormatError, match="not the plain name"):
        load(path)


def test_location_given_twice_is_refused(tmp_path: Path) -> None:
    weights = tensor(location="w.data")
    weights.external_data.append(weights.external_data[0])
    with pytest.raises(FileFormatError, match="in a way that keronyx does not know"):
        load(files(tmp_path, model(weights)))


@pytest.mark.parametrize("engine", ENGINES)
def test_model_in_memory_reads_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    path = files(tmp_path, model(tensor(location="w.data")))
    monkeypatch.chdir(path.parent)
    sources: list[Any] = [path.read_bytes(), onnx.load(path, load_external_data=False)]
    for source in sources:
        with pytest.raises(FileFormatError, match="in memory with weights in another file"):
            load(source, engine=engine)


def test_functions_sparse_tensors_and_training_are_looked_at(tmp_path: Path) -> None:
    outside = tensor(location="b/../w.data")
    constant = helper.make_node("Constant", [], ["w"], value=outside)
    plain = model(numpy_helper.from_array(NUMBERS, "w"))
    made = [onnx.ModelProto.FromString(plain.SerializeToString()) for _ in range(3)]
    made[0].functions.append(
        helper.make_function("d", "f", [], ["w"], [constant], [helper.make_opsetid("", 17)])
    )
    made[1].graph.sparse_initializer.add().values.CopyFrom(outside)
    made[2].training_info.add().algorithm.node.append(constant)
    for index, each in enumerate(made):
        (tmp_path / str(index)).mkdir()
        with pytest.raises(FileFormatError, match="not the plain name"):
            load(files(tmp_path / str(index), each))


def test_formats_of_onnxruntime_are_refused(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(b"\x10\0\0\0ORTM" + bytes(40))
    with pytest.raises(FileFormatError, match="onnxruntime's own format"):
        load(tmp_path / "m.onnx")
