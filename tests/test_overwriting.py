"""Outputs take neither the name nor the place of another kind of file, unless forced to."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest

import keronyx
from keronyx.cli import main
from keronyx.converter.errors import UsageError
from keronyx.converter.graph.recognise import ONNX, is_model
from keronyx.converter.overwriting import refuse_name, refuse_other

MODELS = Path(__file__).parents[1] / "models"
Capture = pytest.CaptureFixture[str]

OTHER_SUFFIXES = """
    h5 hdf5 keras KERAS weights.h5 json yaml yml npz npy pb tflite pt pth pkl joblib csv mlmodel
    safetensors c onnx.data ckpt ort zip
"""


@pytest.fixture
def iris(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    shutil.copy(MODELS / "iris" / "iris.h5", tmp_path)
    shutil.copy(MODELS / "iris" / "rows.npz", tmp_path)
    monkeypatch.chdir(tmp_path)
    return "iris.h5"


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def told(capsys: Capture, *arguments: str) -> str:
    """Return the one line of a command that refuses."""
    assert main(list(arguments)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line.removeprefix("keronyx: ")


@pytest.mark.parametrize("suffix", OTHER_SUFFIXES.split())
def test_names_of_other_kinds_are_refused(iris: str, suffix: str, capsys: Capture) -> None:
    name = f"net.{suffix}"
    line = told(capsys, "convert", iris, "-o", name)
    assert line.startswith(f"{name}: an ONNX model under the name of ")
    assert line.endswith(", or say --force")
    assert not Path(name).exists()
    with pytest.raises(UsageError, match="under the name of"):
        keronyx.convert(iris, name)


@pytest.mark.parametrize("name", ["net", "net.onnx", "net.ONNX", "net.v1", "net.bin", "h5", ".h5"])
def test_other_names_are_taken(name: str) -> None:
    refuse_name(name, ONNX)


def test_forced(iris: str) -> None:
    keronyx.convert(iris, "net.h5", force=True)
    assert onnx.load("net.h5").producer_name == "keronyx"
    Path("notes").write_text("notes")
    assert main(["convert", iris, "-o", "notes", "--force", "-q"]) == 0
    assert onnx.load("notes").producer_name == "keronyx"


def test_the_source_is_never_replaced(iris: str, capsys: Capture) -> None:
    before = Path(iris).read_bytes()
    line = told(capsys, "convert", iris, "-o", iris, "--force")
    assert "would replace the model it is made from" in line
    for option in ("iris.h5", "rows.npz"):
        line = told(capsys, "predict", iris, "-i", "rows.npz", "-o", option, "--force")
        assert "would replace" in line
    assert Path(iris).read_bytes() == before


def test_onnx_models_are_replaced_whoever_wrote_them(iris: str, tmp_path: Path) -> None:
    node = onnx.helper.make_node("Neg", ["x"], ["y"])
    x, y = (onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, [1]) for n in "xy")
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph([node], "g", [x], [y])), "theirs")
    Path("empty.onnx").touch()
    for name in ("theirs", "empty.onnx", "empty.onnx"):
        keronyx.convert(iris, tmp_path / name, check=False)
        assert onnx.load(name).producer_name == "keronyx"


OTHERS = {
    "text": b"to do: everything\n",
    "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(100),
    "zip": b"PK\x03\x04" + bytes(100),
    "saved_model": b"\x08\x01\x12\x04abcd",
    "core_ml": b"\x08\x04\x12\x04abcd\xa2\x1f\x00",
    "no_graph": b"\x08\x08\x12\x07keronyx",
    "cut_off": b"\x08\x08\x3a\x09ab",
    "more_behind": b"\x08\x08\x3a\x02ab\xff",
    "wrong_kind": b"\x08\x08\x38\x02",
    "endless": b"\x08\x08\x3a" + b"\xff" * 12,
}


@pytest.mark.parametrize("kind", OTHERS)
def test_other_files_are_not_replaced(iris: str, kind: str, capsys: Capture) -> None:
    path = Path("out.onnx")
    path.write_bytes(OTHERS[kind])
    line = told(capsys, "convert", iris, "-o", "out.onnx")
    assert line == (
        "out.onnx: is there already, and is not an ONNX model; choose another name, or say --force"
    )
    assert path.read_bytes() == OTHERS[kind]
    assert names(Path()) == ["iris.h5", "out.onnx", "rows.npz"]


def test_a_model_is_told_by_its_fields(iris: str, tmp_path: Path) -> None:
    keronyx.convert(iris, "net", check=False)
    data = Path("net").read_bytes()
    for count in range(0, len(data), 97):
        (tmp_path / "part").write_bytes(data[:count])
        with (tmp_path / "part").open("rb") as file:
            assert not is_model(file)
    with Path("net").open("rb") as file:
        assert is_model(file)


@pytest.mark.skipif(os.name != "posix", reason="POSIX files")
def test_of_a_link_the_file_counts_that_it_leads_to(iris: str, capsys: Capture) -> None:
    Path("link.onnx").symlink_to(iris)
    line = told(capsys, "convert", iris, "-o", "link.onnx")
    assert "would replace the model it is made from" in line
    Path("link2.onnx").symlink_to("rows.npz")
    assert "is not an ONNX model" in told(capsys, "convert", iris, "-o", "link2.onnx")
    Path("dangling.onnx").symlink_to("nothing")
    assert main(["convert", iris, "-o", "dangling.onnx", "-q"]) == 0
    assert not Path("dangling.onnx").is_symlink()
    assert not Path("nothing").exists()
    refuse_other("/dev/null", ONNX)  # its place is refused when it is written
    assert "is not a regular file" in told(capsys, "convert", iris, "-o", "/dev/null")


def test_external_data_replace_the_model_s_own_alone(iris: str, capsys: Capture) -> None:
    asked = ["convert", iris, "-o", "net.onnx", "--external-data", "-q"]
    assert main(asked) == 0
    assert main(asked) == 0
    Path("net.onnx").unlink()
    before = Path("net.onnx.data").read_bytes()
    assert told(capsys, *asked).startswith("net.onnx.data: is there already, and is not the weigh")
    assert Path("net.onnx.data").read_bytes() == before
    assert not Path("net.onnx").exists()
    assert main([*asked, "--force"]) == 0
    assert main(["convert", iris, "-o", "net.onnx", "-q"]) == 0  # weights inside
    assert "is not the weights of" in told(capsys, *asked)


def test_source_code_replaces_its_own_kind_alone(iris: str, capsys: Capture) -> None:
    for language, name in (("c", "net.c"), ("python", "net.py"), ("csharp", "Net.cs")):
        asked = ["code", iris, "--to", language, "-o", name, "-q"]
        assert main(asked) == 0
        assert main(asked) == 0
        Path(name).write_text("somebody's own work")
        assert "is not source code made by keronyx" in told(capsys, *asked)
        assert Path(name).read_text() == "somebody's own work"
        assert main([*asked, "--force"]) == 0
    line = told(capsys, "code", iris, "--to", "c", "-o", "net.h5")
    assert line.endswith("choose net.c, or say --force")
    assert "the name of an ONNX model" in told(capsys, "code", iris, "--to", "c", "-o", "net.onnx")


def test_weights_of_source_code(iris: str, capsys: Capture) -> None:
    asked = ["code", iris, "--to", "c", "-o", "net.c", "-q", "--weights-file"]
    assert main([*asked, "net.bin"]) == 0
    assert main([*asked, "net.bin"]) == 0
    Path("net.bin").write_bytes(b"other")
    assert "is not a weights file" in told(capsys, *asked, "net.bin")
    assert "under the name of a Keras model" in told(capsys, *asked, "net.h5")


@pytest.mark.parametrize("suffix", ["csv", "json", "npz"])
def test_predictions_replace_tables_alone(iris: str, suffix: str, capsys: Capture) -> None:
    asked = ["predict", iris, "-i", "rows.npz", "-o", f"out.{suffix}"]
    assert main(asked) == 0
    assert main(asked) == 0
    capsys.readouterr()
    model = json.dumps({"class_name": "Sequential", "config": {"layers": []}}).encode()
    for other in (Path(iris).read_bytes(), model, b'{"config": [{"class_name": "Dense"}]}'):
        Path(f"out.{suffix}").write_bytes(other)
        assert "is there already, and is not a" in told(capsys, *asked)
        assert Path(f"out.{suffix}").read_bytes() == other
    assert main([*asked, "--force"]) == 0


@pytest.mark.usefixtures("iris")
def test_an_array_replaces_an_array(capsys: Capture) -> None:
    model = [np.ones((4, 1), np.float32)], [np.zeros(1, np.float32)]
    np.savez("one.npz", *model[0], *model[1])
    asked = ["predict", "one.npz", "--activations", "linear", "-i", "in.npy", "-o", "out.npy"]
    np.save("in.npy", np.ones((2, 4), np.float32))
    assert main(asked) == 0
    assert main(asked) == 0
    capsys.readouterr()
    shutil.copy("one.npz", "out.npy")
    assert "is not an array" in told(capsys, *asked)


def test_a_trace_replaces_arrays_alone(iris: str, capsys: Capture) -> None:
    assert main(["trace", iris, "--out", "all.npz"]) == 0
    assert main(["trace", iris, "--out", "all.npz"]) == 0
    capsys.readouterr()
    shutil.copy(iris, "all.npz")
    assert "is not an archive of arrays" in told(capsys, "trace", iris, "--out", "all.npz")
    assert Path("all.npz").read_bytes() == Path(iris).read_bytes()


def test_a_folder_with_something_in_it_stays(iris: str, capsys: Capture) -> None:
    Path("project").mkdir()
    Path("project/mine").touch()
    assert "is there already" in told(capsys, "host", iris, "--to", "cpp", "-o", "project")
    assert names(Path("project")) == ["mine"]


def test_a_callback_refuses_the_name_before_training() -> None:
    class Package:
        class callbacks:  # noqa: N801 - as Keras spells it
            class Callback: ...

    with pytest.raises(UsageError, match=r"best\.onnx, or say force=True"):
        keronyx.keras_callback("best.keras", keras=Package)
    keronyx.keras_callback("best.keras", keras=Package, force=True)
