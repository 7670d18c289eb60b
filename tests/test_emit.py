"""The graphs that are written: their operators, names, types and what they say of themselves."""

from dataclasses import replace
from typing import Any

import numpy as np
import onnx
import pytest
from catalogue import LAYERS, UNNAMED
from emitting import batch_norm, chain, dense, numbers, ops, run, session
from layer_case import Builder, alone, layer, tensor

from keronyx.converter.emit import (
    DEFAULT_OPSET,
    LOWEST_OPSET,
    OLDEST_OPSET,
    emit,
    emit_layer,
    exposed,
    newest_opset,
    serialize,
)
from keronyx.converter.errors import UnsupportedConfigError, UnsupportedLayerError, UsageError
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.schema import check_node
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.nested import Nested
from keronyx.converter.layers.normalization import SpectralNormalization
from keronyx.converter.layers.rnn import TimeDistributed
from keronyx.converter.model import Model
from keronyx.converter.tensors import KerasTensor

X4, X34 = tensor("x", 4), tensor("x", 3, 4)
ONES = np.ones(4, np.float32)


@pytest.fixture(autouse=True)
def _strict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Graph, "inspect", staticmethod(check_node))


def mlp() -> Model:
    hidden, last = dense(8, 4, "hidden", activation="relu"), dense(3, 8, "last")
    return chain(X4, [hidden, layer("Dropout"), last, layer("Softmax")])


def function(name: str) -> Layer:
    return layer("Activation", activation=name)


def timed(kind: str, **config: Any) -> Layer:
    return layer("TimeDistributed", layer={"class_name": kind, "config": config})


def normed(kind: str, **variables: Any) -> Layer:
    return layer(kind, **variables)


BOTH: dict[str, Any] = {"gamma": ONES, "beta": ONES}
WORDS, IDS = tensor("s", 2, dtype="string"), tensor("i", 2, dtype="int64")
OPERATORS = [
    (mlp(), 17, "Gemm Relu Gemm Softmax"),
    (alone(dense(2, 4), X34), 17, "MatMul Add"),
    (alone(dense(2, 4, use_bias=False), X4), 17, "Gemm"),
    (alone(layer("Dropout"), X4), 17, "Identity"),
    (alone(function("linear"), X4), 17, "Identity"),
    (alone(batch_norm(4), X4), 17, "BatchNormalization"),
    (alone(batch_norm(4), X34), 17, "Mul Add"),
    (chain(X4, [dense(4, 4), layer("GaussianNoise"), batch_norm(4)]), 17, "Gemm"),
    (chain(X34, [dense(4, 4), batch_norm(4)]), 17, "MatMul Add"),
    (alone(layer("LayerNormalization", **BOTH), X34), 17, "LayerNormalization"),
    (
        alone(layer("LayerNormalization", **BOTH), X34),
        13,
        "ReduceMean Sub Pow ReduceMean Add Sqrt Div Mul Add",
    ),
    (alone(layer("RMSNormalization", scale=ONES), X4), 23, "RMSNormalization"),
    (alone(layer("RMSNormalization", scale=ONES), X4), 17, "Pow ReduceMean Add Sqrt Div Mul"),
    (alone(function("gelu"), X4), 20, "Gelu"),
    (alone(function("gelu"), X4), 17, "Div Erf Add Mul Mul"),
    (alone(function("silu"), X4), 24, "Sigmoid Mul"),
    (alone(function("mish"), X4), 18, "Mish"),
    (alone(function("mish"), X4), 17, "Softplus Tanh Mul"),
    (alone(function("hard_silu"), X4), 14, "HardSwish"),
    (alone(function("hard_silu"), X4), 13, "HardSigmoid Mul"),
    (alone(layer("Flatten"), X34), 17, "Flatten"),
    (alone(layer("Flatten"), X4), 17, "Identity"),
    (alone(layer("Permute", dims=[2, 1]), X34), 17, "Transpose"),
    (alone(layer("Masking"), X34), 17, "Equal Cast ReduceMin Cast Where"),
    (alone(layer("Masking"), X34), 20, "Equal ReduceMin Where"),
    (alone(timed("Dropout"), X34), 17, "Identity"),
    (alone(timed("ReLU"), X34), 17, "Relu"),
    (alone(timed("RepeatVector", n=2), X34), 17, "Reshape Unsqueeze Expand Reshape"),
    (alone(layer("StringLookup", vocabulary=["a"]), WORDS), 17, "LabelEncoder"),
    (alone(layer("CategoryEncoding", num_tokens=3), IDS), 17, "Unsqueeze Equal Cast ReduceMax"),
]


@pytest.mark.parametrize(("model", "opset", "expected"), OPERATORS)
def test_the_operators_are_these(model: Model, opset: int, expected: str) -> None:
    if opset > newest_opset():
        pytest.skip("the installed onnx does not know the opset")
    graph = emit(model, opset=opset)
    onnx.checker.check_model(graph, full_check=True)
    assert ops(graph) == expected


def test_every_layer_has_a_function() -> None:
    inert = emit_layer.dispatch(Layer)
    computing = {each for each in LAYERS.values() if each.role != "inert" and not each.is_part}
    assert not [each for each in computing | {*UNNAMED} if emit_layer.dispatch(each) is inert]


def test_an_unknown_layer_is_named() -> None:
    class Mystery(Layer, abstract=True):
        """A layer without a function."""

    with pytest.raises(UnsupportedLayerError, match=r"'what' \(Mystery, it has no ONNX"):
        emit(alone(Mystery(name="what"), X4))


def test_nodes_and_initializers_are_called_after_their_layers() -> None:
    graph = emit(mlp()).graph
    nodes = ["hidden/Gemm", "hidden/Relu", "last/Gemm", "softmax/Softmax"]
    assert [node.name for node in graph.node] == nodes
    weights = ["hidden/kernel", "hidden/bias", "last/kernel", "last/bias"]
    assert [each.name for each in graph.initializer] == weights
    assert [node.doc_string for node in graph.node[:2]] == ["hidden (Dense)"] * 2


def test_nodes_have_metadata_where_the_format_knows_it() -> None:
    node = emit(mlp(), opset=21).graph.node[0]
    said = {entry.key: entry.value for entry in node.metadata_props}
    assert (said, node.doc_string) == ({"keras_layer": "hidden", "keras_class": "Dense"}, "")


def test_a_shared_layer_has_its_weights_once() -> None:
    shared = dense(4, 4, "twice")
    graph = emit(chain(X4, [shared, shared])).graph
    assert [each.name for each in graph.initializer] == ["twice/kernel", "twice/bias"]
    assert [node.name for node in graph.node] == ["twice/Gemm", "twice/Gemm_2"]


def test_equal_constants_are_stored_once() -> None:
    scaled = [layer("Rescaling", name, scale=0.5, offset=0.5) for name in ("a", "b")]
    assert len(emit(chain(X4, scaled)).graph.initializer) == 1


def spelled(value: onnx.ValueInfoProto) -> str:
    tensor = value.type.tensor_type
    sizes = [each.dim_param or each.dim_value for each in tensor.shape.dim]
    kind = onnx.TensorProto.DataType.Name(tensor.elem_type)
    return " ".join(map(str, (value.name, kind, *sizes)))


def test_inputs_and_outputs_keep_names_order_types_and_sizes() -> None:
    ids, x = tensor("ids", None, dtype="int32"), tensor("the x", 3)
    build = Builder(ids, x)
    table = layer("Embedding", input_dim=5, output_dim=2, embeddings=numbers(5, 2))
    model = build.model(**{"rows:0": build.call(table, ids), "y": build.call(dense(2, 3), x)})
    graph = emit(model).graph
    assert [spelled(value) for value in (*graph.input, *graph.output)] == [
        "ids INT32 batch ids_1",
        "the x FLOAT batch 3",
        "rows:0 FLOAT batch rows:0_1 2",
        "y FLOAT batch 2",
    ]


def test_a_fixed_batch_stays_fixed() -> None:
    x = KerasTensor(name="x", shape=(16, 4), dtype="float32")
    graph = emit(alone(dense(2, 4), x)).graph
    assert spelled(graph.output[0]) == "out FLOAT 16 2"


def test_names_are_made_unique_and_legal() -> None:
    x = tensor("a\nb", 4)
    build = Builder(x)
    value = build.call(dense(4, 4, "a\nb"), x)
    graph = emit(build.model(**{"a\nb": value, "\ud800": value, "": x})).graph
    assert [each.name for each in graph.input] == ["a_b"]
    assert [each.name for each in graph.output] == ["a_b_2", "_", "value"]
    assert ops(emit(build.model(a=value))) == "Gemm"
    onnx.checker.check_model(emit(build.model(y=value)))


def test_outputs_that_are_an_input_or_come_twice_get_a_node() -> None:
    build = Builder(X4)
    y = build.call(dense(2, 4), X4)
    graph = emit(build.model(first=y, again=y, x=X4))
    assert ops(graph) == "Gemm Identity Identity"
    x = numbers(3, 4)
    first, again, same = run(graph, x)
    assert (first == again).all()
    assert (same == x).all()


def test_the_model_says_where_it_is_from() -> None:
    graph = emit(replace(mlp(), keras_version="3.15.1", sha256="ab" * 32))
    assert (graph.producer_name, graph.producer_version) == ("keronyx", "0.1.0")
    said = {entry.key: entry.value for entry in graph.metadata_props}
    assert said == {"keras_version": "3.15.1", "source_sha256": "ab" * 32}


@pytest.mark.parametrize("opset", range(LOWEST_OPSET, newest_opset() + 1))
def test_the_ir_version_is_the_smallest_that_the_opset_allows(opset: int) -> None:
    graph = emit(alone(layer("StringLookup", vocabulary=["a"]), WORDS), opset=opset)
    assert [(each.domain, each.version) for each in graph.opset_import] == [
        ("", opset),
        ("ai.onnx.ml", 2),
    ]
    assert graph.ir_version == onnx.helper.find_min_ir_version_for(graph.opset_import)


def test_the_domain_of_lookups_is_imported_where_it_is_used() -> None:
    assert [each.domain for each in emit(mlp()).opset_import] == [""]


@pytest.mark.parametrize("opset", [LOWEST_OPSET - 1, newest_opset() + 1])
def test_other_opsets_are_refused(opset: int) -> None:
    with pytest.raises(UsageError, match=f"opset {opset}; keronyx writes 9 to {newest_opset()}"):
        emit(mlp(), opset=opset)


def test_the_same_model_gives_the_same_bytes_as_onnx_itself_writes_them() -> None:
    model = mlp()
    for opset in (OLDEST_OPSET, DEFAULT_OPSET, newest_opset()):
        graph = serialize(model, opset=opset)
        assert graph == serialize(model, opset=opset)
        assert graph == emit(model, opset=opset).SerializeToString(deterministic=True)


def test_exposed_tensors_follow_the_outputs() -> None:
    model = chain(X4, [dense(4, 4), layer("Dropout"), batch_norm(4), function("relu")])
    graph = emit(model, expose=True)
    names = [each.name for each in graph.graph.output]
    assert names == ["y", *(each.name for each in exposed(model))]
    x = numbers(2, 4)
    y, product, kept, normal, active = run(graph, x)
    assert (product == kept).all()
    assert (np.maximum(normal, 0) == active).all()
    assert (y == active).all()
    assert len(session(emit(model)).get_outputs()) == 1


def test_held_layers_and_models_are_inline_under_their_names() -> None:
    inner = chain(X4, [dense(5, 4, "td/layer/dense", activation="tanh")])
    wrapped = TimeDistributed(name="td", layer=Nested(name="td/layer", model=inner))
    spectral = SpectralNormalization(name="sn", layer=dense(2, 5, "sn/layer"))
    graph = emit(chain(X34, [wrapped, spectral]))
    assert [node.name for node in graph.graph.node] == [
        *("td/Reshape", "td/layer/dense/Gemm", "td/layer/dense/Tanh", "td/Reshape_2"),
        *("sn/layer/MatMul", "sn/layer/Add"),
    ]
    onnx.checker.check_model(graph, full_check=True)


REFUSED = [
    (layer("StringLookup", vocabulary=["\ud800"]), WORDS, "half characters"),
    (layer("StringLookup", vocabulary=[]), WORDS, "an empty vocabulary"),
    (layer("Reshape", target_shape=[0, 4]), tensor("x", 0, 4), "holds nothing"),
    (dense(2, 4, quantization="float8"), X4, "quantization 'float8'"),
    (layer("GroupNormalization", groups=2), tensor("x", None, 4, None), "no fixed size"),
]


@pytest.mark.parametrize(("made", "entrance", "words"), REFUSED)
def test_what_cannot_be_right_is_refused(made: Layer, entrance: KerasTensor, words: str) -> None:
    with pytest.raises(UnsupportedConfigError, match=words):
        emit(alone(made, entrance))


def test_a_slip_in_a_node_shows_at_once() -> None:
    graph = Graph("g", 17)
    x = graph.input("x", "float32", (None, 4))
    slips: list[dict[str, Any]] = [{"axes": 1}, {"axis": 1.0}]
    for wrong in slips:
        with pytest.raises(TypeError, match="Softmax-17"):
            graph.op("Softmax", x, **wrong)
    with pytest.raises(TypeError, match="does not take 2 inputs"):
        graph.op("Softmax", x, x)
    with pytest.raises(TypeError, match="needs an attribute 'to'"):
        graph.op("Cast", x)
