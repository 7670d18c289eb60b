"""What the command line shows: files, predictions, the catalogue, on a terminal and in a pipe."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from catalogue import LAYERS

import keronyx
from keronyx.cli import main
from keronyx.cli.show import Table, shape_text, show, size_text
from keronyx.converter.dialect.tables import REFUSED, SINCE
from keronyx.converter.layers.functions import FUNCTIONS

MODELS = Path(__file__).resolve().parents[1] / "models"
DIGITS = MODELS / "digits" / "digits.keras"
IRIS = MODELS / "iris" / "iris.h5"
WINE = [str(MODELS / "wine" / "wine.json"), "--weights", str(MODELS / "wine" / "wine.weights.h5")]
ROWS = MODELS / "digits" / "rows.csv"
Capture = pytest.CaptureFixture[str]


def call(*arguments: object) -> int:
    """Run the command line in this process."""
    return main([str(argument) for argument in arguments])


def test_names_from_a_file_cannot_steer_the_terminal(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "model.h5"
    layer = {"name": "\x1b[31mred\x1b[0m", "units": 2, "activation": "linear"}
    config = {
        "class_name": "Sequential",
        "config": [
            {"class_name": "Dense", "config": {**layer, "batch_input_shape": [None, 2]}},
            {"class_name": "Evil\x1b]0;title\x07", "config": {"name": "[bold]x[/bold]"}},
        ],
    }
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = "2.2.4"
        file.attrs["model_config"] = json.dumps(config)
        file.create_group("model_weights").attrs["layer_names"] = np.array([], "S1")
    assert call("inspect", path) == 2
    output, err = capsys.readouterr()
    assert "\x1b" not in output + err
    assert "\x07" not in output + err
    assert "[bold]x[/bold]" in output


def test_inspect_shows_what_is_there(capsys: Capture) -> None:
    assert call("inspect", IRIS) == 0
    output = capsys.readouterr().out
    assert "2.2.4 on tensorflow" in output
    assert "652 in 8 layers" in output
    assert "sepal_dense, petal_length_dense" in output
    assert call("inspect", IRIS, "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["convertible"] is True
    assert record["parameters"] == 652
    assert record["layers"][2]["class"] == "Dense"
    assert record["layers"][2]["shape"] == [None, 8]


def test_inspect_without_weights(capsys: Capture) -> None:
    assert call("inspect", WINE[0]) == 0
    output, err = capsys.readouterr()
    assert "batchnormalization_1" in output
    assert "give them with --weights" in err
    assert call("inspect", *WINE) == 0
    assert "503 in 7 layers" in capsys.readouterr().out


def test_inspect_of_bare_weights_lists_them(tmp_path: Path, capsys: Capture) -> None:
    np.savez(tmp_path / "w.npz", np.zeros((4, 3)), np.zeros(3))
    assert call("inspect", tmp_path / "w.npz") == 2
    output, err = capsys.readouterr()
    assert "(4, 3)" in output
    assert "--activations" in err


def test_inspect_of_a_tree_of_weights_lists_them(tmp_path: Path, capsys: Capture) -> None:
    with h5py.File(tmp_path / "model.weights.h5", "w") as file:
        file["layers/dense/vars/0"] = np.full((4, 3), 0.5, np.float32)
        file["layers/dense/vars/1"] = np.array([1, 2, 6], np.float32)
    assert call("inspect", tmp_path / "model.weights.h5") == 2
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[-2:]]
    assert rows[0] == ["layers/dense/0", "(4,", "3)", "12", "0.5", "0"]
    assert rows[1] == ["layers/dense/1", "(3,)", "3", "3", "2.16"]


def test_inspect_follows_nested_models(tmp_path: Path, capsys: Capture) -> None:
    dense: dict[str, Any] = {"class_name": "Dense", "config": {"name": "d", "units": 2}}
    first = {**dense, "config": {**dense["config"], "batch_input_shape": [None, 3]}}
    nested = {"class_name": "Sequential", "config": {"name": "inner", "layers": [first]}}
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": [nested, dense]}}
    path = tmp_path / "model.json"
    path.write_text(json.dumps({**config, "keras_version": "2.9.0"}), encoding="utf-8")
    assert call("inspect", path, "--json") == 0
    names = [layer["name"] for layer in json.loads(capsys.readouterr().out)["layers"]]
    assert "inner/d" in names
    assert names[-1] == "d"


def test_inspect_tells_everything_that_is_not_supported(tmp_path: Path, capsys: Capture) -> None:
    layers = [
        {"class_name": "Lambda", "config": {"name": "a", "batch_input_shape": [None, 4]}},
        {"class_name": "Dense", "config": {"name": "b", "units": 2, "wobble": 3}},
        {"class_name": "Mine", "config": {"name": "c"}},
    ]
    path = tmp_path / "model.json"
    config = {"class_name": "Sequential", "config": layers, "keras_version": "2.2.4"}
    path.write_text(json.dumps(config), encoding="utf-8")
    assert call("inspect", path) == 2
    output, err = capsys.readouterr()
    assert err.count("\n") == 1
    for words in ("'a' (Lambda", "'c' (Mine", "wobble"):
        assert words in err
    problems = [line.split(None, 2) for line in output.splitlines()[-3:]]
    assert [line[0] for line in problems] == ["a", "b", "c"]
    assert all(len(line) == 3 for line in problems)


@pytest.mark.parametrize("engine", ["onnxruntime", "numpy"])
def test_predict_keras_and_onnx_alike(tmp_path: Path, capsys: Capture, engine: str) -> None:
    keronyx.convert(DIGITS, tmp_path / "digits.onnx")
    with np.load(MODELS / "digits" / "recorded.npz") as recorded:
        expected = recorded["out_0"][:10]
    for source in (DIGITS, tmp_path / "digits.onnx"):
        assert call("predict", source, "--input", ROWS, "--engine", engine) == 0
        header, *lines = capsys.readouterr().out.splitlines()
        assert header.split(",")[:2] == ["digit[0]", "digit[1]"]
        found = np.array([line.split(",") for line in lines], float)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_predict_to_a_file(tmp_path: Path, capsys: Capture) -> None:
    output = tmp_path / "out.npz"
    assert call("predict", IRIS, "-i", MODELS / "iris" / "rows.npz", "-o", output) == 0
    assert capsys.readouterr().out == f"{output}: species (10, 3), petal_width (10, 1)\n"
    with np.load(output) as found:
        assert set(found) == {"species", "petal_width"}


def test_predict_with_numpy_needs_neither_onnx_nor_onnxruntime() -> None:
    code = (
        "import sys; sys.modules |= {'onnx': None, 'onnxruntime': None}; "
        "from keronyx.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    arguments = ["predict", str(DIGITS), "-i", str(ROWS)]
    command = [sys.executable, "-c", code, *arguments]
    for more in ([], ["--engine", "numpy"]):
        done = subprocess.run([*command, *more], capture_output=True, text=True, check=False)
        assert done.returncode == 0
        assert done.stderr.count("\n") == 1
        assert "the columns are taken in the table's order" in done.stderr
        assert len(done.stdout.splitlines()) == 11
    done = subprocess.run(
        [*command, "--engine", "onnxruntime"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "onnxruntime is not installed; pip install onnxruntime" in done.stderr


def test_predict_of_onnx_takes_no_keras_options(tmp_path: Path, capsys: Capture) -> None:
    keronyx.convert(DIGITS, tmp_path / "a.onnx", check=False)
    assert call("predict", tmp_path / "a.onnx", "-i", ROWS, "--activations", "relu") == 2
    assert "an ONNX model has its own" in capsys.readouterr().err


def test_layers_are_those_that_are_described(capsys: Capture) -> None:
    assert call("layers", "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert [layer["name"] for layer in record["layers"]] == sorted(LAYERS)
    assert all(layer["note"] for layer in record["layers"])
    dense = next(layer for layer in record["layers"] if layer["name"] == "Dense")
    assert {"units", "activation", "use_bias"} <= set(dense["options"])
    assert dense["older_options"]["output_dim"] == "units"
    assert "TimeDistributedDense" in dense["aliases"]
    assert call("layers") == 0
    assert "leaky_relu" in capsys.readouterr().out


def test_every_layer_takes_one_line_of_a_page(capsys: Capture) -> None:
    assert call("layers") == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    first = [line.split()[0] for line in lines if line]
    assert [first.count(name) for name in LAYERS] == [1] * len(LAYERS)


@pytest.mark.parametrize("name", sorted({*LAYERS, *FUNCTIONS}))
def test_everything_is_told_of_one(name: str, capsys: Capture) -> None:
    assert call("layers", name) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == name
    assert max(map(len, lines)) <= 100
    assert call("layers", name, "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["name"] == name
    words = {line.split()[0] for line in lines if line}
    assert {*record["options"], *record.get("variables", {})} <= words


def test_details_of_a_dense_layer(capsys: Capture) -> None:
    assert call("layers", "TimeDistributedDense") == 0
    lines = [line.split(None, 1) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["Dense"]
    for line in (
        ["units", "needed"],
        ["use_bias", "default True"],
        ["kernel", "always"],
        ["bias", "where the options ask for it"],
        ["Keras", "0.3"],
        ["TimeDistributedDense"],
        ["output_dim", "now units"],
        ["quantization", "other than int8, int4 and GPTQ"],
    ):
        assert line in lines
    assert call("layers", "swish") == 0
    assert capsys.readouterr().out.startswith("silu\n")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Desne", "no layer or activation 'Desne'; did you mean Dense?"),
        ("dense", "did you mean Dense?"),
        ("batch normalization", "did you mean BatchNormalization?"),
        ("rleu", "did you mean relu?"),
        ("qqqq", "`keronyx layers` lists them all"),
        ("Lambda", "Lambda is refused: code in the file is never run"),
    ],
)
def test_a_name_that_is_not_there(name: str, words: str, capsys: Capture) -> None:
    assert call("layers", name) == 2
    output, err = capsys.readouterr()
    assert output == ""
    assert words in err
    assert err.count("\n") == 1


def test_history_is_of_layers_that_there_are() -> None:
    assert {*SINCE, *REFUSED} <= set(LAYERS)


def test_tables_are_plain_in_a_pipe_and_drawn_on_a_terminal(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = Table(("name", "count"), [("a\x07", 1), ("[red]b", 22)], frozenset({1}))
    show(table)
    assert capsys.readouterr().out == "name    count\na\\x07       1\n[red]b     22\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")
    show(table)
    drawn = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert drawn == [["name", "count"], ["a\\x07", "1"], ["[red]b", "22"]]


def test_predictions_are_readable_on_a_terminal(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "40")
    rows = tmp_path / "rows.npy"
    np.save(rows, np.zeros((50, 64)))
    assert call("predict", DIGITS, "-i", rows) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["row", "digit", "[1]", "[2]", "[3]", "[4]"]
    assert lines[-1] == "10 rows and 5 columns more; -o FILE.csv writes them all"


def test_shapes_and_sizes_in_words() -> None:
    assert shape_text((None, 3)) == "(batch, 3)"
    assert shape_text((None,)) == "(batch,)"
    assert shape_text((2, None)) == "(2, ?)"
    assert [size_text(n) for n in (5, 28_491, 2_500_000)] == ["5 bytes", "28.5 kB", "2.5 MB"]
