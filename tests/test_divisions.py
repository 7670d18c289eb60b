"""Integer divisions of a graph that tf2onnx made round down, as those of TensorFlow do."""

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from test_mended import described, graph_of

import keronyx
from keronyx.live.divisions import rounded_down
from keronyx.live.mended import mended

DOWN = {"FloorDiv"}
LEFT = np.array([-7, 7, -1, 0, 6, -6, 5, -5, -(2**31), 2**31 - 1])
RIGHT = np.array([2, 2, 2, 3, -3, -3, -7, 7, 3, -2])


def dividing(dtype: str, *nodes: onnx.NodeProto) -> onnx.ModelProto:
    """Return a graph of two inputs, x and y, that gives z."""
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    x, y, z = (helper.make_tensor_value_info(name, kind, ["n"]) for name in "xyz")
    graph = helper.make_graph(nodes, "net", [x, y], [z])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def quotient(**attributes: Any) -> onnx.NodeProto:
    return helper.make_node("Div", ["x", "y"], ["z"], name="floordiv", **attributes)


def remainder() -> list[onnx.NodeProto]:
    """Return what tf2onnx writes for a FloorMod."""
    return [
        helper.make_node("Div", ["x", "y"], ["q"]),
        helper.make_node("Mul", ["q", "y"], ["p"]),
        helper.make_node("Sub", ["x", "p"], ["z"]),
    ]


def run(proto: onnx.ModelProto, dtype: str) -> tuple[Any, Any, Any]:
    limits = np.iinfo(dtype)
    x, y = (np.clip(each, limits.min, limits.max).astype(dtype) for each in (LEFT, RIGHT))
    y[y == 0] = 3
    onnx.checker.check_model(proto, full_check=True)
    return x, y, keronyx.load(proto, engine="onnxruntime")({"x": x, "y": y})["z"]


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8"])
def test_quotients_round_down(dtype: str) -> None:
    proto = dividing(dtype, quotient())
    assert not rounded_down(proto, {"FloorDiv"})
    x, y, found = run(proto, dtype)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, x // y)


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_remainders_have_the_sign_of_the_divisor(dtype: str) -> None:
    proto = dividing(dtype, *remainder())
    assert not rounded_down(proto, {"FloorMod"})
    x, y, found = run(proto, dtype)
    np.testing.assert_array_equal(found, x % y)


@pytest.mark.parametrize("fmod", [0, 1])
def test_mod_goes_by_the_divisor_too(fmod: int) -> None:
    proto = dividing("int32", helper.make_node("Mod", ["x", "y"], ["z"], fmod=fmod))
    assert not rounded_down(proto, {"FloorMod"})
    x, y, found = run(proto, "int32")
    np.testing.assert_array_equal(found, x % y)


def test_without_it_they_round_to_zero() -> None:
    proto = dividing("int32", quotient())
    x, y, found = run(proto, "int32")
    assert found[0] == -3
    assert (x // y)[0] == -4


@pytest.mark.parametrize("operators", [set(), {"TruncateDiv"}])
def test_what_rounds_to_zero_stays(operators: set[str]) -> None:
    proto = dividing("int32", quotient())
    before = proto.SerializeToString()
    assert not rounded_down(proto, operators)
    assert proto.SerializeToString() == before


def test_floats_stay() -> None:
    proto = dividing("float32", quotient())
    before = proto.SerializeToString()
    assert not rounded_down(proto, DOWN)
    assert proto.SerializeToString() == before


def test_inner_graphs_too() -> None:
    inner = [
        helper.make_graph(
            [helper.make_node("Div", ["x", "y"], [f"{name}/q"])],
            name,
            [],
            [helper.make_tensor_value_info(f"{name}/q", TensorProto.INT32, ["n"])],
        )
        for name in ("then", "else")
    ]
    yes = helper.make_node(
        "Constant", [], ["yes"], value=helper.make_tensor("", TensorProto.BOOL, [], [True])
    )
    branch = helper.make_node("If", ["yes"], ["z"], then_branch=inner[0], else_branch=inner[1])
    proto = dividing("int32", yes, branch)
    assert not rounded_down(proto, DOWN)
    x, y, found = run(proto, "int32")
    np.testing.assert_array_equal(found, x // y)


def test_what_cannot_be_told_is_refused() -> None:
    proto = dividing("int32", quotient())
    assert "some round down and some to zero" in rounded_down(proto, {"FloorDiv", "TruncateDiv"})
    proto = dividing("int32", helper.make_node("Neg", ["x"], ["z"]))
    assert not rounded_down(proto, {"FloorDiv", "TruncateDiv"})
    unknown = helper.make_node("Div", ["a", "b"], ["c"], name="lost")
    proto = dividing("int32", unknown, helper.make_node("Neg", ["x"], ["z"]))
    assert "lost without the type" in rounded_down(proto, DOWN)


def test_a_whole_graph_is_mended() -> None:
    cast = helper.make_node("Cast", ["in_0"], ["whole"], to=TensorProto.INT32)
    two = helper.make_node(
        "Constant", [], ["two"], value=helper.make_tensor("", TensorProto.INT32, [], [2])
    )
    proto = graph_of(
        cast,
        two,
        helper.make_node("Div", ["whole", "two"], ["half"]),
        helper.make_node("Cast", ["half"], ["Identity:0"], to=TensorProto.FLOAT),
    )
    assert not mended(proto, described("y"), "tf2onnx 1.17.0", {"FloorDiv"})
    onnx.checker.check_model(proto)
    (found,) = keronyx.load(proto)(np.array([[-7.0, 7.0, -1.0]], np.float32)).values()
    np.testing.assert_array_equal(found, [[-4.0, 3.0, -1.0]])
