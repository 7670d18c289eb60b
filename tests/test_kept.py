"""Bare weights are read in the forms that people keep them in, or refused with what to write."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import keronyx
from keronyx.cli import main

RNG = np.random.default_rng(3)
W = [RNG.normal(size=size).astype(np.float32) for size in ((4, 6), (6, 1))]
B = [RNG.normal(size=size).astype(np.float32) for size in (6, 1)]
X = RNG.normal(size=(5, 4)).astype(np.float32)
Y = np.maximum(X @ W[0] + B[0], 0) @ W[1] + B[1]
ROWS = [bias[None] for bias in B]
NAMED = {"W1": W[0], "b1": B[0], "W2": W[1], "b2": B[1]}
SAID = ("relu", "linear")


def objects(arrays: list[Any]) -> Any:
    boxed = np.empty(len(arrays), object)
    boxed[:] = arrays
    return boxed


def lists(arrays: list[Any]) -> list[Any]:
    return [array.tolist() for array in arrays]


IN_MEMORY: dict[str, Any] = {
    "a pair of lists": [W, B],
    "a tuple of lists": (W, B),
    "a pair of object arrays": (objects(W), objects(B)),
    "pairs": [*zip(W, B, strict=True)],
    "pairs with rows": [*zip(W, ROWS, strict=True)],
    "rows": (W, ROWS),
    "rows in a row": [W[0], ROWS[0], W[1], ROWS[1]],
    "nested lists": [lists(W), lists(B)],
    "nested lists in a row": [W[0].tolist(), B[0].tolist(), W[1].tolist(), B[1].tolist()],
    "both by name": {"weights": W, "biases": B},
    "kernels and biases": {"kernels": objects(W), "biases": ROWS},
    "every array by name": NAMED,
    "layers": [{"weights": w, "biases": b} for w, b in zip(W, B, strict=True)],
    "layers below a name": {"layers": [{"W": W[0], "b": B[0]}, {"W": W[1], "b": B[1]}]},
}


def agrees(source: Any, activations: Any = SAID, **said: Any) -> None:
    (found,) = keronyx.load(source, activations=activations, **said)(X).values()
    np.testing.assert_allclose(found, Y, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("form", IN_MEMORY)
def test_forms_in_memory(form: str) -> None:
    agrees(IN_MEMORY[form])


def as_json(value: Any) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "weights.json"
        path.write_text(json.dumps(value, default=lambda array: array.tolist()))
        return path

    return write


def as_npz(**arrays: Any) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        np.savez(folder / "weights.npz", **arrays)
        return folder / "weights.npz"

    return write


def as_tables(separator: str, comma: str = ".") -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        for name, array in NAMED.items():
            rows = np.atleast_2d(array) if name == "b1" else array.reshape(len(array), -1)
            lines = [separator.join(f"{cell:.9g}".replace(".", comma) for cell in r) for r in rows]
            (folder / f"{name}.csv").write_text("\n".join(lines))
        return folder

    return write


FILES = {
    "a JSON list": as_json([W[0], B[0], W[1], B[1]]),
    "JSON by name": as_json(NAMED),
    "JSON of both lists": as_json({"weights": W, "biases": B}),
    "an .npz of rows": as_npz(W1=W[0], b1=ROWS[0], W2=W[1], b2=ROWS[1]),
    "tables": as_tables(","),
    "tables with decimal commas": as_tables(";", ","),
    "tables with tabs": as_tables("\t"),
    "tables with spaces": as_tables(" "),
}


@pytest.mark.parametrize("form", FILES)
def test_forms_of_files(form: str, tmp_path: Path) -> None:
    agrees(FILES[form](tmp_path))


def test_json_of_layers_says_the_activations(tmp_path: Path) -> None:
    layers = [
        {"weights": W[0], "biases": B[0], "activation": "relu"},
        {"weights": W[1], "biases": float(B[1][0]), "activation": "linear"},
    ]
    path = as_json({"layers": layers})(tmp_path)
    agrees(path, None)
    agrees(keronyx.read(path, isolate=True), None)
    agrees(layers, None)
    with pytest.raises(keronyx.UsageError, match=r"other activations than .* relu,linear"):
        keronyx.read(path, activations="relu")


def test_a_file_of_kernels_and_one_of_biases(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", *W)
    np.savez(tmp_path / "b.npz", *B)
    agrees(tmp_path / "w.npz", biases=tmp_path / "b.npz")
    said = ["convert", str(tmp_path / "w.npz"), "--biases", str(tmp_path / "b.npz")]
    assert main([*said, "--activations", "relu,linear", "-q"]) == 0
    np.savez(tmp_path / "b.npz", b=B[0])
    with pytest.raises(keronyx.UsageError, match="2 kernels, but 1 biases"):
        keronyx.read(tmp_path / "w.npz", biases=tmp_path / "b.npz", activations=SAID)


def test_matlab_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    matlab = pytest.importorskip("scipy.io")
    path = tmp_path / "weights.mat"
    for compressed in (False, True):
        matlab.savemat(path, {**NAMED, "b2": [[B[1][0]]]}, do_compression=compressed)
        agrees(path)
    with (
        keronyx.limits(inflated_bytes=8),
        pytest.raises(keronyx.FileFormatError, match="296 bytes"),
    ):
        keronyx.read(path, activations=SAID)
    matlab.savemat(path, {"W1": W[0], "note": "text"})
    with pytest.raises(keronyx.WeightError, match="'note' holds no numbers"):
        keronyx.read(path, activations=SAID)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(keronyx.FileFormatError, match="scipy cannot read it"):
        keronyx.read(path, activations=SAID)
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(keronyx.UsageError, match='pip install "scipy", or write'):
        keronyx.read(path, activations=SAID)


REFUSED: dict[str, tuple[Any, str]] = {
    "transposed": ([W[0].T, B[0], W[1].T, B[1]], r"\(units, inputs\).*transpose them"),
    "one unit each": (
        [(np.ones((1, 1)), np.ones((1, 1))), (np.ones((1, 1)), np.ones((1, 1)))],
        "which may be pairs",
    ),
    "text": ("[1, 'a']", "no such file"),
    "words": ({"hello": ["x"]}, "not numbers"),
    "a number": (5, "cannot convert int"),
    "other keys": ({"layers": [], "shape": 3}, "unknown keys"),
    "no layer": ({"layers": [{"W": W[0], "gate": 3}]}, "is no layer"),
    "some activations": (
        [{"W": W[0], "activation": "relu"}, {"W": W[1]}],
        "1 activations for 2 layers",
    ),
}


@pytest.mark.parametrize("form", REFUSED)
def test_what_is_no_such_form_is_told(form: str) -> None:
    source, words = REFUSED[form]
    with pytest.raises(keronyx.KeronyxError, match=words):
        keronyx.read(source, activations=SAID)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            {"hello": "x"},
            r"neither a Keras model .* nor weights; write bare .* with np\.savez",
        ),
        ([], "neither a Keras model"),
        ({"layers": 3}, "JSON that holds no weights: unknown keys"),
    ],
)
def test_json_that_is_neither(value: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(keronyx.FileFormatError, match=words):
        keronyx.read(as_json(value)(tmp_path), activations=SAID)


def test_tables_that_tell_nothing(tmp_path: Path) -> None:
    (tmp_path / "left.csv").write_text("1,2\n")
    with pytest.raises(keronyx.FileFormatError, match=r"'left.csv' tells no kernel.*name them W1"):
        keronyx.read(tmp_path, activations=SAID)
    (tmp_path / "left.csv").rename(tmp_path / "W1.csv")
    (tmp_path / "W1.csv").write_text("a,b\n1,2\n")
    with pytest.raises(keronyx.FileFormatError, match=r"'W1.csv' is no table of numbers"):
        keronyx.read(tmp_path, activations=SAID)
