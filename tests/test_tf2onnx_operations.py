"""Operations of TensorFlow on integers and text, through tf2onnx."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from calling import call
from keras_models import (
    installed,
)

import keronyx

pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore")]
Capture = pytest.CaptureFixture[str]


def keras_3() -> Any:
    """Return a Keras that has operations, or skip the test."""
    keras = installed("keras")
    if not hasattr(keras, "ops"):
        pytest.skip("Keras 3 only")
    return keras


def operation(keras: Any, compute: Any, dtype: str) -> Any:
    """Return a model of three numbers of a type, and of a layer of somebody's own."""

    class Computing(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return compute(x)

    x = keras.Input((3,), dtype=dtype, name="x")
    return keras.Model(x, Computing()(x))


INTEGERS = [[-7, 7, -1], [0, 6, -6], [5, -5, 1]]
DIVISIONS: dict[str, tuple[Any, list[list[int]]]] = {
    "floor_divide": (lambda ops, x: ops.floor_divide(x, 2), [[-4, 3, -1], [0, 3, -3], [2, -3, 0]]),
    "by negative": (lambda ops, x: ops.floor_divide(x, -2), [[3, -4, 0], [0, -3, 3], [-3, 2, -1]]),
    "mod": (lambda ops, x: ops.mod(x, 3), [[2, 1, 2], [0, 0, 0], [2, 1, 1]]),
    "mod by negative": (lambda ops, x: ops.mod(x, -3), [[-1, -2, -1], [0, 0, 0], [-1, -2, -2]]),
}


@pytest.mark.usefixtures("tf2onnx")
@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize("name", DIVISIONS)
def test_integer_divisions_round_down(name: str, dtype: str) -> None:
    keras = keras_3()
    compute, wanted = DIVISIONS[name]
    result = keronyx.convert(operation(keras, lambda x: compute(keras.ops, x), dtype))
    assert result.backend == "tf2onnx"
    (found,) = keronyx.load(result.onnx)(np.array(INTEGERS, dtype)).values()
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.usefixtures("tf2onnx")
def test_the_check_draws_negative_integers(monkeypatch: pytest.MonkeyPatch) -> None:
    keras = keras_3()
    model = operation(keras, lambda x: keras.ops.floor_divide(x, 2), "int32")
    monkeypatch.setattr("keronyx.live.mended.rounded_down", lambda *_: "")
    with pytest.raises(keronyx.CheckError, match="differ"):
        keronyx.convert(model)


@pytest.mark.usefixtures("tf2onnx")
def test_ids_are_checked_within_a_vocabulary() -> None:
    keras = installed("keras")
    embedding = keras.layers.Embedding(4, 2)
    result = keronyx.convert(operation(keras, embedding, "int32"))
    assert result.report is not None
    assert result.report.passed


@pytest.mark.usefixtures("tf2onnx")
def test_operators_that_onnx_does_not_have_are_refused() -> None:
    keras = keras_3()
    tensorflow = pytest.importorskip("tensorflow")
    for compute, operators in (
        (lambda x: keras.ops.argmax(x, axis=-1), "Bitcast"),
        (lambda x: tensorflow.truncatemod(x, 3.0), "TruncateMod"),
        (lambda x: tensorflow.raw_ops.Bucketize(input=x, boundaries=[0.0]), "Bucketize"),
    ):
        with pytest.raises(keronyx.UnsupportedLayerError, match=f"leaves .*{operators}"):
            keronyx.convert(operation(keras, compute, "float32"))


@pytest.mark.usefixtures("tf2onnx")
def test_text_is_refused_in_one_line(tmp_path: Path, capsys: Capture) -> None:
    keras = installed("keras")
    layer = keras.layers.TextVectorization(vocabulary=["r", "b"], split="character")
    path = tmp_path / "words.keras"
    keras.Sequential([keras.Input((1,), dtype="string"), layer]).save(path)
    assert call("convert", path, "--trust") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "TextVectorization" in line
    assert "nor does tf2onnx convert it" in line
    assert [each.name for each in tmp_path.iterdir()] == ["words.keras"]
