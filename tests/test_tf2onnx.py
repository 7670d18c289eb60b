"""What keronyx refuses goes through TensorFlow and tf2onnx, and gets the names that ours have."""

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
    made,
    mlp,
    numbers,
    on_tensorflow,
)

import keronyx
from keronyx.live import through_tf2onnx

pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore")]
Capture = pytest.CaptureFixture[str]


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
    result = keronyx.convert(model, backend="tf2onnx")
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
    with pytest.raises(keronyx.UnsupportedLayerError, match="pip install tensorflow-cpu tf2onnx"):
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


@pytest.mark.usefixtures("tf2onnx")
def test_lookups_stay_direct(keras: Any) -> None:
    assert keronyx.convert(adapted(keras)).backend == "direct"
