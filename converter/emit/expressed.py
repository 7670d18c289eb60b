"""Layers and activations that a user's formula stands for, and the operations it is made of."""

import numpy as np

from keronyx.converter.emit.base import emit_layer, emit_one, inner, rounded, shape_of
from keronyx.converter.emit.ops_pointwise import ELEMENTWISE
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import END, cast, extreme, reduce, squeeze, unsqueeze
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
    vectors = list(map(graph.integers, bounds))
    return graph.op("Slice", x, *vectors, shape=shape_of(layer, x))
