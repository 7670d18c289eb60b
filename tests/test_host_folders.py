"""The folders that ``keronyx host`` writes, whole or not at all, and the models it takes."""

import os
import sys
from pathlib import Path
from typing import Any

import hosting
import numpy as np
import onnx
import pytest
from emitting import chain, dense, numbers
from layer_case import tensor

from keronyx.conversion import convert
from keronyx.converter.emit import save
from keronyx.converter.errors import FileFormatError, UsageError
from keronyx.converter.tensors import Array
from keronyx.hosting import host
from keronyx.runtime.hosts import new_folder
from keronyx.runtime.session.predictor import load

TO = "cpp"
IRIS = hosting.TRAINED / "iris" / "iris.h5"
PLAIN = hosting.identity({"x": ("float32", ["n", 2])})


def left_behind(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    with new_folder(tmp_path / "p") as place:
        assert not (tmp_path / "p").exists()
        (place / "file").write_text("x")
    assert left_behind(tmp_path) == ["p"]
    assert (tmp_path / "p" / "file").read_text() == "x"
    umask = os.umask(0)
    os.umask(umask)
    assert (tmp_path / "p").stat().st_mode & 0o777 == 0o777 & ~umask


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    hosting.project("iris", TO, tmp_path / "p")
    assert (tmp_path / "p" / "model.onnx").exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt, UsageError("no"), MemoryError])
def test_what_goes_wrong_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Any
) -> None:
    def fail(*_: Any) -> None:
        assert left_behind(tmp_path)[0].startswith(".keronyx-")
        raise error

    monkeypatch.setattr(sys.modules["keronyx.hosting"], "write_project", fail)
    with pytest.raises(error if isinstance(error, type) else type(error)):
        host(IRIS, TO, tmp_path / "p")
    assert left_behind(tmp_path) == []


def test_what_stands_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    full = tmp_path / "full"
    full.mkdir()
    (full / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "full", "link"):
        with pytest.raises(UsageError, match="is there already"):
            host(IRIS, TO, tmp_path / name)
    assert left_behind(tmp_path) == ["file", "full", "link"]
    assert (full / "file").read_text() == "mine"
    with pytest.raises(UsageError, match="cannot be written: no such file or directory"):
        host(IRIS, TO, tmp_path / "none" / "p")
    for name in ("", ".", "a\0b"):
        with pytest.raises(UsageError, match="is no folder name"):
            host(IRIS, TO, name)


# Sources


def test_weights_beside_an_onnx_model_come_along(tmp_path: Path) -> None:
    model = chain(tensor("x", 64), [dense(512, 64, "wide"), dense(2, 512, "narrow")])
    source = tmp_path / "big.onnx"
    save(model, source, external_data=True)
    made = host(source, TO, tmp_path / "p")
    assert made.facts.external_data == "big.onnx.data"
    assert (tmp_path / "p" / "big.onnx.data").read_bytes() == (
        tmp_path / "big.onnx.data"
    ).read_bytes()
    x: Array = numbers(3, 64)
    found = load(tmp_path / "p" / "model.onnx")(x)
    np.testing.assert_array_equal(found["y"], load(source)(x)["y"])
    (tmp_path / "big.onnx.data").unlink()
    with pytest.raises(FileFormatError, match=r"big\.onnx\.data: .*no such file"):
        host(source, TO, tmp_path / "q")
    (tmp_path / "other.onnx").write_bytes(source.read_bytes())
    with pytest.raises(UsageError, match="not in one file beside it"):
        host(tmp_path / "other.onnx", TO, tmp_path / "q")


def test_an_onnx_model_is_copied_as_it_is(tmp_path: Path) -> None:
    source = tmp_path / "iris.onnx"
    convert(IRIS, source)
    made = host(source, TO, tmp_path / "p")
    assert made.conversion is None
    assert (tmp_path / "p" / "model.onnx").read_bytes() == source.read_bytes()
    assert (
        made.facts.source_sha256 == hosting.project("iris", TO, tmp_path / "q").facts.source_sha256
    )
    with pytest.raises(UsageError, match="has its own weights and activations"):
        host(source, TO, tmp_path / "r", weights="x.h5")


def test_other_models_are_refused(tmp_path: Path) -> None:
    foreign = onnx.load_from_string(PLAIN)
    foreign.producer_name = "pytorch"
    (tmp_path / "foreign.onnx").write_bytes(foreign.SerializeToString())
    with pytest.raises(UsageError, match=r"foreign\.onnx: .*not written by keronyx"):
        host(tmp_path / "foreign.onnx", TO, tmp_path / "p")
    (tmp_path / "cut.onnx").write_bytes(PLAIN[:40])
    with pytest.raises(FileFormatError, match=r"cut\.onnx: onnx cannot read the model"):
        host(tmp_path / "cut.onnx", TO, tmp_path / "p")
    with pytest.raises(UsageError, match="no host 'cobol'"):
        host(IRIS, "cobol", tmp_path / "p")
    assert left_behind(tmp_path) == ["cut.onnx", "foreign.onnx"]
