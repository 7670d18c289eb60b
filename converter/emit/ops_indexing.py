"""Numbers taken by their places, and places told: Gather, GatherElements, ArgMax, TopK."""

from collections.abc import Sequence

import numpy as np

from keronyx.converter.emit.base import emit_layer, emit_one, inner, shape_of
from keronyx.converter.emit.ops_base import in_types, moved, operands
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import (
    END,
    cast,
    reduce,
    sizes,
    transpose,
    unsqueeze,
    where,
)
from keronyx.converter.layers.ops_indexing import (
    Diagonal,
    DiagonalMatrix,
    Encoded,
    Extreme,
    Searched,
    Sorted,
    Taken,
    Triangle,
    Window,
)
from keronyx.converter.tensors import Sizes


@emit_layer.register
def taken(layer: Taken, graph: Graph, *inputs: Value) -> Value:
    """Gather, or GatherElements of what broadcasts."""
    shape = shape_of(layer, *inputs)
    dtype = inner(layer.computes_in(*(value.dtype for value in inputs)))
    x, places = in_types(layer, graph, inputs, dtype, "int64")
    x = in_a_row(graph, x) if layer.flat else x
    axis = layer.place(x.rank)
    if layer.function == "take":
        return graph.op("Gather", x, places, axis=axis, shape=shape)
    wide, spread = _as_wide(graph, x, places, axis), _as_wide(graph, places, x, axis)
    return graph.op("GatherElements", wide, spread, axis=axis, shape=shape)


def _as_wide(graph: Graph, x: Value, other: Value, axis: int) -> Value:
    """Repeat x along axes of size 1 as far as the other one goes, but for one axis."""
    pairs = [pair for at, pair in enumerate(zip(x.shape, other.shape, strict=True)) if at != axis]
    if all(mine == its and mine is not None for mine, its in pairs):
        return x
    front, behind = sizes(graph, other, 0, axis), sizes(graph, other, axis + 1, other.rank)
    wanted = graph.op("Concat", front, graph.integers([1]), behind, axis=0, shape=(x.rank,))
    return graph.op("Expand", x, wanted, shape=(None,) * x.rank)


def in_a_row(graph: Graph, x: Value) -> Value:
    """Put all numbers in one axis."""
    known = [size for size in x.shape if size is not None]
    count = int(np.prod(known, dtype=np.int64)) if len(known) == x.rank else None
    return graph.op("Reshape", x, graph.integers([-1]), shape=(count,))


@emit_layer.register
def encoded(layer: Encoded, graph: Graph, *inputs: Value) -> Value:
    """Whether each class is the number; OneHot counts -1 as the last one."""
    (x,) = operands(layer, graph, inputs)
    place = layer.place(x.rank)
    column = unsqueeze(graph, cast(graph, x, "int64"), [place])
    order = [1] * column.rank
    order[place] = layer.num_classes
    classes = graph.constant(np.arange(layer.num_classes).reshape(order), "int64")
    hot = (*x.shape[:place], layer.num_classes, *x.shape[place:])
    found = graph.op("Equal", column, classes, shape=hot)
    if layer.function == "one_hot":
        return cast(graph, found, inner(layer.gives))
    gone = [layer.joined(x.rank)]
    return reduce(graph, "ReduceMax", cast(graph, found, "int32"), gone, keepdims=False)


@emit_layer.register
def place_of_extreme(layer: Extreme, graph: Graph, *inputs: Value) -> Value:
    """ArgMax or ArgMin, of all numbers in a row where there is no axis."""
    (x,) = operands(layer, graph, inputs)
    x = cast(graph, x, "int32") if x.dtype == "bool" else _ordered(layer, graph, x)
    shape = shape_of(layer, *inputs)
    op_type = "ArgMax" if layer.function == "argmax" else "ArgMin"
    if layer.axis is not None:
        axis, kept = layer.axis_of(layer.axis, x.rank), int(layer.keepdims)
        return graph.op(op_type, x, axis=axis, keepdims=kept, dtype="int64", shape=shape)
    row = in_a_row(graph, x)
    found = graph.op(op_type, row, axis=0, keepdims=0, dtype="int64", shape=())
    return graph.op("Reshape", found, graph.integers([1] * len(shape)), shape=shape)


def _ordered(layer: Extreme, graph: Graph, x: Value) -> Value:
    """Return the least number below 0 in the place of -0.0, which is less than 0.0 to Keras."""
    if not x.is_float or not layer.ordered_zeros:
        return x
    negative = graph.op("Equal", graph.op("Reciprocal", x), float("-inf"))
    return where(graph, negative, -float(np.finfo(np.float32).tiny), x)


@emit_layer.register
def in_order(layer: Sorted, graph: Graph, *inputs: Value) -> Value:
    """TopK of all, the least first, and of equal ones the first."""
    (x,) = operands(layer, graph, inputs)
    x = cast(graph, x, "int32") if x.dtype == "bool" else x
    x = in_a_row(graph, x) if layer.axis is None else x
    axis = layer.axis_of(-1 if layer.axis is None else layer.axis, x.rank)
    values, places = graph.ops(
        "TopK", 2, x, sizes(graph, x, axis, axis + 1), shape=x.shape, axis=axis, largest=0
    )
    graph.know(known := Value(places.name, "int64", x.shape))
    return values if layer.function == "sort" else known


@emit_layer.register
def searched(layer: Searched, graph: Graph, *inputs: Value) -> Value:
    """Each value against all limits, and how many are below."""
    given = operands(layer, graph, inputs)
    values, limits = given if layer.function == "digitize" else given[::-1]
    if layer.function == "digitize":
        values, limits = (_floating(graph, each) for each in (values, limits))
    left = layer.side == "left" and layer.function != "digitize"
    column = unsqueeze(graph, values, [values.rank])
    op_type = "Less" if left else "LessOrEqual"
    below = graph.op(op_type, limits, column, shape=(*values.shape, limits.shape[0]))
    count = cast(graph, below, "int32")
    return reduce(graph, "ReduceSum", count, [values.rank], keepdims=False)


def _floating(graph: Graph, x: Value) -> Value:
    return x if x.is_float else cast(graph, x, "float32")


@emit_layer.register
def triangle(layer: Triangle, graph: Graph, *inputs: Value) -> Value:
    """The numbers where a column is left, or right, of the diagonal in its row."""
    (x,) = operands(layer, graph, inputs)
    rows, columns = (_counted(graph, x, axis) for axis in (x.rank - 2, x.rank - 1))
    diagonal = graph.op("Add", unsqueeze(graph, rows, [1]), layer.k)
    sides = (columns, diagonal) if layer.function == "tril" else (diagonal, columns)
    inside = graph.op("LessOrEqual", *sides, shape=x.shape[-2:])
    nothing = graph.constant(0, x.dtype)
    return graph.op("Where", inside, x, nothing, dtype=x.dtype, shape=x.shape)


def _counted(graph: Graph, x: Value, axis: int) -> Value:
    """Return the places of an axis."""
    size = x.shape[axis]
    if size is not None:
        return graph.integers(range(size))
    end = graph.op("Squeeze", sizes(graph, x, axis, axis + 1), graph.integers([0]), shape=())
    zero, step = (graph.constant(each, "int64") for each in (0, 1))
    return graph.op("Range", zero, end, step, shape=(None,), dtype="int64")


@emit_layer.register
def diagonal(layer: Diagonal, graph: Graph, *inputs: Value) -> Value:
    """GatherND of the two axes, which are put in front."""
    (x,) = moved(layer, graph, inputs)
    plane = layer.plane(x.rank)
    others = [axis for axis in range(x.rank) if axis not in plane]
    front = transpose(graph, x, [*plane, *others])
    count = layer.count(*front.shape[:2])
    rows = np.arange(count) + max(0, -layer.offset)
    places = graph.constant(np.stack([rows, rows + layer.offset], axis=1), "int64")
    found = graph.op("GatherND", front, places, shape=(count, *front.shape[2:]))
    return transpose(graph, found, [*range(1, found.rank), 0])


@emit_layer.register
def diagonal_matrix(layer: DiagonalMatrix, graph: Graph, *inputs: Value) -> Value:
    """The numbers as a column, zeros around, where the matrix has its diagonal."""
    (x,) = operands(layer, graph, inputs)
    if layer.takes_matrix(x.rank):
        return emit_one(layer.diagonal, graph, x)
    shape = shape_of(layer, *inputs)
    row = in_a_row(graph, x)
    borders = graph.integers([max(0, -layer.k), max(0, layer.k)])
    column = unsqueeze(graph, _padded(graph, row, borders, shape[:1]), [1])
    mask = graph.constant(np.eye(shape[0] or 0, k=layer.k, dtype=bool), "bool")
    nothing = graph.constant(0, x.dtype)
    return graph.op("Where", mask, column, nothing, dtype=x.dtype, shape=shape)


def _padded(graph: Graph, x: Value, borders: Value, shape: Sizes) -> Value:
    return graph.op("Pad", x, borders, shape=shape)


@emit_layer.register
def window(layer: Window, graph: Graph, *inputs: Value) -> Value:
    """Slice from places that are known when it runs."""
    shape = shape_of(layer, *inputs)
    dtype = inner(layer.computes_in(*(value.dtype for value in inputs)))
    x, *starts = in_types(layer, graph, inputs, dtype, "int64")
    first = _vector(graph, starts)
    length = graph.integers([END // 2 if size == -1 else size for size in layer.shape])
    last = graph.op("Add", first, length)
    return graph.op("Slice", x, first, last, shape=shape)


def _vector(graph: Graph, numbers: Sequence[Value]) -> Value:
    if len(numbers) == 1 and numbers[0].rank == 1:
        return numbers[0]
    apart = [unsqueeze(graph, each, [0]) for each in numbers]
    return graph.op("Concat", *apart, axis=0, shape=(len(apart),))
