"""Writing a model to disk: weights inside or beside, streamed, checked before it appears."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from emitting import chain, dense, numbers, run
from layer_case import alone, tensor

from keronyx.converter.emit import emit, save, serialize
from keronyx.converter.errors import FileFormatError, UsageError, WeightError
from keronyx.converter.model import Model
from keronyx.converter.tensors import Array, Variable

X64 = tensor("x", 64)


def wide() -> Model:
    layers = [dense(512, 64, "wide", activation="relu"), dense(3, 512, "narrow")]
    return chain(X64, layers)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_the_file_is_what_serialize_gives(tmp_path: Path) -> None:
    model = wide()
    save(model, tmp_path / "m.onnx", opset=13)
    assert (tmp_path / "m.onnx").read_bytes() == serialize(model, opset=13)
    assert names(tmp_path) == ["m.onnx"]


def test_weights_beside_the_model_load_everywhere(tmp_path: Path) -> None:
    model = wide()
    path = tmp_path / "m.onnx"
    save(model, path, external_data=True)
    assert names(tmp_path) == ["m.onnx", "m.onnx.data"]
    onnx.checker.check_model(str(path), full_check=True)
    x = numbers(4, 64)
    np.testing.assert_array_equal(run(str(path), x)[0], run(serialize(model), x)[0])
    loaded = onnx.load(path)
    for ours, theirs in zip(loaded.graph.initializer, emit(model).graph.initializer, strict=True):
        assert onnx.numpy_helper.to_array(ours).tobytes() == theirs.raw_data


def test_data_lie_where_they_can_be_mapped(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    save(wide(), path, external_data=True)
    places = {}
    for tensor_ in onnx.load(path, load_external_data=False).graph.initializer:
        said = {entry.key: entry.value for entry in tensor_.external_data}
        assert said.get("location", "m.onnx.data") == "m.onnx.data"
        places[tensor_.name] = (int(said.get("offset", -1)), int(said.get("length", -1)))
    # A bias of 12 bytes stays inside; what is smaller than 64 KiB begins at a page.
    assert places == {
        "wide/kernel": (0, 131072),
        "wide/bias": (131072, 2048),
        "narrow/kernel": (135168, 6144),
        "narrow/bias": (-1, -1),
    }


def test_small_models_have_no_data_file(tmp_path: Path) -> None:
    save(alone(dense(2, 4), tensor("x", 4)), tmp_path / "m.onnx", external_data=True)
    assert names(tmp_path) == ["m.onnx"]


def test_above_2_gb_the_weights_go_beside_by_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(serialize(wide()))
    module = sys.modules["keronyx.converter.graph.save"]
    monkeypatch.setattr(module, "INSIDE", size + 1)
    save(wide(), tmp_path / "inside.onnx")
    monkeypatch.setattr(module, "INSIDE", size)
    save(wide(), tmp_path / "beside.onnx")
    assert names(tmp_path) == ["beside.onnx", "beside.onnx.data", "inside.onnx"]
    with pytest.raises(UsageError, match="more than 2 GB of weights; save the model with"):
        serialize(wide())


def stored(path: Path, array: Array, offset: int = 8) -> Variable:
    """Return a variable whose bytes lie in a file."""
    path.write_bytes(b"\0" * offset + array.tobytes())

    def load() -> Array:
        raise AssertionError("read from its place instead")

    place = (str(path), offset)
    return replace(Variable.of(array), load=load, extent=place)


def with_kernel(kernel: Variable) -> Model:
    model = alone(dense(8, 64, use_bias=False), X64)
    (call,) = model.connections
    made = replace(call.layer, kernel=kernel)  # type: ignore[call-arg]
    return replace(model, connections=(replace(call, layer=made),))


def test_bytes_are_copied_from_where_they_lie(tmp_path: Path) -> None:
    kernel = numbers(64, 8)
    graph = emit(with_kernel(stored(tmp_path / "w.bin", kernel)))
    assert graph.graph.initializer[0].raw_data == kernel.tobytes()


def test_bytes_of_another_type_are_converted(tmp_path: Path) -> None:
    kernel = numbers(64, 8).astype(np.float64)
    variable = replace(stored(tmp_path / "w.bin", kernel), load=lambda: kernel)
    graph = emit(with_kernel(variable))
    assert graph.graph.initializer[0].raw_data == kernel.astype(np.float32).tobytes()


def test_a_source_that_shrank_is_noticed(tmp_path: Path) -> None:
    kernel = stored(tmp_path / "w.bin", numbers(64, 8))
    (tmp_path / "w.bin").write_bytes(b"short")
    with pytest.raises(FileFormatError, match="changed while it was read"):
        save(with_kernel(kernel), tmp_path / "m.onnx")
    (tmp_path / "w.bin").unlink()
    with pytest.raises(FileFormatError, match="no such file"):
        save(with_kernel(kernel), tmp_path / "m.onnx")
    assert names(tmp_path) == []


def test_numbers_of_another_shape_are_noticed() -> None:
    wrong = replace(Variable.of(numbers(64, 8)), load=lambda: numbers(8, 64))
    with pytest.raises(WeightError, match=r"dense/kernel has shape \(8, 64\), expected \(64, 8\)"):
        serialize(with_kernel(wrong))


@pytest.mark.parametrize("external_data", [False, True])
def test_verify_sees_the_whole_model_before_it_appears(
    tmp_path: Path,
    external_data: bool,  # noqa: FBT001
) -> None:
    seen: list[Any] = []
    path = tmp_path / "m.onnx"

    def verify(finished: Path) -> None:
        assert not path.exists()
        assert finished.name == path.name
        seen.extend(run(str(finished), numbers(2, 64)))

    save(wide(), path, external_data=external_data, verify=verify)
    assert seen[0].shape == (2, 3)
    assert path.exists()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_verify_raises_leaves_everything_as_it_was(
    tmp_path: Path, error: type[BaseException]
) -> None:
    (tmp_path / "m.onnx").write_text("before")

    def verify(_finished: Path) -> None:
        raise error

    with pytest.raises(error):
        save(wide(), tmp_path / "m.onnx", external_data=True, verify=verify)
    assert names(tmp_path) == ["m.onnx"]
    assert (tmp_path / "m.onnx").read_text() == "before"


@pytest.mark.parametrize("path", ["/", "", ".", "a\0b"])
def test_paths_that_are_no_file_are_refused(path: str) -> None:
    with pytest.raises(UsageError):
        save(wide(), path)


def test_the_source_is_never_replaced(tmp_path: Path) -> None:
    source = tmp_path / "model.keras"
    kernel = stored(source, numbers(64, 8))
    model = replace(with_kernel(kernel), source=str(source))
    link = tmp_path / "link.onnx"
    link.hardlink_to(source)
    data = tmp_path / "x.data"
    data.hardlink_to(source)
    for path in (source, link, tmp_path / "x"):
        with pytest.raises(UsageError, match="would replace the model it is made from"):
            save(model, path)
    assert names(tmp_path) == ["link.onnx", "model.keras", "x.data"]


STREAM = """
import json, resource, sys
import numpy as np
from keronyx.converter.emit import save
from keronyx.converter.layers.core import Dense
from keronyx.converter.model import Connection, Model
from keronyx.converter.tensors import KerasTensor, Variable

path, side, count, external = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "1"
tensors = [KerasTensor(name=f"t{i}", shape=(None, side), dtype="float32") for i in range(count + 1)]
calls = []
for index in range(count):
    place = (path + ".bin", index * side * side * 4)
    kernel = Variable(name="k", shape=(side, side), dtype="float32", load=list, extent=place)
    made = Dense(name=f"d{index}", units=side, use_bias=False, kernel=kernel)
    calls.append(Connection(layer=made, inputs=(tensors[index],), outputs=(tensors[index + 1],)))
model = Model(name="m", inputs={"x": tensors[0]}, outputs={"y": tensors[-1]},
              connections=tuple(calls))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
save(model, path, external_data=external)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([before, after]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux only")
@pytest.mark.parametrize("external_data", ["0", "1"])
def test_weights_are_streamed(tmp_path: Path, external_data: str) -> None:
    side, count = 5000, 3  # 300 MB
    with (tmp_path / "m.onnx.bin").open("wb") as file:
        file.truncate(side * side * 4 * count)  # a hole: takes no room
    command = [sys.executable, "-c", STREAM, str(tmp_path / "m.onnx")]
    said = subprocess.run(
        [*command, str(side), str(count), external_data], check=True, capture_output=True
    )
    before, after = json.loads(said.stdout)
    assert after - before < 20 * 1024  # KiB
    written = sum(path.stat().st_size for path in tmp_path.glob("m.onnx*"))
    assert written > 2 * side * side * 4 * count
