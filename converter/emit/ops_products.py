"""Products of tensors: MatMul and Einsum, products of numbers that are spread out."""

from collections.abc import Sequence

from keronyx.converter.emit.base import emit_layer, shape_of
from keronyx.converter.emit.ops_base import operands
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import sizes, unsqueeze
from keronyx.converter.layers.ops_products import (
    Contraction,
    Cross,
    Flattened,
    Kronecker,
    Matrices,
)
from keronyx.converter.tensors import Sizes

ROW: Sequence[int] = (-1,)
COLUMN: Sequence[int] = (-1, 1)


@emit_layer.register
def contraction(layer: Contraction, graph: Graph, *inputs: Value) -> Value:
    """Einsum."""
    return _summed(layer, graph, inputs)


def _summed(layer: Contraction, graph: Graph, inputs: tuple[Value, ...]) -> Value:
    given = operands(layer, graph, inputs)
    equation = layer.equation(*(each.rank for each in given))
    return graph.op(
        "Einsum", *given, equation=_legal(equation.written), shape=shape_of(layer, *inputs)
    )


def _legal(equation: str) -> str:
    """Return an equation with letters alone: digits become those that are free."""
    free = iter(sorted({chr(ord("A") + place) for place in range(26)} - {*equation}))
    named = {digit: next(free) for digit in sorted({*equation}) if digit.isdigit()}
    return "".join(named.get(letter, letter) for letter in equation)


@emit_layer.register
def matrices(layer: Matrices, graph: Graph, *inputs: Value) -> Value:
    """MatMul where it is that, Mul of a single number, else Einsum."""
    x, y = given = operands(layer, graph, inputs)
    if 0 in (x.rank, y.rank):
        return graph.op("Mul", x, y, shape=shape_of(layer, *inputs))
    if layer.function == "matmul" or y.rank == 1 or (layer.function == "dot" and y.rank == 2):
        return graph.op("MatMul", *given, shape=shape_of(layer, *inputs))
    return _summed(layer, graph, inputs)


@emit_layer.register
def flattened(layer: Flattened, graph: Graph, *inputs: Value) -> Value:
    """A column times a row, or a row times a row."""
    x, y = operands(layer, graph, inputs)
    shape = shape_of(layer, *inputs)
    outer = layer.function == "outer"
    first = _in_line(graph, x, COLUMN if outer else ROW)
    return graph.op("Mul" if outer else "MatMul", first, _in_line(graph, y, ROW), shape=shape)


def _in_line(graph: Graph, x: Value, line: Sequence[int]) -> Value:
    shape = tuple(None if size < 0 else size for size in line)
    return graph.op("Reshape", x, graph.integers(line), shape=shape)


@emit_layer.register
def kronecker(layer: Kronecker, graph: Graph, *inputs: Value) -> Value:
    """Every axis of one in front of the same axis of the other, and the two made one."""
    given = operands(layer, graph, inputs)
    rank = max(each.rank for each in given)
    x, y = (unsqueeze(graph, each, range(rank - each.rank)) for each in given)
    first = unsqueeze(graph, x, range(1, 2 * rank, 2))
    second = unsqueeze(graph, y, range(0, 2 * rank, 2))
    spread = graph.op("Mul", first, second, shape=_interleaved(x.shape, y.shape))
    pair = (sizes(graph, x, 0, rank), sizes(graph, y, 0, rank))
    return graph.op("Reshape", spread, graph.op("Mul", *pair), shape=shape_of(layer, *inputs))


def _interleaved(first: Sizes, second: Sizes) -> Sizes:
    return tuple(size for pair in zip(first, second, strict=True) for size in pair)


@emit_layer.register
def cross(layer: Cross, graph: Graph, *inputs: Value) -> Value:
    """Each number of the result of two of each; what lies in a plane has no third."""
    given = operands(layer, graph, inputs)
    axes = layer.places(*(each.rank for each in given))
    first, second = (_taken(graph, *each) for each in zip(given, axes, strict=True))
    shape = shape_of(layer, *inputs)
    if first[2] is None and second[2] is None:
        return _turned(graph, first[:2], second[:2], shape)
    target = layer.target(len(shape))
    flat = (*shape[:target], *shape[target + 1 :])
    pairs = ((1, 2), (2, 0), (0, 1))
    turned = (_turned(graph, [first[i], first[j]], [second[i], second[j]], flat) for i, j in pairs)
    found = [unsqueeze(graph, each, [target]) for each in turned]
    return graph.op("Concat", *found, axis=target, shape=shape)


def _taken(graph: Graph, x: Value, axis: int) -> list[Value | None]:
    """Return the numbers of the vectors, each without their axis; None for a third they lack."""
    shape = (*x.shape[:axis], *x.shape[axis + 1 :])
    there = [
        graph.op("Gather", x, graph.constant(place, "int64"), axis=axis, shape=shape)
        for place in range(x.shape[axis] or 0)
    ]
    return [*there, None][:3]


def _turned(
    graph: Graph, a: Sequence[Value | None], b: Sequence[Value | None], shape: Sizes
) -> Value:
    """Return a[0] b[1] - a[1] b[0], None being 0."""
    ahead, back = _times(graph, a[0], b[1], shape), _times(graph, a[1], b[0], shape)
    if back is None:
        assert ahead is not None  # noqa: S101 - one of the two is in space
        return ahead
    return graph.op("Neg", back) if ahead is None else graph.op("Sub", ahead, back)


def _times(graph: Graph, a: Value | None, b: Value | None, shape: Sizes) -> Value | None:
    return None if a is None or b is None else graph.op("Mul", a, b, shape=shape)
