"""The largest numbers, the first that holds, what is among others: TopK, Where, Equal, Gather."""

import numpy as np

from keronyx.converter.emit.base import emit_layer, shape_of
from keronyx.converter.emit.ops_base import as_given, lane, moved, operands
from keronyx.converter.emit.ops_pointwise import ELEMENTWISE
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import cast, reduce, unsqueeze, where
from keronyx.converter.layers.ops_choices import (
    InTopK,
    IsIn,
    Select,
    Sequences,
    TopK,
    UnravelIndex,
)
from keronyx.converter.tensors import Sizes


@emit_layer.register
def top_k(layer: TopK, graph: Graph, *inputs: Value) -> tuple[Value, ...]:
    """TopK."""
    (x,) = operands(layer, graph, inputs)
    return largest(graph, x, graph.integers([layer.k]), shape_of(layer, *inputs))


def largest(
    graph: Graph, x: Value, count: Value, shape: Sizes, *, smallest: bool = False
) -> tuple[Value, Value]:
    """Return the largest of the last axis, or the smallest, in order, and their places."""
    found, places = graph.ops("TopK", 2, x, count, shape=shape, largest=int(not smallest))
    places = Value(places.name, "int64", shape)
    graph.know(places)
    return found, places


@emit_layer.register
def in_top_k(layer: InTopK, graph: Graph, *inputs: Value) -> Value:
    """The count of what is larger than the number at the target, which is 0 where it is none."""
    targets, rows = operands(layer, graph, inputs)
    size = cast(graph, _size(graph, rows), targets.dtype)
    within = graph.op(
        "And", graph.op("GreaterOrEqual", targets, 0.0), graph.op("Less", targets, size)
    )
    apart = graph.op("Sub", rows, rows)
    finite = reduce(graph, "ReduceSum", apart, [1], keepdims=False)
    known = graph.op("And", within, graph.op("Equal", finite, 0.0))
    place = cast(graph, where(graph, known, targets, 0.0), "int64")
    own = graph.op(
        "GatherElements", rows, unsqueeze(graph, place, [1]), axis=1, shape=(rows.shape[0], 1)
    )
    larger = cast(graph, graph.op("Greater", rows, own), "int32")
    count = reduce(graph, "ReduceSum", larger, [1], keepdims=False)
    return graph.op("And", known, graph.op("Less", count, layer.k))


def _size(graph: Graph, rows: Value) -> Value:
    known = rows.shape[1]
    if known is not None:
        return graph.constant(known, "int64")
    every = graph.op("Shape", rows, shape=(2,))
    return graph.op("Gather", every, graph.constant(1, "int64"), axis=0, shape=())


@emit_layer.register
def is_in(layer: IsIn, graph: Graph, *inputs: Value) -> Value:
    """Compare every number with all others."""
    x, others = operands(layer, graph, inputs)
    row = graph.op("Reshape", others, graph.integers([-1]), shape=(None,))
    apart = unsqueeze(graph, x, [x.rank])
    same = graph.op("Equal", apart, row, shape=(*x.shape, None))
    found = reduce(graph, "ReduceMax", cast(graph, same, "int32"), [x.rank], keepdims=False)
    return graph.op("Equal", found, 0 if layer.invert else 1)


@emit_layer.register
def select(layer: Select, graph: Graph, *inputs: Value) -> Value:
    """Where in Where, from the last condition on."""
    dtype = lane(layer.computes_in(*(value.dtype for value in inputs)))
    given = as_given(layer, graph, inputs, dtype)
    shape = shape_of(layer, *inputs)
    conditions = [cast(graph, each, "bool") for each in given[: layer.count]]
    choices = [cast(graph, each, dtype) for each in given[layer.count :]]
    found = choices.pop()
    for condition, choice in reversed([*zip(conditions, choices, strict=True)]):
        found = graph.op("Where", condition, choice, found, dtype=dtype, shape=shape)
    return found


@emit_layer.register
def unravel_index(layer: UnravelIndex, graph: Graph, *inputs: Value) -> tuple[Value, ...]:
    """The rest of each division, from the last output on."""
    (indices,) = operands(layer, graph, inputs)
    found: list[Value] = []
    for size in layer.divisors(indices.rank):
        divisor = graph.constant(size, indices.dtype)
        found.insert(0, graph.op("Mod", indices, divisor))
        indices = ELEMENTWISE["floor_divide"](graph, indices.shape, indices, divisor)
    return tuple(found)


@emit_layer.register
def sequences(layer: Sequences, graph: Graph, *inputs: Value) -> Value:
    """Gather."""
    (x,) = moved(layer, graph, inputs)
    starts = np.arange(layer.count(x.shape)) * layer.sequence_stride
    places = starts[:, np.newaxis] + np.arange(layer.sequence_length)
    shape = shape_of(layer, *inputs)
    return graph.op("Gather", x, graph.constant(places, "int64"), axis=x.rank - 1, shape=shape)
