"""Rows of numbers: evenly apart, powers, correlations as products of matrices."""

import math

import numpy as np

from keronyx.converter.emit.base import emit_layer, shape_of
from keronyx.converter.emit.ops_base import operands
from keronyx.converter.emit.ops_pointwise import sign
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import reduce, squeeze, transpose, unsqueeze
from keronyx.converter.layers.ops_series import Correlate, Correlation, Powers, Spaced


@emit_layer.register
def spaced(layer: Spaced, graph: Graph, *inputs: Value) -> Value:
    """The first number, and so many steps."""
    ends = operands(layer, graph, inputs)
    shape = shape_of(layer, *inputs)
    place = layer.place(len(shape))
    rank = len(shape) - 1
    start, stop = (unsqueeze(graph, each, range(rank - each.rank)) for each in ends)
    first, last = (unsqueeze(graph, each, [place]) for each in (start, stop))
    if layer.function == "geomspace":
        return _times_apart(layer, graph, first, last, place)
    even = _evenly(layer, graph, first, last, place)
    return even if layer.function == "linspace" else _power(graph, layer.base, even)


def _evenly(layer: Spaced, graph: Graph, first: Value, last: Value, place: int) -> Value:
    steps = np.arange(layer.num) / layer.steps
    row = steps.reshape(-1, *[1] * (first.rank - 1 - place))
    wide = tuple(
        one if other == 1 else other for one, other in zip(first.shape, last.shape, strict=True)
    )
    shape = (*wide[:place], layer.num, *wide[place + 1 :])
    way = graph.op("Sub", last, first, shape=wide)
    gone = graph.op("Mul", way, graph.constant(row, first.dtype), shape=shape)
    return graph.op("Add", gone, first)


def _power(graph: Graph, base: float, x: Value) -> Value:
    return graph.op("Exp", graph.op("Mul", x, math.log(base)))


def _times_apart(layer: Spaced, graph: Graph, first: Value, last: Value, place: int) -> Value:
    logs = [graph.op("Log", graph.op("Abs", each)) for each in (first, last)]
    even = _evenly(layer, graph, logs[0], logs[1], place)
    return graph.op("Mul", graph.op("Exp", even), sign(graph, first.shape, first))


@emit_layer.register
def powers(layer: Powers, graph: Graph, *inputs: Value) -> Value:
    """Pow."""
    (x,) = operands(layer, graph, inputs)
    exponents = graph.constant(np.asarray(layer.exponents(x.shape)), x.dtype)
    return graph.op("Pow", unsqueeze(graph, x, [1]), exponents, shape=shape_of(layer, *inputs))


@emit_layer.register
def correlation(layer: Correlation, graph: Graph, *inputs: Value) -> Value:
    """A product of matrices by the roots of its diagonal."""
    (x,) = operands(layer, graph, inputs)
    apart = graph.op("Sub", x, reduce(graph, "ReduceMean", x, [1]))
    product = graph.op(
        "MatMul", apart, transpose(graph, apart, [1, 0]), shape=shape_of(layer, *inputs)
    )
    squares = reduce(graph, "ReduceSum", graph.op("Mul", apart, apart), [1])
    lengths = graph.op("Sqrt", squares)
    both = graph.op("Mul", lengths, transpose(graph, lengths, [1, 0]), shape=product.shape)
    found = graph.op("Div", product, both)
    return graph.op("Min", graph.op("Max", found, -1.0), 1.0)


@emit_layer.register
def correlate(layer: Correlate, graph: Graph, *inputs: Value) -> Value:
    """A row of all parts times the other row."""
    x, row = operands(layer, graph, inputs)
    shapes = x.shape, row.shape
    border, count, start = layer.bounds(*shapes)
    length = layer.lengths(*shapes)
    pads = graph.integers([border, border])
    zero = graph.constant(0, x.dtype)
    wide = graph.op("Pad", x, pads, zero, shape=(length[0] + 2 * border,)) if border else x
    places = start + np.arange(count)[:, np.newaxis] + np.arange(length[1])
    parts = graph.op("Gather", wide, graph.constant(places, "int64"), axis=0, shape=places.shape)
    column = unsqueeze(graph, row, [1])
    return squeeze(graph, graph.op("MatMul", parts, column, shape=(count, 1)), 1)
