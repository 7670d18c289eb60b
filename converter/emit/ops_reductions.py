"""One number of those along axes, of integers as Keras's: they wrap around."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from keronyx.converter.emit.base import emit_layer
from keronyx.converter.emit.ops_base import operands
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import cast, extreme, reduce
from keronyx.converter.layers.ops_reductions import Reduction

Reduce: TypeAlias = Callable[[Reduction, Graph, Value, Sequence[int]], Value]

HALF: Final = 2**32
"""How many integers 32 bits hold."""


@emit_layer.register
def reduction(layer: Reduction, graph: Graph, *inputs: Value) -> Value:
    """The operators of the function; of no axes, what it makes of single numbers."""
    (x,) = operands(layer, graph, inputs)
    return REDUCED[layer.function](layer, graph, x, layer.places(x.rank))


def _reduced(op_type: str) -> Reduce:
    return lambda layer, graph, x, axes: reduce(graph, op_type, x, axes, keepdims=layer.keepdims)


def _sum(layer: Reduction, graph: Graph, x: Value, axes: Sequence[int]) -> Value:
    """ReduceSum keeps to the largest integer, so they are summed in more bits, or in halves."""
    add = _reduced("ReduceSum")
    if x.is_float:
        return add(layer, graph, x, axes)
    if x.dtype == "int32":
        return cast(graph, add(layer, graph, cast(graph, x, "int64"), axes), "int32")
    low = graph.op("Mod", x, HALF)
    high = graph.op("Div", graph.op("Sub", x, low), HALF)
    upper, lower = (add(layer, graph, each, axes) for each in (high, low))
    return graph.op("Add", graph.op("Mul", upper, HALF), lower)


def _prod(layer: Reduction, graph: Graph, x: Value, axes: Sequence[int]) -> Value:
    """ReduceProd keeps to the largest integer, so they are multiplied one after the other."""
    if x.is_float:
        return _reduced("ReduceProd")(layer, graph, x, axes)
    if any(x.shape[axis] is None for axis in axes):
        raise layer.refuse(f"prod of {x.dtype} numbers over an axis whose size varies")
    for axis in axes:
        x = _product(graph, x, axis)
    gone = [] if layer.keepdims else axes
    shape = tuple(size for axis, size in enumerate(x.shape) if axis not in gone)
    return graph.op("Squeeze", x, graph.integers(gone), shape=shape) if gone else x


def _product(graph: Graph, x: Value, axis: int) -> Value:
    """Multiply all places of an axis, which is left with size 1."""
    shape = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
    places = [
        graph.op("Gather", x, graph.integers([place]), axis=axis, shape=shape)
        for place in range(x.shape[axis] or 0)
    ]
    found = places[0]
    for place in places[1:]:
        found = graph.op("Mul", found, place)
    return found


def _extreme(op_type: str) -> Reduce:
    """Return ReduceMax or ReduceMin, through which NaN passes; of booleans, of zeros and ones."""

    def emit(layer: Reduction, graph: Graph, x: Value, axes: Sequence[int]) -> Value:
        numbers = cast(graph, x, "int32") if x.dtype == "bool" else x
        function = extreme if x.is_float else reduce
        found = function(graph, op_type, numbers, axes, keepdims=layer.keepdims)
        if layer.initial is not None:
            found = graph.op(op_type.removeprefix("Reduce"), found, layer.initial)
        return cast(graph, found, x.dtype)

    return emit


def _ptp(layer: Reduction, graph: Graph, x: Value, axes: Sequence[int]) -> Value:
    most, least = (_extreme(each)(layer, graph, x, axes) for each in ("ReduceMax", "ReduceMin"))
    return graph.op("Sub", most, least)


def _count(layer: Reduction, graph: Graph, x: Value, axes: Sequence[int]) -> Value:
    return _reduced("ReduceSum")(layer, graph, cast(graph, x, "int32"), axes)


def _var(layer: Reduction, graph: Graph, x: Value, axes: Sequence[int]) -> Value:
    """The mean of the squared distances to the mean."""
    apart = graph.op("Sub", x, reduce(graph, "ReduceMean", x, axes))
    return _reduced("ReduceMean")(layer, graph, graph.op("Mul", apart, apart), axes)


def _std(layer: Reduction, graph: Graph, x: Value, axes: Sequence[int]) -> Value:
    return graph.op("Sqrt", _var(layer, graph, x, axes))


def _mean(layer: Reduction, graph: Graph, x: Value, axes: Sequence[int]) -> Value:
    """ReduceMean; of integers the sum, which wraps around, by how many there are."""
    if x.is_float:
        return _reduced("ReduceMean")(layer, graph, x, axes)
    sizes = [x.shape[axis] for axis in axes]
    if None in sizes:
        raise layer.refuse(f"the mean of {x.dtype} numbers over an axis whose size varies")
    total = cast(graph, _sum(layer, graph, x, axes), x.dtype)
    return graph.op("Div", total, math.prod(size or 1 for size in sizes))


REDUCED: Final[Mapping[str, Reduce]] = {
    "all": _extreme("ReduceMin"),
    "any": _extreme("ReduceMax"),
    "count_nonzero": _count,
    "max": _extreme("ReduceMax"),
    "mean": _reduced("ReduceMean"),
    "min": _extreme("ReduceMin"),
    "prod": _prod,
    "ptp": _ptp,
    "reduce_mean": _mean,
    "reduce_prod": _prod,
    "reduce_sum": _sum,
    "std": _std,
    "sum": _sum,
    "var": _var,
}
