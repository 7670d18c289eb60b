"""Rows from every kind of file, predictions to every kind of file."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keronyx.converter.errors import FileFormatError, KeronyxError, UsageError
from keronyx.runtime.session.batches import ROWS, run_in_batches
from keronyx.runtime.specs import TensorSpec
from keronyx.runtime.tables.files import read_arrays, read_inputs, write_outputs

ONE = {"x": TensorSpec((None, 3), "float32")}
TWO = {"x": TensorSpec((None, 2), "float32"), "n": TensorSpec((None,), "int64")}
TEXT = {"s": TensorSpec((None, 1), "string"), "x": TensorSpec((None, 2), "float32")}
OPEN = {"x": TensorSpec((None, None, 2), "float32")}
IMAGE = {"x": TensorSpec((None, 2, 2), "float32")}
MARKED = {"x": TensorSpec((None, 1), "float32"), "b": TensorSpec((None, 2), "bool")}


def read_text(place: Path, text: str, specs: Any, name: str = "rows.csv") -> dict[str, Any]:
    path = place / name
    path.write_bytes(text.encode())
    return {key: array.tolist() for key, array in read_inputs(path, specs).items()}


@pytest.mark.parametrize(
    ("text", "specs", "expected"),
    [
        ("1,2,3\n4,5,6\n", ONE, {"x": [[1, 2, 3], [4, 5, 6]]}),
        ("a,b,c\n1,2,3\n", ONE, {"x": [[1, 2, 3]]}),
        ("\ufeffa,b,c\r\n1,2,3\r\n\r\n4,5,6", ONE, {"x": [[1, 2, 3], [4, 5, 6]]}),
        ('"1", 2 ,-3e2\n', ONE, {"x": [[1, 2, -300]]}),
        ("x[2],x[0],x[1]\n1,2,3", ONE, {"x": [[2, 3, 1]]}),
        ("1,2,3\n4,5,6\n", TWO, {"x": [[1, 2], [4, 5]], "n": [3, 6]}),
        ("n,x[0],x[1]\n1,2,3\n", TWO, {"x": [[2, 3]], "n": [1]}),
        ('"a, b",1,2\nc,3,4\n', TEXT, {"s": [["a, b"], ["c"]], "x": [[1, 2], [3, 4]]}),
        ("1,2,3,4\n", OPEN, {"x": [[[1, 2], [3, 4]]]}),
        ("1,2,3,4\n", IMAGE, {"x": [[[1, 2], [3, 4]]]}),
        ("x[1],s,x[0]\n1,c,2\n", TEXT, {"s": [["c"]], "x": [[2, 1]]}),
        ("2,True,false\n3,0,1\n", MARKED, {"x": [[2], [3]], "b": [[1, 0], [0, 1]]}),
        ("x,b[0],b[1]\n2,TRUE,0\n", MARKED, {"x": [[2]], "b": [[1, 0]]}),
    ],
)
def test_csv(tmp_path: Path, text: str, specs: Any, expected: Any) -> None:
    assert read_text(tmp_path, text, specs) == expected


@pytest.mark.parametrize(
    ("text", "specs", "words"),
    [
        ("", ONE, "no rows"),
        ("1,2\n", ONE, "line 1: 2 columns, expected 3"),
        ("1,2,3\n\n4,x,6\n", ONE, "line 3, column 2: 'x' is not a number"),
        ("1,2,3\n4,,6\n", ONE, "line 2, column 2: empty"),
        ("a,2,c\n1,2,3\n", ONE, "line 1, column 1: 'a' is not a number"),
        ("1_0,2,3\n", ONE, "'1_0' is not a number"),
        ("a,1,2,3\n", ONE, "4 columns, expected 3"),
        ('"1,2,3', ONE, "line 1"),
        ("1,2,true\n", ONE, "column 3: 'true' is not a number"),
        ("1,yes,0\n", MARKED, "column 2: 'yes' is not a number"),
        ("1,2,9007199254740993\n", TWO, r"2\*\*53"),
        ("1,2\n", {"x": TensorSpec((None, None, None), "float32")}, "open axes"),
    ],
)
def test_csv_says_where_it_is_wrong(tmp_path: Path, text: str, specs: Any, words: str) -> None:
    with pytest.raises(KeronyxError, match=words) as caught:
        read_text(tmp_path, text, specs)
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "specs", "expected"),
    [
        ("[[1, 2, 3]]", ONE, {"x": [[1, 2, 3]]}),
        ('{"x": [[1, 2, 3]]}', ONE, {"x": [[1, 2, 3]]}),
        ('{"n": [7], "x": [[1, 2]]}', TWO, {"x": [[1, 2]], "n": [7]}),
    ],
)
def test_json(tmp_path: Path, text: str, specs: Any, expected: Any) -> None:
    assert read_text(tmp_path, text, specs, "rows.json") == expected


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.json", b"[[1,", "line 1, column 5: not JSON"),
        ("a.json", b"[[1, 2], [3]]", "different lengths"),
        ("a.json", b"[" * 100_000, "not JSON"),
        ("a.csv", b"\xff\xfe1,2,3", "UTF-8"),
        ("a.npz", b"PK\x03\x04", "damaged"),
        ("a.npy", b"\x93NUMPY\x01\x00", "damaged"),
        ("a.npy", b"hello", "not an array"),
        ("a.txt", b"1,2,3", r"\.tsv and \.json"),
    ],
)
def test_what_cannot_be_read_is_one_line(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(KeronyxError, match=words) as caught:
        read_inputs(path, ONE)
    assert "\n" not in str(caught.value)


def test_pickles_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.array([{}], object))
    with pytest.raises(FileFormatError, match="not an array of numbers"):
        read_inputs(tmp_path / "a.npz", ONE)


def test_a_single_input_needs_no_name(tmp_path: Path) -> None:
    rows = np.arange(6.0).reshape(2, 3)
    np.savez(tmp_path / "a.npz", whatever=rows)
    np.save(tmp_path / "a.npy", rows)
    for name in ("a.npz", "a.npy"):
        np.testing.assert_array_equal(read_inputs(tmp_path / name, ONE)["x"], rows)
        with pytest.raises(UsageError, match="'x', 'n'"):
            read_inputs(tmp_path / "a.npy", TWO)


def test_samples_are_an_archive(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(3))
    with pytest.raises(FileFormatError, match=r"expected an \.npz"):
        read_arrays(tmp_path / "a.npy")
    with pytest.raises(FileFormatError, match="no such file"):
        read_arrays(tmp_path / "missing.npz")


OUTPUTS = {
    "file": np.array([[0.1, np.nan], [1e-8, np.inf]], np.float32),
    "word": np.array([["a,é"], ["b"]], object),
    "id": np.array([1, 2]),
}


def test_outputs_to_csv_and_back(tmp_path: Path) -> None:
    write_outputs(tmp_path / "out.csv", OUTPUTS)
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert lines == ["file[0],file[1],word,id", '0.1,nan,"a,é",1', "1e-08,inf,b,2"]


def test_outputs_to_json(tmp_path: Path) -> None:
    write_outputs(tmp_path / "out.json", OUTPUTS)
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8")) == {
        "file": [[0.1, None], [1e-08, None]],
        "word": [["a,é"], ["b"]],
        "id": [1, 2],
    }


def test_outputs_to_npz_and_npy(tmp_path: Path) -> None:
    write_outputs(tmp_path / "out.npz", OUTPUTS)
    found = read_arrays(tmp_path / "out.npz")
    assert list(found) == list(OUTPUTS)
    np.testing.assert_array_equal(found["file"], OUTPUTS["file"])
    assert found["word"].tolist() == OUTPUTS["word"].tolist()
    write_outputs(tmp_path / "out.npy", {"only": OUTPUTS["file"]})
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), OUTPUTS["file"])


@pytest.mark.parametrize("name", ["out.npy", "out.txt", "missing/out.csv"])
def test_nothing_is_left_where_writing_fails(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        write_outputs(tmp_path / name, OUTPUTS)
    assert list(tmp_path.iterdir()) == []


def doubled(arrays: Any) -> dict[str, Any]:
    return {"y": arrays["x"] * 2}


def test_many_rows_run_in_parts() -> None:
    rows = np.arange(ROWS * 2 + 5)
    seen = []

    def run(arrays: Any) -> dict[str, Any]:
        seen.append(len(arrays["x"]))
        return doubled(arrays)

    found = run_in_batches(run, {"x": rows}, {"x": TensorSpec((None,), "int64")})
    np.testing.assert_array_equal(found["y"], rows * 2)
    assert seen == [ROWS, ROWS, 5]


def test_a_fixed_batch_is_filled_up() -> None:
    seen = []

    def run(arrays: Any) -> dict[str, Any]:
        seen.append(arrays["x"].tolist())
        return doubled(arrays)

    found = run_in_batches(run, {"x": np.arange(5)}, {"x": TensorSpec((3,), "int64")})
    assert found["y"].tolist() == [0, 2, 4, 6, 8]
    assert seen == [[0, 1, 2], [3, 4, 4]]
