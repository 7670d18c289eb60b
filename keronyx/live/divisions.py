"""Integer divisions that TensorFlow rounds down and tf2onnx leaves to ONNX, which rounds to zero.

https://github.com/onnx/onnx/blob/main/docs/Operators.md#Div
"""

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from onnx import AttributeProto, GraphProto, ModelProto, NodeProto

DOWN: Final = frozenset({"FloorDiv", "FloorMod"})
TO_ZERO: Final = frozenset({"TruncateDiv", "TruncateMod", "Div", "Mod"})
"""TensorFlow's operators on integers, by where they round to."""

UNCLEAR: Final = "integer divisions of which some round down and some to zero, all written alike"


def rounded_down(proto: "ModelProto", operators: Collection[str]) -> str:
    """Make a graph's integer divisions round down, in place, as those it was made from do.

    ``operators`` are the types of the TensorFlow operators that divide integers. A remainder, which
    tf2onnx writes as ``x - x / y * y``, is right by the same means; on a Mod, the switch for C's
    rules is taken off. Returns what cannot be put right, empty where everything is.
    """
    places = [] if DOWN.isdisjoint(operators) else list(_divisions(proto))
    wrong = _doubts(places, operators) if places else ""
    for place in [] if wrong else places:
        _round_down(*place)
    return wrong


def _doubts(
    places: Collection[tuple["GraphProto", "NodeProto", int]], operators: Collection[str]
) -> str:
    """Say what leaves open how divisions are to round."""
    if not TO_ZERO.isdisjoint(operators):
        return f"tf2onnx leaves {UNCLEAR}"
    unknown = sorted({node.name or node.op_type for _, node, kind in places if not kind})
    return f"tf2onnx leaves {unknown[0]} without the type of its numbers" if unknown else ""


def _round_down(graph: "GraphProto", node: "NodeProto", kind: int) -> None:
    """Make a division, or a remainder, of integers of this type round down."""
    if node.op_type == "Mod":
        _floor_mod(node)
    elif kind not in _types("UINT8", "UINT16", "UINT32", "UINT64"):
        _floor_div(graph, node, kind)


def _divisions(proto: "ModelProto") -> Iterator[tuple["GraphProto", "NodeProto", int]]:
    """Yield divisions of integers, or of what is not known, and the graphs that they are in."""
    floats = _types("FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16")
    places = [(graph, node) for graph, node in nodes(proto.graph) if _divides(node)]
    types = _element_types(proto) if places else {}
    for graph, node in places:
        kind = next(filter(None, map(types.get, (node.output[0], *node.input[:2]))), 0)
        if kind not in floats:
            yield graph, node, kind


def _divides(node: "NodeProto") -> bool:
    return node.op_type in {"Div", "Mod"} and not node.domain


def nodes(graph: "GraphProto") -> Iterator[tuple["GraphProto", "NodeProto"]]:
    """Yield every node and its graph, those of inner graphs too."""
    for node in graph.node:
        yield graph, node
        for inner in inner_graphs(node.attribute):
            yield from nodes(inner)


def inner_graphs(attributes: Collection["AttributeProto"]) -> Iterator["GraphProto"]:
    """Yield the graphs that a node holds, which it runs or not."""
    for attribute in attributes:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def _element_types(proto: "ModelProto") -> Mapping[str, int]:
    """Return the element type of every value of which it can be known."""
    from onnx import shape_inference  # noqa: PLC0415

    found: dict[str, int] = {}
    waiting = [shape_inference.infer_shapes(proto).graph]
    while waiting:
        graph = waiting.pop()
        found |= _declared_types(graph)
        for node in graph.node:
            waiting += inner_graphs(node.attribute)
            if node.op_type == "Constant":
                found |= dict.fromkeys(node.output, node.attribute[0].t.data_type)
    return found


def _declared_types(graph: "GraphProto") -> dict[str, int]:
    infos = (*graph.input, *graph.value_info, *graph.output)
    return {
        **{info.name: info.type.tensor_type.elem_type for info in infos},
        **{tensor.name: tensor.data_type for tensor in graph.initializer},
    }


def _types(*names: str) -> set[int]:
    from onnx import TensorProto  # noqa: PLC0415

    return set(map(TensorProto.DataType.Value, names))


def _floor_mod(node: "NodeProto") -> None:
    """Give the remainder the divisor's sign: Mod without fmod does."""
    node.ClearField("attribute")


def _floor_div(graph: "GraphProto", node: "NodeProto", kind: int) -> None:
    """Write x // y as x / y - (x / y * y ≠ x and x < 0 ≠ y < 0).

    Bytes and int16, of which runtimes divide none, are widened for it.
    """
    from onnx import TensorProto  # noqa: PLC0415

    wide = TensorProto.INT64 if kind == TensorProto.INT64 else TensorProto.INT32
    steps = _Steps(node, graph)
    x, y = (steps.cast(name, wide) if kind != wide else name for name in node.input)
    zero = steps.constant(0, wide)
    quotient = steps("Div", x, y)
    inexact = steps("Not", steps("Equal", steps("Mul", quotient, y), x))
    apart = steps("Xor", steps("Less", x, zero), steps("Less", y, zero))
    less = steps.cast(steps("And", inexact, apart), wide)
    if kind == wide:
        steps.end("Sub", quotient, less)
    else:
        steps.end("Cast", steps("Sub", quotient, less), to=kind)


class _Steps:
    """Nodes in the place of another one, which becomes the last of them."""

    def __init__(self, node: "NodeProto", graph: "GraphProto") -> None:
        self._last, self._graph = node, graph
        self._base = f"{node.output[0]}/floor"
        self._count = 0

    def __call__(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node, and return the name of its output."""
        from onnx import helper  # noqa: PLC0415

        self._count += 1
        name = f"{self._base}_{self._count}"
        made = helper.make_node(operator, list(inputs), [name], name=name, **attributes)
        self._graph.node.insert(self._place(), made)
        return name

    def cast(self, name: str, kind: int) -> str:
        """Add a Cast."""
        return self("Cast", name, to=kind)

    def constant(self, value: int, kind: int) -> str:
        """Add a number."""
        from onnx import helper  # noqa: PLC0415

        return self("Constant", value=helper.make_tensor("", kind, [], [value]))

    def end(self, operator: str, *inputs: str, **attributes: Any) -> None:
        """Make the node that was there the last step; its output keeps its name."""
        from onnx import helper  # noqa: PLC0415

        made = helper.make_node(
            operator, list(inputs), list(self._last.output), name=self._last.name, **attributes
        )
        self._last.CopyFrom(made)

    def _place(self) -> int:
        return next(i for i, each in enumerate(self._graph.node) if each is self._last)
