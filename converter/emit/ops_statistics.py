"""Norms, weighted means and distances: sums and extremes along axes."""

from collections.abc import Sequence
from typing import Final

from keronyx.converter.emit.base import emit_layer, shape_of
from keronyx.converter.emit.ops_base import operands
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import cast, extreme, reduce, unsqueeze, where
from keronyx.converter.layers.ops_statistics import Distances, LogSumExp, Norm, WeightedMean

EXTREMES: Final = {float("inf"): "ReduceMax", float("-inf"): "ReduceMin"}
"""Of vectors; of matrices the sums of sizes in rows."""

COLUMNS: Final = {1: "ReduceMax", -1: "ReduceMin"}
"""Of matrices, the sums of sizes in columns."""


@emit_layer.register
def log_sum_exp(layer: LogSumExp, graph: Graph, *inputs: Value) -> Value:
    """Take off the largest, where it is a number, and add it again."""
    (x,) = operands(layer, graph, inputs)
    axes = layer.places(x.rank)
    if not axes:
        return x
    largest = reduce(graph, "ReduceMax", x, axes)
    finite = graph.op("Less", graph.op("Abs", largest), float("inf"))
    off = where(graph, finite, largest, 0.0)
    total = reduce(graph, "ReduceSum", graph.op("Exp", graph.op("Sub", x, off)), axes)
    found = graph.op("Add", graph.op("Log", total), off)
    if layer.keepdims:
        return found
    return graph.op("Squeeze", found, graph.integers(axes), shape=shape_of(layer, *inputs))


@emit_layer.register
def norm(layer: Norm, graph: Graph, *inputs: Value) -> Value:
    """Of matrices 1 and inf are sums and an extreme; all else is of vectors."""
    (x,) = operands(layer, graph, inputs)
    axes = layer.directed(x.rank)
    if layer.ord in (None, "fro") or (len(axes) == 1 and layer.ord == 2):
        total = reduce(graph, "ReduceSum", graph.op("Mul", x, x), axes, keepdims=layer.keepdims)
        return graph.op("Sqrt", total)
    assert isinstance(layer.ord, int | float)  # noqa: S101 - the layer has seen to it
    if len(axes) > 1:
        return _of_matrices(layer, graph, graph.op("Abs", x), axes, layer.ord)
    return _of_vectors(layer, graph, x, axes, layer.ord)


def _of_vectors(layer: Norm, graph: Graph, x: Value, axes: Sequence[int], order: float) -> Value:
    size = graph.op("Abs", x)
    if order in EXTREMES:
        return extreme(graph, EXTREMES[order], size, axes, keepdims=layer.keepdims)
    if order == 0:
        there = cast(graph, graph.op("Not", graph.op("Equal", x, 0.0)), x.dtype)
        return reduce(graph, "ReduceSum", there, axes, keepdims=layer.keepdims)
    powers = graph.op("Pow", size, float(order))
    total = reduce(graph, "ReduceSum", powers, axes, keepdims=layer.keepdims)
    return graph.op("Pow", total, 1 / order)


def _of_matrices(
    layer: Norm, graph: Graph, size: Value, axes: Sequence[int], order: float
) -> Value:
    rows, columns = axes
    over, other = (rows, columns) if order in COLUMNS else (columns, rows)
    sums = reduce(graph, "ReduceSum", size, [over])
    found = extreme(graph, (COLUMNS | EXTREMES)[order], sums, [other])
    if layer.keepdims:
        return found
    shape = tuple(each for axis, each in enumerate(size.shape) if axis not in axes)
    return graph.op("Squeeze", found, graph.integers(sorted(axes)), shape=shape)


@emit_layer.register
def average(layer: WeightedMean, graph: Graph, *inputs: Value) -> Value:
    """The mean; the sum of products by the sum of the weights."""
    x, *weights = operands(layer, graph, inputs)
    axes = layer.places(x.rank)
    if not weights:
        return reduce(graph, "ReduceMean", x, axes, keepdims=False)
    (each,) = weights
    if each.rank != x.rank:
        each = unsqueeze(graph, each, [place for place in range(x.rank) if place not in axes])
    pair = graph.op("Mul", x, each, shape=x.shape), each
    total, of_weights = (reduce(graph, "ReduceSum", part, axes, keepdims=False) for part in pair)
    return graph.op("Div", total, of_weights)


@emit_layer.register
def distances(layer: Distances, graph: Graph, *inputs: Value) -> Value:
    """The lengths of the differences."""
    x, y = operands(layer, graph, inputs)
    shape = shape_of(layer, *inputs)
    rows = unsqueeze(graph, x, [x.rank - 1])
    columns = unsqueeze(graph, y, [y.rank - 2])
    apart = graph.op("Sub", rows, columns, shape=(*shape, x.shape[-1]))
    square = graph.op("Mul", apart, apart)
    return graph.op("Sqrt", reduce(graph, "ReduceSum", square, [len(shape)], keepdims=False))
