"""Tables at the command line and in calls, with a model whose numbers are computed by hand."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from emitting import chain, dense
from layer_case import layer, tensor

import keronyx
from keronyx.cli.program import program
from keronyx.converter.emit import serialize
from keronyx.converter.errors import KeronyxError, UsageError
from keronyx.converter.model import Model

NAMES = ("age", "height", "weight")


@dataclass
class Frame:
    """A table in memory."""

    columns: Sequence[str]

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        """Return a row of zeros."""
        return np.zeros((1, len(self.columns)), dtype)


def sums() -> Model:
    """Return a model of age + 2 height - weight, and 10 weight."""
    kernel = np.array([[1, 0], [2, 0], [-1, 10]], np.float32)
    return chain(tensor("x", 3), [layer("Dense", "s", units=2, kernel=kernel, use_bias=False)])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return bare weights of the model: its kernel alone."""
    path = tmp_path / "sums.npz"
    np.savez(path, kernel=np.array([[1, 0], [2, 0], [-1, 10]], np.float32), bias=np.zeros(2))
    return path


def call(*arguments: object) -> Any:
    result = CliRunner().invoke(program, [*map(str, arguments)], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result


TURNED = "weight,id,age,height\n3,a,1,2\n6,b,4,5\n"
WANTED = [[2.0, 30.0], [8.0, 60.0]]


def test_convert_keeps_the_names_and_predict_reads_them(source: Path, tmp_path: Path) -> None:
    graph, rows, out = tmp_path / "a.onnx", tmp_path / "rows.csv", tmp_path / "out.npy"
    rows.write_text(TURNED)
    bare = ("--activations", "linear")
    call("convert", source, "-o", graph, *bare, "--columns", "age, height,weight", "-q")
    props = {each.key: each.value for each in onnx.load(graph).metadata_props}
    assert json.loads(props["columns"]) == list(NAMES)
    for engine in ("onnxruntime", "numpy"):
        done = call("predict", graph, "-i", rows, "-o", out, "--engine", engine)
        np.testing.assert_allclose(np.load(out), WANTED)
        assert "column 'id' left out" in done.stderr
    names = tmp_path / "names.txt"
    names.write_text("age\nheight\nweight\n")
    call("predict", source, *bare, "-i", rows, "-o", out, "--columns", names)
    np.testing.assert_allclose(np.load(out), WANTED)
    trace = tmp_path / "trace.npz"
    call("trace", source, *bare, "-i", rows, "-o", trace, "--columns", "age,height,weight")
    np.testing.assert_allclose(list(np.load(trace).values())[-1], WANTED)
    rows.write_text("a,b,c\n1,2,3\n")
    with pytest.raises(KeronyxError, match="no column 'age', 'height', 'weight'"):
        call("predict", graph, "-i", rows)


def test_samples_may_be_a_table(source: Path, tmp_path: Path) -> None:
    graph, rows = tmp_path / "a.onnx", tmp_path / "rows.csv"
    rows.write_text(TURNED)
    bare = ("--activations", "linear", "--samples", rows)
    done = call("convert", source, "-o", graph, *bare, "--columns", "age,height,weight")
    assert "column 'id' left out" in done.stderr
    assert done.stdout.splitlines()[-1].split()[:3] == ["dense_1", "numpy", "18"]
    assert "column 'id' left out" in call("check", graph, source, *bare).stderr
    with pytest.raises(KeronyxError, match="4 columns"):
        call("convert", source, "-o", graph, *bare)


def test_names_go_through_isolation(source: Path) -> None:
    made = keronyx.convert(source, activations="linear", columns=NAMES, isolate=True)
    props = {each.key: each.value for each in made.onnx.metadata_props}
    assert json.loads(props["columns"]) == list(NAMES)
    assert made.model.columns == NAMES
    for samples in (Frame(NAMES), {"input": Frame(NAMES)}):
        with pytest.raises(UsageError, match="a table with isolate=True; give arrays by name"):
            keronyx.convert(source, activations="linear", samples=samples, isolate=True)  # type: ignore[arg-type]


def test_an_onnx_model_goes_into_a_file(source: Path) -> None:
    with pytest.raises(UsageError, match=r"goes into a file; name one, as in -o net\.onnx"):
        keronyx.convert(source, "-", activations="linear")


# --- no rows


def sequences() -> Model:
    """Return a model of sequences of any length."""
    return chain(tensor("steps", None, 4), [dense(3, 4, "h"), dense(2, 3)])


@pytest.mark.parametrize("engine", ["onnxruntime", "onnx.reference"])
def test_no_rows_never_reach_an_engine(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    predict = keronyx.load(serialize(sums()), engine=engine)
    monkeypatch.setattr(predict, "_session", None)
    found = predict(np.empty((0, 3)))
    assert (list(found), found["y"].shape, found["y"].dtype.name) == (["y"], (0, 2), "float32")


def test_open_sizes_are_those_of_a_row() -> None:
    model = sequences()
    none, some = np.empty((0, 5, 4), np.float32), np.zeros((1, 5, 4), np.float32)
    predict = keronyx.load(serialize(model))
    assert predict(some)["y"].shape == (1, 5, 2)
    assert predict(none)["y"].shape == (0, 5, 2)
    assert keronyx.evaluate(model, none)["y"].shape == (0, 5, 2)
    traced = keronyx.trace(model, none)
    assert [each.values.shape for each in traced.layers] == [(0, 5, 3), (0, 5, 2)]
    assert predict(np.empty((0, 0, 4)))["y"].shape == (0, 0, 2)


def test_evaluate_gives_the_dtypes_of_the_outputs() -> None:
    found = keronyx.evaluate(sums(), np.empty((0, 3)))
    assert (found["y"].shape, found["y"].dtype.name) == ((0, 2), "float32")


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.json", "a.npz", "a.npy"])
def test_a_header_alone_gives_a_header_alone(source: Path, tmp_path: Path, name: str) -> None:
    rows, out = tmp_path / "rows.csv", tmp_path / name
    rows.write_text("age,height,weight\n")
    done = call("predict", source, "--activations", "linear", "-i", rows, "-o", out)
    assert "(0, 2)" in done.stdout
    if name in {"a.npz", "a.npy"}:
        found = np.load(out)
        array = found if name == "a.npy" else next(iter(found.values()))
        assert (array.shape, array.dtype.name) == ((0, 2), "float32")
    else:
        separator = "\t" if name == "a.tsv" else ","
        texts = {"a.json": '{"dense_1": []}\n'}
        assert out.read_text() == texts.get(name, f"dense_1[0]{separator}dense_1[1]\n")


def test_trace_and_check_take_no_rows(source: Path, tmp_path: Path) -> None:
    rows, graph = tmp_path / "rows.csv", tmp_path / "a.onnx"
    rows.write_text("age,height,weight\n")
    bare = ("--activations", "linear")
    assert "0 rows" in call("trace", source, *bare, "-i", rows).stdout
    assert call("trace", source, *bare, "-i", rows, "--json").exit_code == 0
    call("convert", source, "-o", graph, *bare)
    done = call("check", graph, source, *bare, "--samples", rows)
    assert "the samples have no rows" in done.stderr
    assert done.stdout.splitlines()[-1].split()[:3] == ["dense_1", "numpy", "16"]
