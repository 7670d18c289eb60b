"""Running sums and products, differences and areas along an axis."""

from keronyx.converter.emit.base import emit_layer, shape_of
from keronyx.converter.emit.ops_base import operands
from keronyx.converter.emit.ops_joins import cut
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import END, reduce, sizes, unsqueeze, where
from keronyx.converter.layers.ops_scans import Differences, Running, Trapezoid


@emit_layer.register
def running(layer: Running, graph: Graph, *inputs: Value) -> Value:
    """CumSum; products of ever longer runs."""
    (x,) = operands(layer, graph, inputs)
    of_sums = layer.function.endswith("sum")
    if layer.axis is None:
        x = graph.op("Reshape", x, graph.integers([-1]), shape=shape_of(layer, *inputs))
    axis = layer.axis_of(layer.axis or 0, x.rank)
    if layer.function.startswith("nan") and x.is_float:
        x = _present(graph, x, 0.0 if of_sums else 1.0, layer.largest)
    if of_sums:
        return graph.op("CumSum", x, graph.constant(axis, "int64"))
    size = x.shape[axis]
    return _up_to_each(layer, graph, x, axis) if size is None else _doubling(graph, x, axis, size)


def _present(graph: Graph, x: Value, missing: float, largest: float) -> Value:
    """Put a number in the place of NaN, and the largest in that of infinities."""
    x = where(graph, graph.op("IsNaN", x), missing, x)
    x = where(graph, graph.op("Equal", x, float("inf")), largest, x)
    return where(graph, graph.op("Equal", x, float("-inf")), -largest, x)


def _doubling(graph: Graph, x: Value, axis: int, size: int) -> Value:
    """Multiply every number with the product that ends 1, 2, 4 ... places before it."""
    reach = 1
    while reach < size:
        ahead = cut(graph, x, axis, slice(0, reach), _with(x, axis, reach))
        behind = cut(graph, x, axis, slice(reach, END), _with(x, axis, size - reach))
        before = cut(graph, x, axis, slice(0, size - reach), behind.shape)
        grown = graph.op("Mul", before, behind)
        x = graph.op("Concat", ahead, grown, axis=axis, shape=x.shape)
        reach *= 2
    return x


def _with(x: Value, axis: int, size: int | None) -> tuple[int | None, ...]:
    return (*x.shape[:axis], size, *x.shape[axis + 1 :])


def _up_to_each(layer: Running, graph: Graph, x: Value, axis: int) -> Value:
    """Multiply for each place all numbers up to it, the others being 1 there."""
    if not x.is_float:
        raise layer.refuse(f"{layer.function} of {x.dtype} numbers along an axis that is open")
    count = graph.op("Squeeze", sizes(graph, x, axis, axis + 1), graph.integers([0]), shape=())
    zero, one = (graph.constant(each, "int64") for each in (0, 1))
    places = graph.op("Range", zero, count, one, shape=(None,))
    behind = x.rank - axis - 1
    inner = unsqueeze(graph, places, range(1, 1 + behind))
    outer = unsqueeze(graph, places, range(1, 2 + behind))
    seen = graph.op("LessOrEqual", inner, outer, shape=(None, None, *(1,) * behind))
    spread = unsqueeze(graph, x, [axis])
    shape = (*x.shape[:axis], None, *x.shape[axis:])
    taken = graph.op("Where", seen, spread, graph.constant(1, x.dtype), dtype=x.dtype, shape=shape)
    return reduce(graph, "ReduceProd", taken, [axis + 1], keepdims=False)


@emit_layer.register
def differences(layer: Differences, graph: Graph, *inputs: Value) -> Value:
    """All but the first less all but the last, again and again."""
    (x,) = operands(layer, graph, inputs)
    axis = layer.axis_of(layer.axis, x.rank)
    for _ in range(layer.n):
        later, earlier = _neighbours(graph, x, axis)
        x = graph.op("Xor" if x.dtype == "bool" else "Sub", later, earlier)
    return x


def _neighbours(graph: Graph, x: Value, axis: int) -> tuple[Value, Value]:
    size = x.shape[axis]
    shape = _with(x, axis, None if size is None else size - 1)
    later, earlier = (cut(graph, x, axis, part, shape) for part in (slice(1, END), slice(0, -1)))
    return later, earlier


@emit_layer.register
def trapezoid(layer: Trapezoid, graph: Graph, *inputs: Value) -> Value:
    """The sum of the means of neighbours."""
    (y,) = operands(layer, graph, inputs)
    axis = layer.axis_of(layer.axis, y.rank)
    means = graph.op("Mul", graph.op("Add", *_neighbours(graph, y, axis)), 0.5)
    scaled = graph.op("Mul", means, layer.dx)
    return reduce(graph, "ReduceSum", scaled, [axis], keepdims=False)
