"""Layers and activations that a user's formula stands for, and the operations it is made of."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from keronyx.converter.emit.base import emit_layer, emit_one, inner, rounded, shape_of
from keronyx.converter.emit.erf import normal_distribution
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import END, cast, extreme, reduce, squeeze, unsqueeze, where
from keronyx.converter.layers.expressed import Lambda, Replaced
from keronyx.converter.layers.operations import (
    Cast,
    Elementwise,
    ExpandDims,
    Reduce,
    Slice,
    Squeeze,
)
from keronyx.converter.layers.tree import walk
from keronyx.converter.tensors import Sizes


@emit_layer.register(Lambda)
@emit_layer.register(Replaced)
def replaced(layer: Replaced, graph: Graph, *inputs: Value) -> Value:
    """The nodes of the formula, inline."""
    return walk(layer.body, inputs, lambda each, *given: emit_one(each, graph, *given))


@emit_layer.register
def elementwise(layer: Elementwise, graph: Graph, *inputs: Value) -> Value:
    """One operator or a few; constants have the type of the other inputs."""
    shape = shape_of(layer, *inputs)
    dtype = inputs[-1].dtype
    if dtype == "bool":  # a condition, and two constants
        dtype = inner(layer.dtype.compute)
    values = iter(inputs)
    operands = [
        next(values) if each is None else _constant(layer, graph, each, dtype)
        for each in layer.operands
    ]
    return ELEMENTWISE[layer.function](graph, shape, *operands)


def _constant(layer: Elementwise, graph: Graph, numbers: object, dtype: str) -> Value:
    if not dtype.startswith("float"):
        return graph.constant(numbers, dtype)
    return graph.constant(rounded(np.asarray(numbers, dtype), layer.dtype.compute), dtype)


def _one(op_type: str) -> Callable[..., Value]:
    return lambda graph, shape, *operands: graph.op(op_type, *operands, shape=shape)


def _not_equal(graph: Graph, shape: Sizes, a: Value, b: Value) -> Value:
    return graph.op("Not", graph.op("Equal", a, b, shape=shape))


def _floor_divide(graph: Graph, shape: Sizes, a: Value, b: Value) -> Value:
    return graph.op("Floor", graph.op("Div", a, b, shape=shape))


def _remainder(graph: Graph, shape: Sizes, a: Value, b: Value) -> Value:
    """The rest has the sign of a; where that is another than b's, b is added."""
    rest = graph.op("Mod", a, b, fmod=1, shape=shape)
    opposite = graph.op("Less", graph.op("Mul", rest, b, shape=shape), 0.0)
    return where(graph, opposite, graph.op("Add", rest, b, shape=shape), rest)


def _sign(graph: Graph, shape: Sizes, x: Value) -> Value:
    """Not Sign, which onnxruntime has as 0 for NaN."""
    del shape
    below = where(graph, graph.op("Less", x, 0), -1, x)
    return where(graph, graph.op("Greater", x, 0), 1, below)


def _expm1(graph: Graph, shape: Sizes, x: Value) -> Value:
    """2 tanh(x/2) / (1 - tanh(x/2)), which keeps its digits near 0; exp(x) - 1 elsewhere."""
    del shape
    half = graph.op("Tanh", graph.op("Mul", x, 0.5))
    near = graph.op("Div", graph.op("Add", half, half), graph.op("Sub", 1.0, half))
    far = graph.op("Sub", graph.op("Exp", x), 1.0)
    return where(graph, graph.op("Less", graph.op("Abs", x), 1.0), near, far)


def _log1p(graph: Graph, shape: Sizes, x: Value) -> Value:
    """log(u) * (x / (u - 1)) with u = 1 + x, which makes up for the digits that u loses."""
    del shape
    u = graph.op("Add", x, 1.0)
    lost = graph.op("Sub", u, 1.0)
    full = graph.op("Mul", graph.op("Log", u), graph.op("Div", x, lost))
    plain = graph.op("Equal", graph.op("Abs", lost), float("inf"))
    far = where(graph, plain, graph.op("Log", u), full)
    return where(graph, graph.op("Equal", lost, 0.0), x, far)


def _erf(graph: Graph, shape: Sizes, x: Value) -> Value:
    if x.dtype == "float32":
        return graph.op("Erf", x, shape=shape)
    doubled = graph.op("Mul", normal_distribution(graph, graph.op("Mul", x, 2**0.5)), 2.0)
    return graph.op("Sub", doubled, 1.0)


def _square(graph: Graph, shape: Sizes, x: Value) -> Value:
    return graph.op("Mul", x, x, shape=shape)


def _where(graph: Graph, shape: Sizes, condition: Value, a: Value, b: Value) -> Value:
    return graph.op("Where", condition, a, b, dtype=a.dtype, shape=shape)


ELEMENTWISE: Final[Mapping[str, Callable[..., Value]]] = {
    "absolute": _one("Abs"),
    "add": _one("Add"),
    "ceil": _one("Ceil"),
    "cos": _one("Cos"),
    "divide": _one("Div"),
    "equal": _one("Equal"),
    "erf": _erf,
    "exp": _one("Exp"),
    "expm1": _expm1,
    "floor": _one("Floor"),
    "floor_divide": _floor_divide,
    "greater": _one("Greater"),
    "greater_equal": _one("GreaterOrEqual"),
    "less": _one("Less"),
    "less_equal": _one("LessOrEqual"),
    "log": _one("Log"),
    "log1p": _log1p,
    "maximum": _one("Max"),
    "minimum": _one("Min"),
    "multiply": _one("Mul"),
    "negative": _one("Neg"),
    "not_equal": _not_equal,
    "power": _one("Pow"),
    "remainder": _remainder,
    "round": _one("Round"),
    "sign": _sign,
    "sin": _one("Sin"),
    "sqrt": _one("Sqrt"),
    "square": _square,
    "subtract": _one("Sub"),
    "where": _where,
}


@emit_layer.register
def cast_layer(layer: Cast, graph: Graph, x: Value) -> Value:
    """Cast; nothing for what is of the type already."""
    target = layer.target or (layer.dtype.compute if x.is_float else x.dtype)
    return cast(graph, x, inner(target))


@emit_layer.register
def reduce_layer(layer: Reduce, graph: Graph, x: Value) -> Value:
    """ReduceSum and its like."""
    op_type = f"Reduce{layer.function.capitalize()}"
    reduced = extreme if layer.function in {"max", "min"} else reduce
    return reduced(graph, op_type, x, layer.places(x.rank), keepdims=layer.keepdims)


@emit_layer.register
def expand_dims(layer: ExpandDims, graph: Graph, x: Value) -> Value:
    """Unsqueeze."""
    return unsqueeze(graph, x, [layer.place(x.rank)])


@emit_layer.register
def squeeze_layer(layer: Squeeze, graph: Graph, x: Value) -> Value:
    """Squeeze."""
    return squeeze(graph, x, layer.place(x.rank))


@emit_layer.register
def slice_layer(layer: Slice, graph: Graph, x: Value) -> Value:
    """Slice; where it goes down to the first element, the end is before all."""
    axis = layer.place(x.rank)
    start, count = layer.bounds(x.shape[axis])
    stop = start + count * layer.step
    bounds = [[start], [stop if stop >= 0 else -END], [axis], [layer.step]]
    vectors = [graph.integers(each) for each in bounds]
    return graph.op("Slice", x, *vectors, shape=shape_of(layer, x))
