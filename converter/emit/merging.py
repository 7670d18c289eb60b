"""Layers that combine several inputs."""

from collections.abc import Mapping
from functools import reduce as chained
from typing import Final

from keronyx.converter.emit.base import emit_layer, shape_of
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import (
    reduce,
    squeeze,
    transpose,
    unit,
    unsqueeze,
    where,
    widen,
)
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.merging import (
    Add,
    Average,
    Concatenate,
    CosineMerge,
    Dot,
    Maximum,
    Merging,
    Minimum,
    Multiply,
    Subtract,
)
from keronyx.converter.several import without

BOUND = 1e-7


def _merged(layer: Merging, graph: Graph, inputs: tuple[Value, ...], op_type: str) -> Value:
    """Chain a binary operator over the inputs, new axes of size 1 behind the batch."""
    rank = max(x.rank for x in inputs)
    aligned = [unsqueeze(graph, widen(graph, x), range(1, rank - x.rank + 1)) for x in inputs]
    return chained(lambda x, y: graph.op(op_type, x, y, shape=shape_of(layer, x, y)), aligned)


OPERATORS: Final[Mapping[type[Layer], str]] = {
    Add: "Add",
    Subtract: "Sub",
    Multiply: "Mul",
    Maximum: "Max",
    Minimum: "Min",
}


@emit_layer.register
def merged(layer: Add | Subtract, graph: Graph, *inputs: Value) -> Value:
    """One operator after the other, as Keras does it."""
    return _merged(layer, graph, inputs, OPERATORS[type(layer)])


@emit_layer.register
def multiply(layer: Multiply, graph: Graph, *inputs: Value, mask: tuple[Value, ...] = ()) -> Value:
    """Mul; with masks of ones where they leave out, and of zeros where all do."""
    if not mask:
        return _merged(layer, graph, inputs, "Mul")
    masks = [unsqueeze(graph, each, [-1]) for each in mask]
    given = [where(graph, each, x, 1) for each, x in zip(masks, inputs, strict=True)]
    product = _merged(layer, graph, tuple(given), "Mul")
    return where(graph, _either(graph, masks, product.rank), product, 0)


@emit_layer.register
def extremes(
    layer: Maximum | Minimum, graph: Graph, *inputs: Value, mask: tuple[Value, ...] = ()
) -> Value:
    """Max or Min; with masks, of each with what came before where one of both is left out."""
    op_type = OPERATORS[type(layer)]
    if not mask:
        return _merged(layer, graph, inputs, op_type)
    masks = [unsqueeze(graph, each, [-1]) for each in mask]
    found, counts = inputs[0], masks[0]
    for x, here in zip(inputs[1:], masks[1:], strict=True):
        other = _chosen(layer, graph, here, x, found)
        found = _merged(layer, graph, (_chosen(layer, graph, counts, found, other), other), op_type)
        counts = _either(graph, [counts, here], found.rank)
    return found


def _chosen(layer: Merging, graph: Graph, condition: Value, a: Value, b: Value) -> Value:
    """Choose a where the condition holds, else b; both broadcast."""
    return graph.op("Where", condition, a, b, dtype=a.dtype, shape=shape_of(layer, a, b))


def _either(graph: Graph, masks: list[Value], rank: int) -> Value:
    """Tell where one of the masks lets count."""
    shape = (None,) * rank
    return chained(lambda a, b: graph.op("Or", a, b, shape=shape), masks)


@emit_layer.register
def average(layer: Average, graph: Graph, *inputs: Value) -> Value:
    """The sum over the number of inputs."""
    total = _merged(layer, graph, inputs, "Add")
    return graph.op("Div", total, float(len(inputs))) if len(inputs) > 1 else total


@emit_layer.register
def concatenate(layer: Concatenate, graph: Graph, *inputs: Value) -> Value:
    """Concat; nothing for a single input."""
    if len(inputs) == 1:
        return inputs[0]
    shape = shape_of(layer, *inputs)
    return graph.op("Concat", *inputs, axis=layer.axis, shape=shape)


@emit_layer.register
def dot(layer: Dot, graph: Graph, x: Value, y: Value) -> Value:
    """The products summed over one axis of each, of unit length there if so asked."""
    a, b = _axes(layer, x, y)
    if layer.normalize:
        x, y = unit(graph, x, [a], layer.minimum_norm), unit(graph, y, [b], layer.minimum_norm)
    return _summed(graph, x, y, a, b)


def _axes(layer: Dot | CosineMerge, x: Value, y: Value) -> tuple[int, int]:
    a, b = layer.axes if isinstance(layer.axes, tuple) else (layer.axes, layer.axes)
    return a % x.rank, b % y.rank


def _summed(graph: Graph, x: Value, y: Value, a: int, b: int) -> Value:
    """Sum x * y over axis a of x and b of y; the other axes of y come after those of x.

    Not with Einsum: onnxruntime's divides by zero, and dies of it, when the batch is empty.
    """
    if x.rank == y.rank == 2:
        return reduce(graph, "ReduceSum", graph.op("Mul", x, y), [1])
    left, a = (x, a) if x.rank > 2 else (unsqueeze(graph, x, [1]), 2)
    right = y if y.rank > 2 else unsqueeze(graph, y, [2])
    product = _matrix_product(graph, left, right, a, b)
    if x.rank == 2:
        return squeeze(graph, product, 1)
    return squeeze(graph, product, product.rank - 1) if y.rank == 2 else product


def _matrix_product(graph: Graph, x: Value, y: Value, a: int, b: int) -> Value:
    """Multiply the last axes as matrices, all others broadcast, then put the axes in order."""
    rows = without(range(1, x.rank), [a])
    columns = without(range(1, y.rank), [b])
    p, q = len(rows) - 1, len(columns) - 1
    left = unsqueeze(graph, transpose(graph, x, (0, *rows, a)), range(1 + p, 1 + p + q))
    order = (0, *columns[:-1], b, columns[-1])
    right = unsqueeze(graph, transpose(graph, y, order), range(1, 1 + p))
    shape = (x.shape[0], *left.shape[1 : 1 + p], *right.shape[1 + p : 1 + p + q])
    shape = (*shape, left.shape[-2], right.shape[-1])
    product = graph.op("MatMul", left, right, shape=shape)
    row = 1 + p + q
    return transpose(graph, product, (*range(1 + p), row, *range(1 + p, row), row + 1))


@emit_layer.register
def cosine_merge(layer: CosineMerge, graph: Graph, x: Value, y: Value) -> Value:
    """The sum of products over the root of the product of either input's with itself."""
    a, b = _axes(layer, x, y)
    squares = graph.op("Mul", _summed(graph, x, x, a, b), _summed(graph, y, y, a, b))
    length = graph.op("Sqrt", squares)
    if layer.bounded:
        length = graph.op("Max", length, BOUND)
    return unsqueeze(graph, graph.op("Div", _summed(graph, x, y, a, b), length), [1])
