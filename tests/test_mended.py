"""What is put right in a graph that tf2onnx made, and what is refused of it."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import keronyx
from keronyx.converter.model import Model
from keronyx.converter.tensors import KerasTensor
from keronyx.live.mended import keep_constants, mended


def described(*outputs: str) -> Model:
    return Model(
        name="net",
        inputs={"x": KerasTensor(name="x", shape=(None, 3), dtype="float32")},
        outputs={
            name: KerasTensor(name=f"{name} of net", shape=(None, None, 3), dtype="float32")
            for name in outputs
        },
        connections=(),
        keras_version="3.15.1",
    )


def graph_of(*nodes: onnx.NodeProto, inputs: tuple[str, ...] = ("in_0",)) -> onnx.ModelProto:
    sizes: list[str | int | None] = ["unk__1", 3]
    graph = helper.make_graph(
        nodes,
        "converted",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, sizes) for name in inputs],
        [helper.make_tensor_value_info("Identity:0", TensorProto.FLOAT, sizes)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def test_erfc_becomes_erf() -> None:
    proto = graph_of(helper.make_node("Erfc", ["in_0"], ["Identity:0"], name="Gelu/Erfc"))
    assert not mended(proto, described("y"), "tf2onnx 1.17.0")
    onnx.checker.check_model(proto)
    (found,) = keronyx.load(proto)(np.array([[0.0, 1.0, -1.0]], np.float32)).values()
    np.testing.assert_allclose(found, [[1.0, 0.157299, 1.842701]], 1e-5)


def test_names_that_are_taken_within_give_way() -> None:
    proto = graph_of(
        helper.make_node("Neg", ["in_0"], ["y"]),
        helper.make_node("Abs", ["y"], ["x"]),
        helper.make_node("Exp", ["x"], ["Identity:0"]),
    )
    assert not mended(proto, described("y"), "tf2onnx 1.17.0")
    onnx.checker.check_model(proto)
    assert [(list(node.input), list(node.output)) for node in proto.graph.node] == [
        (["x"], ["y/inner"]),
        (["y/inner"], ["x/inner"]),
        (["x/inner"], ["y"]),
    ]
    dims = proto.graph.output[0].type.tensor_type.shape.dim
    assert [each.dim_param or each.dim_value for each in dims] == ["batch", "y_1", 3]


def test_facts() -> None:
    proto = graph_of(helper.make_node("Neg", ["in_0"], ["Identity:0"]))
    mended(proto, described("y"), "tf2onnx 1.17.0")
    assert (proto.producer_name, proto.ir_version, proto.graph.name) == ("keronyx", 8, "net")
    assert {each.key: each.value for each in proto.metadata_props} == {
        "keras_version": "3.15.1",
        "converted_by": "tf2onnx 1.17.0",
    }


def test_constants_that_became_inputs() -> None:
    proto = graph_of(
        helper.make_node("Sub", ["in_0", "Sub/y:0"], ["Identity:0"]), inputs=("in_0", "Sub/y:0")
    )
    keep_constants(proto, {"Sub/y:0": np.array([[1.0, 2.0, 3.0]], np.float32)})
    assert not mended(proto, described("y"), "tf2onnx 1.17.0")
    (initializer,) = proto.graph.initializer
    np.testing.assert_array_equal(numpy_helper.to_array(initializer), [[1.0, 2.0, 3.0]])
    assert [each.name for each in proto.graph.input] == ["x"]


@pytest.mark.parametrize(
    ("proto", "outputs", "what"),
    [
        (
            graph_of(helper.make_node("Bucketize", ["in_0"], ["Identity:0"])),
            ("y",),
            "tf2onnx leaves Bucketize in it, which ONNX does not have",
        ),
        (graph_of(helper.make_node("Neg", ["in_0"], ["Identity:0"])), ("y", "z"), "lost outputs"),
        (
            graph_of(helper.make_node("Neg", ["in_0"], ["Identity:0"]), inputs=("in_0", "w")),
            ("y",),
            "made constants inputs",
        ),
    ],
)
def test_what_cannot_be_put_right(
    proto: onnx.ModelProto, outputs: tuple[str, ...], what: str
) -> None:
    assert what in mended(proto, described(*outputs), "tf2onnx 1.17.0")
