"""What is said of layers reaches every command, and the file that is read apart."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from replacing import BEND, SOURCE, X, lam, nested, values

import keronyx
from keronyx.cli import main


def call(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


@pytest.fixture
def lambdas(tmp_path: Path) -> Path:
    """An architecture with two Lambdas and no weights to be given."""
    path = tmp_path / "lambdas.json"
    dense = {"class_name": "Dense", "config": {"name": "d", "units": 2, "activation": "bend"}}
    model = nested(SOURCE, lam("one"), lam("two"), dense, name="net")
    path.write_text(json.dumps({**model, "keras_version": "2.15.0"}))
    return path


@pytest.fixture
def arguments(tmp_path: Path, lambdas: Path) -> list[object]:
    import h5py  # noqa: PLC0415 - as heavy as it is

    weights = tmp_path / "weights.h5"
    with h5py.File(weights, "w") as file:
        file.attrs["layer_names"] = [b"d"]
        group = file.create_group("d")
        group.attrs["weight_names"] = [b"d/kernel:0", b"d/bias:0"]
        group["d/kernel:0"] = np.eye(4, 2, dtype=np.float32)
        group["d/bias:0"] = np.ones(2, np.float32)
    given = ["one=x / 127.5 - 1", "two = where(x == 1, 0, x)", f"bend={BEND}"]
    return [
        lambdas,
        "--weights",
        weights,
        *(part for each in given for part in ("--replace", each)),
    ]


def test_every_command_takes_replacements(
    tmp_path: Path, arguments: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    out, rows = tmp_path / "net.onnx", tmp_path / "rows.csv"
    rows.write_text("a,b,c,d\n1,2,3,4\n255,0,1,2\n")
    assert call("convert", *arguments, "-o", out) == 0
    captured = capsys.readouterr()
    assert "warning: layer 'one' (Lambda) computed as 'x / 127.5 - 1', as given" in captured.err
    assert "warning: activation 'bend' computed as" in captured.err
    assert call("check", out, *arguments) == 0
    assert "computed as" in capsys.readouterr().err
    assert call("inspect", *arguments, "--formula") == 0
    assert "x / 127.5 - 1" in capsys.readouterr().out
    assert call("predict", *arguments, "-i", rows, "-o", tmp_path / "a.npy") == 0
    assert call("trace", *arguments, "-i", rows) == 0
    assert "bend(z) = " in capsys.readouterr().out
    assert call("code", *arguments, "--to", "python", "-o", tmp_path / "net.py") == 0
    assert call("predict", out, "-i", rows, "--replace", "one=x") == 2
    proto = onnx.load(out)
    facts = {each.key: each.value for each in proto.metadata_props}
    assert facts["replaced"].startswith("layer 'one' (Lambda) = x / 127.5 - 1; layer 'two'")
    assert proto.graph.node[0].doc_string == "one (Lambda: x / 127.5 - 1)"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["one"], "--replace 'one'; as in --replace lambda="),
        (["=x"], "--replace '=x'; as in"),
        (["one="], "--replace 'one='; as in"),
        (["one=x", "one=y"], "--replace 'one' is given twice"),
        (["one=x * open(1)"], "replacement of 'one': column 5: unknown function 'open'"),
    ],
)
def test_the_command_line_refuses_in_one_line(
    lambdas: Path, given: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("convert", lambdas, *(part for each in given for part in ("--replace", each))) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.err.count("\n") == 1


def test_a_file_is_read_apart_with_replacements(lambdas: Path, arguments: list[Any]) -> None:
    replace = dict(each.split("=", 1) for each in arguments[4::2])
    given = {name.strip(): text for name, text in replace.items()}
    model = keronyx.read(lambdas, arguments[2], replace=given, isolate=True)
    near = keronyx.read(lambdas, arguments[2], replace=given)
    np.testing.assert_array_equal(values(model), values(near))
    assert (
        "bend"
        in keronyx.trace(lambdas, X, weights=arguments[2], replace=given).layers[-1].formula.text
    )
    assert "net_predict" in keronyx.code(
        lambdas, "c", weights=arguments[2], replace=given, name="net"
    )
