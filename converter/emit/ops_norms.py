"""Normalisations called on tensors, in sums and means along axes."""

from collections.abc import Sequence

from keronyx.converter.emit.base import emit_layer
from keronyx.converter.emit.ops_base import operands
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import reduce, squared, unsqueeze
from keronyx.converter.layers.ops_norms import (
    Affine,
    ByRootMeanSquare,
    ByStatistics,
    Lengthened,
    Moments,
    Standardized,
)


@emit_layer.register
def lengthened(layer: Lengthened, graph: Graph, *inputs: Value) -> Value:
    """Divide by the length, or by the least one."""
    (x,) = operands(layer, graph, inputs)
    axes = layer.places(x.rank)
    if layer.order == 2:
        total = reduce(graph, "ReduceSum", squared(graph, x), axes)
        inverse = graph.op("Reciprocal", graph.op("Sqrt", total))
        return graph.op("Mul", x, graph.op("Min", inverse, 1 / layer.least))
    powers = graph.op("Abs", x)
    if layer.order > 1:
        powers = graph.op("Pow", powers, float(layer.order))
    length = reduce(graph, "ReduceSum", powers, axes)
    if layer.order > 1:
        length = graph.op("Pow", length, 1 / layer.order)
    return graph.op("Div", x, graph.op("Max", length, layer.least))


@emit_layer.register
def standardized(layer: Standardized, graph: Graph, *inputs: Value) -> Value:
    """Less the mean, by the deviation, by gamma, and beta."""
    given = _given(layer, graph, inputs)
    x = given["x"]
    axes = layer.places(x.rank)
    mean, variance = _moments(graph, x, axes)
    centred = x if layer.rms_scaling else graph.op("Sub", x, mean)
    normal = graph.op("Div", centred, _deviation(layer, graph, variance))
    if "gamma" in given:
        normal = graph.op("Mul", normal, given["gamma"], shape=x.shape)
    if "beta" in given and not layer.rms_scaling:
        normal = graph.op("Add", normal, given["beta"], shape=x.shape)
    return normal


@emit_layer.register
def by_root_mean_square(layer: ByRootMeanSquare, graph: Graph, *inputs: Value) -> Value:
    """By the root of the mean of the squares, and by the scale."""
    given = _given(layer, graph, inputs)
    x = given["x"]
    square = reduce(graph, "ReduceMean", squared(graph, x), layer.places(x.rank))
    normal = graph.op("Div", x, _deviation(layer, graph, square))
    return graph.op("Mul", normal, given["scale"], shape=x.shape) if "scale" in given else normal


@emit_layer.register
def by_statistics(layer: ByStatistics, graph: Graph, *inputs: Value) -> Value:
    """Less the given mean, by the given deviation, by the scale, and the offset."""
    given = _given(layer, graph, inputs)
    x = given["x"]
    factor = graph.op("Reciprocal", _deviation(layer, graph, given["variance"]))
    if "scale" in given:
        factor = graph.op("Mul", factor, given["scale"])
    centred = graph.op("Sub", x, given["mean"], shape=x.shape)
    normal = graph.op("Mul", centred, factor, shape=x.shape)
    return graph.op("Add", normal, given["offset"], shape=x.shape) if "offset" in given else normal


@emit_layer.register
def moments(layer: Moments, graph: Graph, *inputs: Value) -> tuple[Value, ...]:
    """Both, with size 1 along the axes or without them."""
    (x,) = operands(layer, graph, inputs)
    axes = layer.places(x.rank)
    found = _moments(graph, x, axes)
    if layer.keepdims:
        return found
    shape = tuple(size for axis, size in enumerate(x.shape) if axis not in axes)
    return tuple(graph.op("Squeeze", each, graph.integers(axes), shape=shape) for each in found)


def _given(layer: Affine, graph: Graph, inputs: tuple[Value, ...]) -> dict[str, Value]:
    """Return the operands by what they are, such that they broadcast against the tensor."""
    given = dict(zip(layer.given, operands(layer, graph, inputs), strict=True))
    rank = given["x"].rank
    spread = layer.spread(rank)
    known = len(layer.places(rank))
    return {
        name: unsqueeze(graph, value, spread) if value.rank == known and known < rank else value
        for name, value in given.items()
    }


def _moments(graph: Graph, x: Value, axes: Sequence[int]) -> tuple[Value, Value]:
    mean = reduce(graph, "ReduceMean", x, axes)
    return mean, reduce(graph, "ReduceMean", squared(graph, graph.op("Sub", x, mean)), axes)


def _deviation(layer: Affine, graph: Graph, variance: Value) -> Value:
    return graph.op("Sqrt", graph.op("Add", variance, layer.least))
