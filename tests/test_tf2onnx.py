"""What keronyx refuses goes through TensorFlow and tf2onnx, and gets the names that ours have."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from keras_models import (
    GRAPHS,
    LOOKUPS,
    Maker,
    adapted,
    coded,
    custom,
    doubling,
    installed,
    made,
    mlp,
    needs_tf2onnx,
    numbers,
    on_tensorflow,
)

import keronyx
from keronyx.cli import main
from keronyx.live import through_tf2onnx

pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore")]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def keras() -> Any:
    return installed("keras")


@pytest.fixture
def tf2onnx(keras: Any) -> Any:
    needs_tf2onnx(keras)
    return pytest.importorskip("tf2onnx")


def sizes(values: Any) -> dict[str, list[int | str]]:
    return {
        value.name: [each.dim_param or each.dim_value for each in value.type.tensor_type.shape.dim]
        for value in values
    }


@pytest.mark.usefixtures("tf2onnx")
@pytest.mark.parametrize("maker", GRAPHS)
def test_names_sizes_and_order_are_those_of_direct(keras: Any, maker: Maker) -> None:
    model = made(maker, keras)
    ours, theirs = (keronyx.convert(model, backend=each) for each in ("direct", "tf2onnx"))
    assert theirs.backend == "tf2onnx"
    assert theirs.report is not None
    assert {each.against for each in theirs.report.differences} == {"numpy", "keras"}
    for one, other in (
        (ours.onnx.graph.input, theirs.onnx.graph.input),
        (ours.onnx.graph.output, theirs.onnx.graph.output),
    ):
        assert sizes(one) == sizes(other)
        assert [each.name for each in one] == [each.name for each in other]
    assert theirs.onnx.producer_name == "keronyx"
    assert theirs.onnx.ir_version == ours.onnx.ir_version
    assert theirs.onnx.graph.name == ours.onnx.graph.name
    onnx.checker.check_model(theirs.onnx)


def test_custom_layers_fall_back(keras: Any, tf2onnx: Any, tmp_path: Path) -> None:
    result = keronyx.convert(custom(keras), tmp_path / "custom.onnx")
    assert result.backend == "tf2onnx"
    assert result.report is not None
    assert result.report.passed
    (note,) = result.warnings
    assert note.startswith(
        "converted by TensorFlow and tf2onnx, because 2 layers are not supported"
    )
    assert sizes(result.onnx.graph.input) == {"x": ["batch", 3], "a y": ["batch", "a y_1", 4]}
    assert sizes(result.onnx.graph.output) == {
        "last": ["batch", 2],
        "ahead": ["batch", "ahead_1", 4],
    }
    metadata = {each.key: each.value for each in result.onnx.metadata_props}
    assert metadata["converted_by"] == f"tf2onnx {tf2onnx.__version__}"
    predict = keronyx.load(tmp_path / "custom.onnx")
    found = predict({"x": numbers(7, 3), "a y": numbers(7, 2, 4)})
    assert {name: array.shape for name, array in found.items()} == {
        "last": (7, 2),
        "ahead": (7, 2, 4),
    }


@pytest.mark.usefixtures("tf2onnx")
def test_the_same_model_gives_the_same_bytes(keras: Any) -> None:
    model = coded(keras)
    one, other = (keronyx.convert(model).serialized for _ in range(2))
    assert one == other


@pytest.mark.usefixtures("tf2onnx")
def test_only_names_and_shapes_are_known_then(keras: Any) -> None:
    result = keronyx.convert(coded(keras))
    assert not result.model.computable
    assert result.model.inputs["x"].sizes == (None, 3)
    with pytest.raises(keronyx.UsageError, match="not known"):
        keronyx.evaluate(result.model, numbers(2, 3))


@pytest.mark.usefixtures("tf2onnx")
def test_ids_are_drawn_small(keras: Any) -> None:
    ids = keras.Input((5,), dtype="int32", name="ids")
    x = keras.layers.Embedding(2, 3)(ids)
    report = keronyx.convert(keras.Model(ids, doubling(keras)(x))).report
    assert report is not None
    assert {each.against for each in report.differences} == {"keras"}


@pytest.mark.usefixtures("tf2onnx")
def test_gelu_is_spelled_in_onnx(keras: Any) -> None:
    nodes = {node.op_type for node in keronyx.convert(coded(keras)).onnx.graph.node}
    assert "Erf" in nodes
    assert "Erfc" not in nodes


@pytest.mark.usefixtures("tf2onnx")
def test_operators_that_are_not_onnx_are_refused(keras: Any) -> None:
    model = made(LOOKUPS[1], keras)
    with pytest.raises(keronyx.UnsupportedLayerError, match="tf2onnx"):
        keronyx.convert(model, backend="tf2onnx")


@pytest.mark.usefixtures("tf2onnx")
def test_a_refusal_by_both_says_both(keras: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(live: Any, **_named: Any) -> Any:
        raise through_tf2onnx.refused(live, "tf2onnx leaves LookupTableFindV2 in it")

    monkeypatch.setattr(through_tf2onnx, "convert_through", refuse)
    with pytest.raises(keronyx.UnsupportedLayerError, match=r"2 layers.*nor does tf2onnx.*Lookup"):
        keronyx.convert(custom(keras))


@pytest.mark.usefixtures("tf2onnx")
def test_subclassed_calls_with_operations_of_tensorflow(keras: Any) -> None:
    tensorflow = pytest.importorskip("tensorflow")

    class Summing(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(name="summing")
            self.dense = keras.layers.Dense(3)

        def call(self, x: Any) -> Any:
            return tensorflow.reduce_sum(self.dense(x), axis=-1), x

    model = Summing()
    model(numbers(4, 5))
    result = keronyx.convert(model)
    assert result.backend == "tf2onnx"
    assert sizes(result.onnx.graph.input) == {"x": ["batch", 5]}
    assert sizes(result.onnx.graph.output) == {"output_0": ["batch"], "output_1": ["batch", 5]}


@pytest.mark.usefixtures("tf2onnx")
def test_direct_never_falls_back(keras: Any) -> None:
    with pytest.raises(keronyx.UnsupportedLayerError, match="doubling"):
        keronyx.convert(custom(keras), backend="direct")


def test_without_tf2onnx_it_says_what_to_install(
    keras: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not on_tensorflow(keras):
        pytest.skip("tf2onnx converts models on TensorFlow only")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(keronyx.UnsupportedLayerError, match=r'pip install "keronyx\[keras\]"'):
        keronyx.convert(custom(keras))
    with pytest.raises(keronyx.UsageError, match="is not installed; pip install"):
        keronyx.convert(mlp(keras), backend="tf2onnx")


def test_other_backends_are_told_to_change(keras: Any) -> None:
    if on_tensorflow(keras):
        pytest.skip("for JAX and PyTorch")
    with pytest.raises(keronyx.UsageError, match=r"on TensorFlow.*KERAS_BACKEND=tensorflow"):
        keronyx.convert(mlp(keras), backend="tf2onnx")


@pytest.mark.usefixtures("tf2onnx")
def test_what_cannot_be_is_refused(keras: Any, tmp_path: Path) -> None:
    model = mlp(keras)
    with pytest.raises(keronyx.UsageError, match="opset 99"):
        keronyx.convert(model, backend="tf2onnx", opset=99)
    with pytest.raises(keronyx.UsageError, match="external data"):
        keronyx.convert(model, tmp_path / "m.onnx", backend="tf2onnx", external_data=True)
    with pytest.raises(keronyx.UsageError, match="use auto, direct, tf2onnx"):
        keronyx.convert(model, backend="tensorflow")  # type: ignore[arg-type]
    with pytest.raises(keronyx.UsageError, match="not arrays"):
        keronyx.convert([np.ones((2, 2))], backend="tf2onnx")
    assert not list(tmp_path.iterdir())


def call(*arguments: object) -> int:
    return main([os.fspath(each) if isinstance(each, Path) else str(each) for each in arguments])


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


@pytest.mark.usefixtures("tf2onnx")
def test_lookups_stay_direct(keras: Any) -> None:
    assert keronyx.convert(adapted(keras)).backend == "direct"


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
    layer = keras.layers.TextVectorization(vocabulary=["red", "blue"], output_mode="multi_hot")
    path = tmp_path / "words.keras"
    keras.Sequential([keras.Input((1,), dtype="string"), layer]).save(path)
    assert call("convert", path, "--trust") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "TextVectorization" in line
    assert "nor does tf2onnx convert it" in line
    assert [each.name for each in tmp_path.iterdir()] == ["words.keras"]
