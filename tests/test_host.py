"""What ``keronyx host`` writes, whatever the language: facts, recorded rows, literals, words."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import hosting
import numpy as np
import onnx
import pytest
from emitting import chain, dense
from hypothesis import given
from hypothesis import strategies as st
from layer_case import layer, tensor

from keronyx.cli import main
from keronyx.converter.emit import save, serialize
from keronyx.converter.errors import UnsupportedConfigError, UsageError
from keronyx.converter.model import Model
from keronyx.hosting import host
from keronyx.runtime.hosts import HOSTS, Facts, Vectors, record, record_of_graph
from keronyx.runtime.hosts.quoting import c_string, csharp_string, javascript_string
from keronyx.runtime.session.predictor import load

TO = "cpp"
IRIS = hosting.TRAINED / "iris" / "iris.h5"


def facts_of(graph: bytes, place: Path, **more: Any) -> Facts:
    source = place / "net.onnx"
    source.write_bytes(graph)
    return host(source, TO, place / "project", **more).facts


def one(dtype: str, *shape: int | str) -> bytes:
    return hosting.identity({"x": (dtype, list(shape))})


# Facts


def test_facts_of_a_trained_model(tmp_path: Path) -> None:
    made = hosting.project("iris", TO, tmp_path / "p")
    facts = made.facts
    assert (facts.name, facts.pascal, facts.title) == ("iris", "Iris", "iris")
    ports = [(port.words, port.dtype, port.row) for port in (*facts.inputs, *facts.outputs)]
    assert ports == [
        ("sepal", "float32", (2,)),
        ("petal_length", "float32", (1,)),
        ("species", "float32", (3,)),
        ("petal_width", "float32", (1,)),
    ]
    assert [port.camel for port in facts.inputs] == ["sepal", "petalLength"]
    assert facts.inputs[0].columns == ("sepal[0]", "sepal[1]")
    assert facts.inputs[1].columns == ("petal_length",)
    assert (facts.batch, facts.rows, facts.rtol, facts.atol) == (None, 12, 1e-4, 1e-5)
    model = onnx.load(tmp_path / "p" / "model.onnx")
    assert {entry.key: entry.value for entry in model.metadata_props}["source_sha256"] == (
        facts.source_sha256
    )
    assert made.conversion
    assert made.conversion.report


def test_names_that_nobody_can_use(tmp_path: Path) -> None:
    facts = hosting.project(
        "hostile",
        TO,
        tmp_path / "p",
    ).facts
    words = [port.words for port in facts.inputs]
    assert len(set(words)) == len(hosting.HOSTILE)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,60}", each) for each in words)
    assert [port.name for port in facts.inputs] == list(hosting.HOSTILE)


@pytest.mark.parametrize("to", HOSTS)
def test_hostile_names_stay_text_in_the_readme(tmp_path: Path, to: str) -> None:
    source = tmp_path / "net.onnx"
    source.write_bytes(hosting._hostile())
    host(source, to, tmp_path / "p", name=hosting.HOSTILE[1])
    assert "<img" not in (tmp_path / "p" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("shape", "batch", "rows"), [(["n", 2], None, 12), ([4, 2], 4, 4), ([1], 1, 1)]
)
def test_the_number_of_rows_that_a_graph_fixes(
    tmp_path: Path, shape: list[Any], batch: int | None, rows: int
) -> None:
    facts = facts_of(one("float32", *shape), tmp_path)
    assert (facts.batch, facts.rows) == (batch, rows)


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        (hosting.identity({"x": ("float32", [])}), "no batch axis"),
        (hosting.identity({"x": ("float32", ["n", 0])}), "has no values"),
        (hosting.identity({"x": ("float32", ["n", 2, 0])}), "has no values"),
        (
            hosting.identity({"x": ("float32", [3, 2]), "y": ("float32", [4, 2])}),
            "same number of rows",
        ),
    ],
)
def test_what_hosts_cannot_have(tmp_path: Path, graph: bytes, words: str) -> None:
    with pytest.raises((UnsupportedConfigError, UsageError), match=words):
        facts_of(graph, tmp_path)
    assert not (tmp_path / "project").exists()


# Recorded rows


def predictor(model: Model) -> Any:
    return load(serialize(model), engine="onnxruntime", threads=1)


def two_layers() -> Model:
    return chain(tensor("x", 3), [dense(4, 3, "a", activation="tanh"), dense(2, 4, "b")])


def test_recorded_numbers_are_those_of_numpy_in_float64() -> None:
    model = two_layers()
    vectors = record(model, predictor(model))
    assert (vectors.rows, vectors.inputs["x"].dtype.name) == (12, "float32")
    a, b = model.layers
    x = vectors.inputs["x"].astype(np.float64)
    loaded = [each.variables() for each in (a, b)]
    (k1, b1), (k2, b2) = (
        [each[name].load().astype(np.float64) for name in ("kernel", "bias")] for each in loaded
    )
    expected = (np.tanh(x @ k1 + b1) @ k2 + b2).astype(np.float32)
    np.testing.assert_array_equal(vectors.outputs["y"], expected)


def test_a_graph_alone_records_what_onnxruntime_gives() -> None:
    predict = predictor(two_layers())
    vectors = record_of_graph(predict)
    np.testing.assert_array_equal(predict(vectors.inputs)["y"], vectors.outputs["y"])
    assert np.unique(vectors.inputs["x"], axis=0).shape[0] > 6


def sums(vectors: Vectors) -> tuple[float, float]:
    return vectors.tolerance.rtol, vectors.tolerance.atol


@pytest.mark.parametrize(
    ("name", "expected"),
    [("float64", (1e-9, 1e-10)), ("iris", (1e-4, 1e-5)), ("float16", (1e-2, 1e-2))],
)
def test_tolerances_follow_the_narrowest_type(
    tmp_path: Path, name: str, expected: tuple[float, float]
) -> None:
    made = hosting.project(name, TO, tmp_path / "keras")
    assert (made.facts.rtol, made.facts.atol) == expected
    again = host(tmp_path / "keras" / "model.onnx", TO, tmp_path / "graph")
    assert (again.facts.rtol, again.facts.atol) == expected


def test_open_sizes_are_asked_for(tmp_path: Path) -> None:
    model = hosting._open()
    source = tmp_path / "open.onnx"
    save(model, source)
    for run in (
        lambda: record(model, predictor(model)),
        lambda: host(source, TO, tmp_path / "p"),
    ):
        with pytest.raises(UsageError, match=r"rows of open size: \?,4") as caught:
            run()
        assert caught.value.hint == "give the size, as in --shape steps=10,4"
    vectors = record(model, predictor(model), {"steps": (7, 4)})
    assert vectors.inputs["steps"].shape == (12, 7, 4)
    assert vectors.outputs["y"].shape == (12, 7, 3)
    facts = host(source, TO, tmp_path / "p", shape={"steps": (7, 4)}).facts
    assert (facts.inputs[0].row, facts.outputs[0].row) == ((7, 4), (7, 3))


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        ({"steps": (7, 5)}, r"does not fit its rows of \?,4"),
        ({"steps": (0, 4)}, r"does not fit its rows of \?,4"),
        ({"steps": (7,)}, r"does not fit its rows of \?,4"),
        ({"other": (7, 4)}, "'other', which is no input"),
    ],
)
def test_sizes_that_do_not_fit(shapes: dict[str, tuple[int, ...]], words: str) -> None:
    model = hosting._open()
    with pytest.raises(UsageError, match=words):
        record(model, predictor(model), shapes)
    with pytest.raises(UsageError, match=words):
        record_of_graph(predictor(model), shapes)


def test_words_that_a_table_would_change_are_not_recorded() -> None:
    words = ("plain", " blank", "blank\u3000", "nul\0", "two words", 'quo"te', "li\nne")
    model = chain(tensor("w", 2, dtype="string"), [layer("StringLookup", "ids", vocabulary=words)])
    vectors = record(model, predictor(model))
    found = set(vectors.inputs["w"].ravel())
    assert not found & {" blank", "blank\u3000", "nul\0"}
    assert found & {"plain", "two words", 'quo"te', "li\nne"}


def test_rows_that_are_never_finite_are_refused() -> None:
    made = dense(2, 3)
    kernel = np.full((3, 2), np.inf, np.float32)
    model = chain(tensor("x", 3), [layer("Dense", "d", units=2, kernel=kernel, use_bias=False)])
    assert made.name == "dense"
    with pytest.raises(UsageError, match="no row was found whose outputs are finite"):
        record(model, predictor(model))


def test_the_recorded_tables_can_be_predicted(tmp_path: Path) -> None:
    for name in ("digits-embedding", "strings", "every-type"):
        folder = hosting.generate(name, TO, tmp_path)
        found = hosting.predicted(folder, folder / "vectors" / "inputs.csv")
        text = (folder / "vectors" / "outputs.csv").read_text(encoding="utf-8")
        hosting.same_table(text, found)


# Literals of the languages


@given(st.text())
def test_literals_of_cpp(text: str) -> None:
    literal = c_string(text)
    assert literal.isascii()
    assert literal.isprintable()
    inner = literal[1:-1].encode()
    plain = re.sub(rb"\\([0-7]{3}|.)", lambda m: _c_escape(m[1]), inner)
    assert plain == text.encode()
    assert not re.search(rb'(?<!\\)(\\\\)*"', inner)
    assert b"??" not in inner


def _c_escape(escape: bytes) -> bytes:
    return bytes([int(escape, 8)]) if len(escape) == 3 else escape


@given(st.text())
def test_literals_of_csharp_and_javascript(text: str) -> None:
    assert json.loads(re.sub(r"\\U([0-9a-f]{8})", _pair, csharp_string(text))) == text
    script = javascript_string(text)
    assert json.loads(re.sub(r"\\u\{([0-9a-f]+)\}", _pair, script)) == text
    assert script.isascii()
    assert not re.search("[<>&]", script)


def _pair(match: "re.Match[str]") -> str:
    return json.dumps(chr(int(match[1], 16)))[1:-1]


# The command


def test_all_sources_are_installed() -> None:
    tree = Path(__file__).resolve().parents[1] / "runtime" / "hosts"
    installed = Path(str(files("keronyx.runtime.hosts")))
    for folder in (path for path in tree.iterdir() if path.is_dir() and path.name[0] not in "._"):
        paths = [path for path in folder.rglob("*") if path.is_file()]
        assert paths
        for path in paths:
            copy = installed / path.relative_to(tree)
            assert copy.read_bytes() == path.read_bytes(), f"{copy} is missing or another one"


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["host", str(IRIS), "--to", TO, "-o", str(tmp_path / "p"), "--name", "Blüten"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "sepal  float32 (batch, 2)" in said.out
    assert "self-test of 12 recorded rows" in said.out
    assert said.out.splitlines()[-1].endswith("README.md")
    for path in (tmp_path / "p").rglob("*"):
        assert path.is_dir() or str(path) in said.out
    assert "bluten_model" in (tmp_path / "p" / "src" / "predictor.hpp").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--shape", "sepal"], "--shape 'sepal'"),
        (["--shape", "sepal=2x"], "--shape 'sepal=2x'"),
        (["--shape", "sepal=3"], "does not fit its rows of 2"),
        (["--weights", "none.h5"], "none.h5"),
        (["--opset", "3"], "opset 3"),
    ],
)
def test_a_wrong_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    code = main(["host", str(IRIS), "--to", TO, "-o", str(tmp_path / "p"), *words])
    assert code == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_every_host_has_its_files(tmp_path: Path) -> None:
    for to in HOSTS:
        folder = hosting.generate("iris", to, tmp_path)
        assert {"model.onnx", "vectors", "README.md"} <= {path.name for path in folder.iterdir()}
        assert not list(folder.rglob("*.jinja"))
        readme = (folder / "README.md").read_text(encoding="utf-8")
        assert "ORT_DISABLE_TELEMETRY" in readme or to == "web"
        assert all(word in readme for word in ("Linux", "Windows", "macOS")) or to == "web"
