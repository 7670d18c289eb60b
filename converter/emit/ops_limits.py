"""Numbers chosen, rounded, kept within limits, or put in the place of others."""

import numpy as np

from keronyx.converter.emit.base import emit_layer, inner, shape_of
from keronyx.converter.emit.ops_base import in_types, operands
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import cast, where
from keronyx.converter.layers.ops_limits import Chosen, Clipped, Close, Replenished, Rounded

LARGEST_BFLOAT16 = 3.3895313892515355e38


@emit_layer.register
def chosen(layer: Chosen, graph: Graph, *inputs: Value) -> Value:
    """Where."""
    dtype = inner(layer.computes_in(*(value.dtype for value in inputs)))
    given = in_types(layer, graph, inputs, "bool", dtype)
    return graph.op("Where", *given, dtype=dtype, shape=shape_of(layer, *inputs))


@emit_layer.register
def clipped(layer: Clipped, graph: Graph, *inputs: Value) -> Value:
    """Min and Max one after the other: Clip has the upper limit last."""
    (x,) = operands(layer, graph, inputs)
    return graph.op("Max", graph.op("Min", x, layer.x_max), layer.x_min)


@emit_layer.register
def rounded(layer: Rounded, graph: Graph, *inputs: Value) -> Value:
    """Round, of so many times the number; integers change in front of the point alone."""
    (x,) = operands(layer, graph, inputs)
    if not x.is_float:
        if layer.decimals >= 0:
            return x
        return cast(graph, _rounded(graph, cast(graph, x, "float32"), layer.decimals), x.dtype)
    return _rounded(graph, x, layer.decimals)


def _rounded(graph: Graph, x: Value, decimals: int) -> Value:
    if not decimals:
        return graph.op("Round", x)
    factor = 10.0**decimals
    return graph.op("Div", graph.op("Round", graph.op("Mul", x, factor)), factor)


@emit_layer.register
def close(layer: Close, graph: Graph, *inputs: Value) -> Value:
    """The distance against what is allowed."""
    a, b = operands(layer, graph, inputs)
    shape = shape_of(layer, *inputs)
    if not a.is_float:
        return graph.op("Equal", a, b, shape=shape)
    apart = graph.op("Abs", graph.op("Sub", a, b, shape=shape))
    allowed = graph.op("Add", graph.op("Mul", graph.op("Abs", b), layer.rtol), layer.atol)
    near = graph.op("LessOrEqual", apart, allowed, shape=shape)
    if not layer.equal_nan:
        return near
    both = graph.op("And", graph.op("IsNaN", a), graph.op("IsNaN", b), shape=shape)
    return graph.op("Or", near, both, shape=shape)


@emit_layer.register
def replenished(layer: Replenished, graph: Graph, *inputs: Value) -> Value:
    """One Where after the other."""
    (x,) = operands(layer, graph, inputs)
    if not x.is_float:
        return x
    most = _largest(layer.dtype.compute if x.dtype == "float32" else x.dtype)
    above = most if layer.posinf is None else layer.posinf
    below = -most if layer.neginf is None else layer.neginf
    x = where(graph, graph.op("IsNaN", x), layer.nan, x)
    x = where(graph, graph.op("Equal", x, float("inf")), above, x)
    return where(graph, graph.op("Equal", x, float("-inf")), below, x)


def _largest(dtype: str) -> float:
    return LARGEST_BFLOAT16 if dtype == "bfloat16" else float(np.finfo(dtype).max)
