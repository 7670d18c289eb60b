"""Numbers in order along axes, by TopK of all; and functions of those that are not NaN."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np

from keronyx.converter.emit.base import emit_layer, shape_of
from keronyx.converter.emit.ops_base import lane
from keronyx.converter.emit.ops_base import operands as met
from keronyx.converter.emit.ops_choices import largest
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import (
    cast,
    reduce,
    sizes,
    squeeze,
    transpose,
    unsqueeze,
    where,
)
from keronyx.converter.layers.operands import Constant
from keronyx.converter.layers.ops_quantiles import Present, Quantiles
from keronyx.converter.layers.promotion import hardened

INFINITE: Final = float("inf")
NOT: Final = float("nan")


@emit_layer.register
def quantiles(layer: Quantiles, graph: Graph, *inputs: Value) -> Value:
    """Put the axes behind all others, sort them, and gather what stands at the places."""
    dtype = lane(layer.computes_in(*(value.dtype for value in inputs)))
    given = layer.filled(inputs, lambda constant: _shares(layer, graph, constant))
    x, places = cast(graph, given[0], dtype), _places(layer, graph, given[1:])
    rows = _rows(graph, x, layer.places(x.rank))
    several = bool(places.rank)
    found = _looked_up(layer, graph, rows, places if several else unsqueeze(graph, places, [0]))
    ahead = [found.rank - 1, *range(found.rank - 1)]
    found = transpose(graph, found, ahead) if several else squeeze(graph, found, found.rank - 1)
    if not layer.keepdims:
        return found
    return unsqueeze(graph, found, [several + axis for axis in layer.places(x.rank)])


def _shares(layer: Quantiles, graph: Graph, constant: Constant) -> Value:
    """Return shares as Keras has them, rounded to float32 if it does that."""
    narrow = layer.over_nan or layer.of_hundred
    dtype = "float32" if narrow else hardened(constant.dtype)
    return graph.constant(constant.array.astype(dtype), dtype)


def _places(layer: Quantiles, graph: Graph, given: Sequence[Value]) -> Value:
    if not given:
        return graph.constant(0.5, "float64")
    (shares,) = given
    if layer.of_hundred:
        shares = graph.op("Div", cast(graph, shares, "float32"), 100.0)
    narrow = cast(graph, shares, "float32") if layer.over_nan else shares
    return cast(graph, narrow, "float64")


def _rows(graph: Graph, x: Value, axes: Sequence[int]) -> Value:
    """Return the numbers along the axes as the last one."""
    others = [axis for axis in range(x.rank) if axis not in axes]
    behind = transpose(graph, x, [*others, *axes])
    known = [x.shape[axis] for axis in axes]
    whole = [size for size in known if size is not None]
    count = int(np.prod(whole, dtype=np.int64)) if len(whole) == len(known) else None
    shape = (*(x.shape[axis] for axis in others), count)
    return graph.op("Reshape", behind, graph.integers([*[0] * len(others), -1]), shape=shape)


def _looked_up(layer: Quantiles, graph: Graph, rows: Value, places: Value) -> Value:
    """Return what stands at shares of every row: as many on its last axis."""
    last = rows.rank - 1
    odd = graph.op("IsNaN", rows)
    count = sizes(graph, rows, last, last + 1)
    ordered, _ = largest(graph, where(graph, odd, INFINITE, rows), count, rows.shape, smallest=True)
    missing = reduce(graph, "ReduceSum", cast(graph, odd, "int64"), [last])
    taken = missing if layer.over_nan else graph.op("Sub", missing, missing)
    there = graph.op("Sub", count, taken, shape=missing.shape)
    top = graph.op("Max", cast(graph, graph.op("Sub", there, 1), "float64"), 0.0)
    shape = (*rows.shape[:-1], places.shape[0])
    at = Row(graph, ordered, top, graph.op("Mul", top, places, shape=shape))
    found = BETWEEN[layer.method](at)
    empty = graph.op("Less", there, 1) if layer.over_nan else graph.op("Greater", missing, 0)
    nothing = graph.constant(NOT, found.dtype)
    return graph.op("Where", empty, nothing, found, dtype=found.dtype, shape=shape)


class Row:
    """Rows of numbers in order, the last place of each, and the places that are looked for."""

    def __init__(self, graph: Graph, numbers: Value, last: Value, place: Value) -> None:
        self.graph, self.numbers, self.last, self.place = graph, numbers, last, place

    def at(self, place: Value) -> Value:
        """Return the numbers at whole places."""
        low = self.graph.op("Max", place, 0.0)
        kept = self.graph.op("Min", low, self.last, shape=place.shape)
        whole = cast(self.graph, kept, "int64")
        axis = self.numbers.rank - 1
        return self.graph.op("GatherElements", self.numbers, whole, axis=axis, shape=place.shape)

    def rounded(self, op_type: str) -> Value:
        """Return the numbers at the places, rounded by an operator."""
        return self.at(self.graph.op(op_type, self.place))


def _linear(row: Row) -> Value:
    """Between the place above and the one below it, as far as the share lies."""
    graph = row.graph
    below = graph.op("Max", graph.op("Sub", graph.op("Ceil", row.place), 1.0), 0.0)
    above = graph.op("Min", graph.op("Add", below, 1.0), row.last, shape=row.place.shape)
    share = cast(graph, graph.op("Sub", above, row.place), row.numbers.dtype)
    upper = graph.op("Mul", row.at(above), graph.op("Sub", 1.0, share))
    return graph.op("Add", upper, graph.op("Mul", row.at(below), share))


def _midpoint(row: Row) -> Value:
    both = row.graph.op("Add", row.rounded("Floor"), row.rounded("Ceil"))
    return row.graph.op("Mul", both, 0.5)


BETWEEN: Final[Mapping[str, Callable[[Row], Value]]] = {
    "higher": lambda row: row.rounded("Ceil"),
    "linear": _linear,
    "lower": lambda row: row.rounded("Floor"),
    "midpoint": _midpoint,
    "nearest": lambda row: row.rounded("Round"),
}

Function: TypeAlias = Callable[["Numbers"], Value]


class Numbers:
    """Numbers of which some are NaN, and the axes over which a function goes."""

    def __init__(self, graph: Graph, x: Value, axes: Sequence[int], *, keepdims: bool) -> None:
        self.graph, self.x, self.axes, self.keepdims = graph, x, axes, keepdims
        self.odd = graph.op("IsNaN", x)

    def instead(self, number: float) -> Value:
        """Return the numbers with another in the place of NaN."""
        return where(self.graph, self.odd, number, self.x)

    def over(self, op_type: str, numbers: Value, *, keepdims: bool | None = None) -> Value:
        """Reduce numbers over the axes."""
        kept = self.keepdims if keepdims is None else keepdims
        return reduce(self.graph, op_type, numbers, self.axes, keepdims=kept)

    def count(self, *, keepdims: bool | None = None) -> Value:
        """Return how many are no NaN."""
        there = cast(self.graph, self.graph.op("Not", self.odd), self.x.dtype)
        return self.over("ReduceSum", there, keepdims=keepdims)

    def mean(self, numbers: Value, *, keepdims: bool | None = None) -> Value:
        """Return the sum of numbers by how many are no NaN."""
        total = self.over("ReduceSum", numbers, keepdims=keepdims)
        return self.graph.op("Div", total, self.count(keepdims=keepdims))

    def unless_empty(self, found: Value, nothing: float) -> Value:
        """Put a number where all are NaN."""
        empty = self.graph.op("Equal", self.count(), 0.0)
        return where(self.graph, empty, nothing, found)


@emit_layer.register
def present(layer: Present, graph: Graph, *inputs: Value) -> Value:
    """With other numbers in the place of NaN."""
    (x,) = met(layer, graph, inputs)
    numbers = Numbers(graph, x, layer.places(x.rank), keepdims=layer.keepdims)
    if layer.function in {"nanargmax", "nanargmin"}:
        return numbers.unless_empty(_place(layer, numbers, shape_of(layer, *inputs)), -1)
    return PRESENT[layer.function](numbers)


def _place(layer: Present, numbers: Numbers, shape: tuple[int | None, ...]) -> Value:
    """ArgMax or ArgMin, of all numbers in a row where there is no axis."""
    graph, most = numbers.graph, layer.function == "nanargmax"
    x = numbers.instead(-INFINITE if most else INFINITE)
    if layer.axis is None:
        x = graph.op("Reshape", x, graph.integers([-1]), shape=(None,))
    axis = 0 if layer.axis is None else numbers.axes[0]
    kept = int(layer.keepdims and layer.axis is not None)
    found = graph.op(
        "ArgMax" if most else "ArgMin",
        x,
        axis=axis,
        keepdims=kept,
        dtype="int64",
        shape=() if layer.axis is None else shape,
    )
    ones = len(shape) - found.rank
    return unsqueeze(graph, found, range(ones))


def _variance(numbers: Numbers) -> Value:
    middle = numbers.mean(numbers.instead(0.0), keepdims=True)
    apart = numbers.graph.op("Sub", numbers.x, middle)
    there = where(numbers.graph, numbers.odd, 0.0, apart)
    return numbers.mean(numbers.graph.op("Mul", there, there))


def _extreme(op_type: str, far: float) -> Function:
    def emit(numbers: Numbers) -> Value:
        return numbers.unless_empty(numbers.over(op_type, numbers.instead(far)), NOT)

    return emit


PRESENT: Final[Mapping[str, Function]] = {
    "nanmax": _extreme("ReduceMax", -INFINITE),
    "nanmean": lambda numbers: numbers.mean(numbers.instead(0.0)),
    "nanmin": _extreme("ReduceMin", INFINITE),
    "nanprod": lambda numbers: numbers.over("ReduceProd", numbers.instead(1.0)),
    "nanstd": lambda numbers: numbers.graph.op("Sqrt", _variance(numbers)),
    "nansum": lambda numbers: numbers.over("ReduceSum", numbers.instead(0.0)),
    "nanvar": _variance,
}
