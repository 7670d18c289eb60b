"""Linear algebra, row by row: elimination with the largest number of a column, roots, halves."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from keronyx.converter.emit.base import emit_layer, shape_of
from keronyx.converter.emit.ops_base import operands
from keronyx.converter.emit.ops_joins import cut
from keronyx.converter.emit.ops_pointwise import sign
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import (
    END,
    reduce,
    sizes,
    squeeze,
    transpose,
    unsqueeze,
    where,
)
from keronyx.converter.layers.ops_matrices import Determinant, Inverse, Solution
from keronyx.converter.tensors import Sizes


class Elimination(NamedTuple):
    """What an elimination leaves: per column the row that was taken, as numbers and as truths."""

    pivots: list[Value]
    places: list[Value]
    chosen: list[Value]
    left: Value


def _eliminate(graph: Graph, x: Value, count: int, *, guarded: bool) -> Elimination:
    """Leave of the first columns a one in the row that is taken for each, and zeros.

    That is the one with the largest number there, of rows that were not taken before. ``guarded``
    divides by 1 where that is 0.
    """
    found = Elimination([], [], [], x)
    numbers = graph.constant(np.arange(count)[:, np.newaxis], "int64")
    used: Value | None = None
    for place in range(count):
        column = _part(graph, x, -1, place)
        size = graph.op("Abs", column)
        size = where(graph, used, -1.0, size) if used else size
        row = graph.op(
            "ArgMax", size, axis=x.rank - 2, keepdims=1, dtype="int64", shape=(*x.shape[:-2], 1, 1)
        )
        chosen = graph.op("Equal", row, numbers, shape=column.shape)
        taken = _row(graph, x, chosen)
        pivot = _part(graph, taken, -1, place)
        divisor = where(graph, graph.op("Equal", pivot, 0.0), 1.0, pivot) if guarded else pivot
        scaled = graph.op("Div", taken, divisor)
        rest = graph.op("Sub", x, graph.op("Mul", column, scaled, shape=x.shape))
        x = graph.op("Where", chosen, scaled, rest, dtype=x.dtype, shape=x.shape)
        used = graph.op("Or", used, chosen) if used else chosen
        for each, value in zip(found[:3], (pivot, row, chosen), strict=True):
            each.append(value)
    return found._replace(left=x)


def _part(graph: Graph, x: Value, axis: int, place: int) -> Value:
    """Return one place of one of the last two axes, which stays."""
    at = x.rank + axis
    shape = (*x.shape[:at], 1, *x.shape[at + 1 :])
    return cut(graph, x, at, slice(place, place + 1), shape)


def _row(graph: Graph, x: Value, chosen: Value) -> Value:
    """Return the row for which the truth is one."""
    alone = where(graph, chosen, x, 0.0)
    return reduce(graph, "ReduceSum", alone, [x.rank - 2])


def _solved(graph: Graph, x: Value, wanted: Value) -> Value:
    """Return what x makes ``wanted`` of: eliminate in both, and put the rows in order."""
    count = x.shape[-1] or 0
    width = None if wanted.shape[-1] is None else count + wanted.shape[-1]
    last = x.rank - 1
    both = graph.op("Concat", x, wanted, axis=last, shape=(*x.shape[:-1], width))
    found = _eliminate(graph, both, count, guarded=False)
    behind = cut(graph, found.left, last, slice(count, END), wanted.shape)
    rows = [_row(graph, behind, chosen) for chosen in found.chosen]
    return graph.op("Concat", *rows, axis=last - 1, shape=wanted.shape)


def _ones(graph: Graph, x: Value) -> Value:
    """Return as many matrices with ones on the diagonal."""
    one = graph.constant(np.eye(x.shape[-1] or 0), x.dtype)
    return graph.op("Expand", one, sizes(graph, x, 0, x.rank), shape=x.shape)


def _turned(graph: Graph, x: Value) -> Value:
    axes = [*range(x.rank)]
    return transpose(graph, x, [*axes[:-2], axes[-1], axes[-2]])


def _root(graph: Graph, x: Value) -> Value:
    """Return the lower half: column by column, each by the root of its first number."""
    columns: list[Value] = []
    count = x.shape[-1] or 0
    for place in range(count):
        column = _part(graph, x, -1, place)
        first = graph.op("Sqrt", _part(graph, column, -2, place))
        below = graph.constant(np.arange(count)[:, np.newaxis] >= place, "bool")
        scaled = where(graph, below, graph.op("Div", column, first), 0.0)
        product = graph.op("MatMul", scaled, _turned(graph, scaled), shape=x.shape)
        x = graph.op("Sub", x, product)
        columns.append(scaled)
    return graph.op("Concat", *columns, axis=x.rank - 1, shape=x.shape)


def _of_half(graph: Graph, x: Value, wanted: Value, *, lower: bool) -> Value:
    """Return what half of x makes ``wanted`` of: row by row, each being taken from those left."""
    rows: dict[int, Value] = {}
    count = x.shape[-1] or 0
    for place in range(count) if lower else reversed(range(count)):
        column = _part(graph, x, -1, place)
        own = _part(graph, column, -2, place)
        rows[place] = graph.op("Div", _part(graph, wanted, -2, place), own)
        wanted = graph.op("Sub", wanted, graph.op("Mul", column, rows[place], shape=wanted.shape))
    inorder = [rows[place] for place in range(count)]
    return graph.op("Concat", *inorder, axis=x.rank - 2, shape=wanted.shape)


@emit_layer.register
def determinant(layer: Determinant, graph: Graph, *inputs: Value) -> Value | tuple[Value, ...]:
    """The product of what was taken in each column, less if the rows were in another order."""
    (x,) = operands(layer, graph, inputs)
    shape = shape_of(layer, *inputs)
    if layer.function == "logdet":
        return _log_of_positive(graph, x, shape)
    found = _eliminate(graph, x, layer.size(x.shape), guarded=True)
    pivots = _flat(graph, found.pivots, shape)
    parity = _parity(graph, found.places, shape, x.dtype)
    if layer.function == "det":
        product = _over_last(graph, "ReduceProd", pivots)
        return graph.op("Mul", product, parity)
    signs = _over_last(graph, "ReduceProd", sign(graph, pivots.shape, pivots))
    size = _over_last(graph, "ReduceSum", graph.op("Log", graph.op("Abs", pivots)))
    return graph.op("Mul", signs, parity), size


def _log_of_positive(graph: Graph, x: Value, shape: Sizes) -> Value:
    root = _root(graph, x)
    diagonal = [_part(graph, _part(graph, root, -1, at), -2, at) for at in range(x.shape[-1] or 0)]
    logs = graph.op("Log", _flat(graph, diagonal, shape))
    return graph.op("Mul", _over_last(graph, "ReduceSum", logs), 2.0)


def _flat(graph: Graph, values: Sequence[Value], shape: Sizes) -> Value:
    """Put what stands in matrices of one number behind each other."""
    last = len(shape) + 1
    row = graph.op("Concat", *values, axis=last, shape=(*shape, 1, len(values)))
    return squeeze(graph, row, last - 1)


def _over_last(graph: Graph, op_type: str, x: Value) -> Value:
    return reduce(graph, op_type, x, [x.rank - 1], keepdims=False)


def _parity(graph: Graph, places: Sequence[Value], shape: Sizes, dtype: str) -> Value:
    """Return -1 where the order of the rows is an odd number of exchanges, else 1."""
    first, second = np.triu_indices(len(places), 1)
    if not first.size:
        return graph.constant(1, dtype)
    row = _flat(graph, places, shape)
    pairs = (*shape, first.size)
    ahead, behind = (
        graph.op("Gather", row, graph.constant(each, "int64"), axis=len(shape), shape=pairs)
        for each in (first, second)
    )
    turned = graph.op("Less", behind, ahead)
    signs = graph.op(
        "Where",
        turned,
        graph.constant(-1, dtype),
        graph.constant(1, dtype),
        dtype=dtype,
        shape=pairs,
    )
    return _over_last(graph, "ReduceProd", signs)


@emit_layer.register
def inverse(layer: Inverse, graph: Graph, *inputs: Value) -> Value:
    """What the matrix makes ones on the diagonal of; the root; what the root does twice."""
    (x,) = operands(layer, graph, inputs)
    if layer.function == "inv":
        return _solved(graph, x, _ones(graph, x))
    if layer.function == "cholesky":
        root = _root(graph, x)
        return _turned(graph, root) if layer.upper else root
    half = _of_half(graph, x, _ones(graph, x), lower=not layer.upper)
    pair = (half, _turned(graph, half)) if layer.upper else (_turned(graph, half), half)
    return graph.op("MatMul", *pair, shape=x.shape)


@emit_layer.register
def solution(layer: Solution, graph: Graph, *inputs: Value) -> Value:
    """By elimination, or by the half that is given."""
    x, wanted = operands(layer, graph, inputs)
    is_vector = wanted.rank < x.rank
    columns = unsqueeze(graph, wanted, [wanted.rank]) if is_vector else wanted
    if layer.function == "solve":
        found = _solved(graph, x, columns)
    else:
        found = _of_half(graph, x, columns, lower=layer.lower)
    return squeeze(graph, found, wanted.rank) if is_vector else found
