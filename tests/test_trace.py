"""What every layer computes: from Python, and on the command line."""

import json
from pathlib import Path

import numpy as np
import pytest
from layer_case import Builder, layer, tensor

import keronyx
from keronyx.cli import main
from keronyx.converter.formula import formulas
from keronyx.converter.layers.normalization import SpectralNormalization
from keronyx.runtime.traces import BEFORE, trace

MODELS = Path(__file__).resolve().parents[1] / "models"
DIABETES = MODELS / "diabetes-33" / "diabetes-33.h5"
ROWS = MODELS / "diabetes-33" / "rows.csv"
IRIS = MODELS / "iris" / "iris.h5"
Capture = pytest.CaptureFixture[str]


def call(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def test_values_of_every_layer() -> None:
    model = keronyx.read(DIABETES)
    x = np.loadtxt(ROWS, delimiter=",", skiprows=1)
    found = keronyx.trace(model, x)
    first, second, last = found.layers
    assert first.formula == formulas(model)[0]
    kernel, bias = (each.load() for each in model.layers[0].variables().values())
    z1 = x.astype(np.float32).astype(np.float64) @ kernel + bias
    assert first.before is not None
    np.testing.assert_allclose(first.before, z1)
    np.testing.assert_array_equal(first.values, np.maximum(first.before, 0))
    assert second.values.shape == (10, 32)
    assert last.before is None
    np.testing.assert_allclose(
        found.outputs["progression"], keronyx.evaluate(model, x)["progression"], rtol=1e-6
    )
    assert list(found.arrays()) == [
        "features",
        f"dense{BEFORE}",
        "dense",
        f"dense_1{BEFORE}",
        "dense_1",
        "progression",
    ]
    assert not found.drawn


def test_a_sample_is_drawn_and_always_the_same() -> None:
    first, again = keronyx.trace(str(DIABETES)), keronyx.trace(DIABETES)
    assert first.drawn
    np.testing.assert_array_equal(first.layers[-1].values, again.layers[-1].values)


def test_weights_in_memory_and_their_activations() -> None:
    weights = [np.eye(2), np.array([1.0, -1.0])]
    found = keronyx.trace(weights, [[0.5, 0.5]], activations="relu")
    np.testing.assert_array_equal(found.layers[0].values, [[1.5, 0]])


def test_before_the_activation_in_wrappers() -> None:
    kernel = np.array([[1.0, -1.0], [1.0, 2.0]])
    dense = layer("Dense", name="d", units=2, kernel=kernel, use_bias=False, activation="relu")
    builder = Builder(tensor("x", 2))
    model = builder.model(
        out=builder.call(SpectralNormalization(name="s", layer=dense), builder.inputs["x"])
    )
    (found,) = trace(model, np.array([[1.0, 0.0]])).layers
    assert found.before is not None
    np.testing.assert_array_equal(found.before, [[1, -1]])
    np.testing.assert_array_equal(found.values, [[1, 0]])


def test_a_model_that_insists_on_a_batch_size() -> None:
    entrance = tensor("x", 3)
    fixed = type(entrance)(name="x", shape=(4, 3), dtype="float32")
    builder = Builder(fixed)
    model = builder.model(out=builder.call(layer("Rescaling", name="r", scale=2.0), fixed))
    found = trace(model, {"x": np.ones((6, 3))})
    assert found.layers[0].values.shape == (6, 3)
    assert trace(model).layers[0].values.shape == (4, 3)


def test_rows_that_do_not_fit() -> None:
    with pytest.raises(keronyx.UsageError, match="takes arrays of shape"):
        keronyx.trace(DIABETES, np.ones((2, 5)))


def test_the_command_shows_formulas_and_values(capsys: Capture) -> None:
    assert call("trace", DIABETES, "--input", ROWS) == 0
    output, err = capsys.readouterr()
    assert "the columns are taken in the table's order" in err
    lines = output.splitlines()
    assert lines[0].endswith(f"10 rows: {ROWS}")
    assert lines[3].split()[:3] == ["dense", "Dense", "h1"]
    assert "h1 = relu(x · kernel + bias)" in output
    assert "(33) → (64)" in output
    assert "  relu(z) = max(z, 0)" in lines
    assert any(line.split()[:4] == ["dense", "z1", "-0.6569", "-2.237"] for line in lines)
    assert any(line.split()[:2] == ["progression", "y"] for line in lines)


def test_the_command_draws_a_sample(capsys: Capture) -> None:
    assert call("trace", DIABETES) == 0
    assert "1 row: drawn with a fixed seed" in capsys.readouterr().out


def test_latex_and_all_values(capsys: Capture) -> None:
    assert call("trace", DIABETES, "--latex", "--full") == 0
    output = capsys.readouterr().out
    assert (
        r"h_{1} = \operatorname{relu}\left(x \cdot \mathrm{kernel} + \mathrm{bias}\right)" in output
    )
    row = next(line for line in output.split("dense_1 h2 (1, 32)\n")[1].splitlines())
    assert len(row.split()) == 32


def test_for_machines(capsys: Capture) -> None:
    assert call("trace", IRIS, "--input", MODELS / "iris" / "rows.npz", "--json", "--full") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["drawn"] is False
    assert record["inputs"]["sepal"]["shape"] == [10, 2]
    hidden = record["layers"][3]
    assert hidden["formula"] == "h4 = relu(h3 · kernel + bias)"
    assert hidden["before_activation"] == "z4 = h3 · kernel + bias"
    values = np.array(hidden["values"]["values"])
    assert values.shape == (10, 16)
    assert hidden["values"]["min"] == values.min() == 0
    assert hidden["values"]["norm"] == pytest.approx(float(np.linalg.norm(values)))
    assert (
        hidden["values_before_activation"]["head"]
        == hidden["values_before_activation"]["values"][0][:4]
    )
    assert record["layers"][5]["values_before_activation"] is None


def test_values_in_a_file(tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "trace.npz"
    assert call("trace", DIABETES, "-i", ROWS, "--out", out) == 0
    assert f"{out}: 6 arrays" in capsys.readouterr().out
    expected = keronyx.trace(DIABETES, np.loadtxt(ROWS, delimiter=",", skiprows=1)).arrays()
    with np.load(out) as found:
        assert set(found.files) == set(expected)
        for name in found.files:
            np.testing.assert_array_equal(found[name], expected[name])
    assert call("trace", DIABETES, "-i", ROWS, "--compare", out) == 0


def test_other_places_for_values_are_refused(tmp_path: Path, capsys: Capture) -> None:
    assert call("trace", DIABETES, "--out", tmp_path / "trace.csv") == 2
    assert "a trace is written to .npz" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert call("trace", DIABETES, "--input", MODELS / "iris" / "rows.npz") == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_words_have_no_statistics(capsys: Capture, tmp_path: Path) -> None:
    out = tmp_path / "t.npz"
    words = layer("StringLookup", name="words", vocabulary=["a", "b"], invert=True)
    builder = Builder(tensor("ids", 2, dtype="int64"))
    model = builder.model(out=builder.call(words, builder.inputs["ids"]))
    found = keronyx.trace(model, np.array([[1, 2]]))
    assert found.layers[0].values.tolist() == [["a", "b"]]
    assert found.compare([["a", "b"]]).agrees
    assert not found.compare([["a", "c"]]).agrees
    assert capsys.readouterr().out == ""
    assert not out.exists()


@pytest.mark.parametrize("option", ["--formula", "--latex"])
def test_inspect_shows_formulas_when_asked(capsys: Capture, option: str) -> None:
    assert call("inspect", IRIS) == 0
    plain = capsys.readouterr().out
    assert "kernel" not in plain
    assert call("inspect", IRIS, option) == 0
    output = capsys.readouterr().out
    assert output.startswith(plain)
    expected = {"--formula": "h3 = [h1, h2]", "--latex": r"h_{3} = \left[h_{1}, h_{2}\right]"}
    assert expected[option] in output
    assert call("inspect", IRIS, option, "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["formulas"][2]["formula"] == "h3 = [h1, h2]"
