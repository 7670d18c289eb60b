"""Files that are trusted are loaded with Keras, and go through tf2onnx."""

import json
from pathlib import Path
from typing import Any

import onnx
import pytest
from calling import call
from keras_models import (
    coded,
    doubling,
    installed,
    mlp,
)

pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore")]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def lambda_file(keras: Any, tmp_path: Path) -> Path:
    path = tmp_path / "coded.keras"
    coded(keras).save(path)
    return path


@pytest.mark.usefixtures("tf2onnx")
def test_a_file_is_loaded_with_keras_only_where_it_is_trusted(
    lambda_file: Path, capsys: Capture
) -> None:
    target = lambda_file.with_suffix(".onnx")
    for backend in ("auto", "direct", "tf2onnx"):
        assert call("convert", lambda_file, "--backend", backend) == 2
        assert not target.exists()
    assert "say --trust if you trust this one" in capsys.readouterr().err
    assert call("convert", lambda_file, "--trust") == 0
    output, talk = capsys.readouterr()
    assert "against Keras" in output
    assert "NumPy" not in output
    assert talk.startswith("keronyx: warning: converted by TensorFlow and tf2onnx, because 1 layer")
    assert call("convert", lambda_file, "--trust", "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["backend"] == "tf2onnx"
    assert record["source"] == str(lambda_file)
    assert record["check"]["witness"].startswith("Keras ")
    assert "source_sha256" in {each.key for each in onnx.load(target).metadata_props}
    assert call("check", target, lambda_file, "--against", "keras", "--trust") == 0


@pytest.mark.usefixtures("tf2onnx")
def test_the_trusted_file_is_not_replaced(lambda_file: Path, capsys: Capture) -> None:
    before = lambda_file.read_bytes()
    assert call("convert", lambda_file, "-o", lambda_file, "--trust") == 2
    assert "would replace" in capsys.readouterr().err
    assert lambda_file.read_bytes() == before


def test_what_keras_cannot_load_is_one_line(tmp_path: Path, capsys: Capture) -> None:
    keras = installed("keras")
    path = tmp_path / "custom.keras"
    keras.Sequential([keras.Input((3,)), doubling(keras)]).save(path)
    graph = tmp_path / "any.onnx"
    assert call("check", graph, path, "--against", "keras", "--trust") == 2
    talk = capsys.readouterr().err
    assert "cannot load it" in talk
    assert len(talk.splitlines()) == 1


def test_check_asks_keras_where_the_file_is_trusted(tmp_path: Path, capsys: Capture) -> None:
    keras = installed("keras")
    path, graph = tmp_path / "mlp.keras", tmp_path / "mlp.onnx"
    mlp(keras).save(path)
    assert call("convert", path, "-o", graph) == 0
    assert call("check", graph, path, "--against", "keras") == 2
    assert call("check", graph, path, "--against", "keras", "--trust", "--weights", path) == 2
    capsys.readouterr()
    assert call("check", graph, path, "--against", "keras", "--trust", "--json") == 0
    record = json.loads(capsys.readouterr().out)["check"]
    assert {each["against"] for each in record["outputs"]} == {"numpy", "keras"}
    assert record["witness"].startswith("Keras ")
    mlp(installed("keras")).save(path)
    other = tmp_path / "other.keras"
    keras.utils.set_random_seed(2)
    mlp(keras).save(other)
    assert call("check", graph, other, "--against", "keras", "--trust") == 1
