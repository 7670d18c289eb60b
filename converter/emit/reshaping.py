"""Layers that move numbers about without changing them."""

import math

from keronyx.converter.emit.base import emit_layer, shape_of
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import reduce, reshape, sizes, transpose, unsqueeze
from keronyx.converter.layers.reshaping import Flatten, Permute, RepeatVector, Reshape
from keronyx.converter.tensors import Sizes


@emit_layer.register
def flatten(layer: Flatten, graph: Graph, x: Value) -> Value:
    """Flatten; nothing for what is flat."""
    if layer.data_format == "channels_first" and x.rank > 2:
        x = transpose(graph, x, (0, *range(2, x.rank), 1))
    if x.rank == 1:
        return unsqueeze(graph, x, [1])
    return x if x.rank == 2 else graph.op("Flatten", x, axis=1, shape=shape_of(layer, x))


@emit_layer.register
def reshape_layer(layer: Reshape, graph: Graph, x: Value) -> Value:
    """Reshape, its sizes worked out at run time where they are not known."""
    shape = shape_of(layer, x)
    if 0 in shape:
        raise layer.refuse(f"target_shape={layer.target_shape} holds nothing")
    if None not in shape[1:]:
        return reshape(graph, x, shape)
    missing = _missing(graph, x, shape)
    parts = [
        missing if size is None and axis else graph.integers([-1 if size is None else size])
        for axis, size in enumerate(shape)
    ]
    target = graph.op("Concat", *parts, axis=0, shape=(len(shape),))
    return graph.op("Reshape", x, target, shape=shape)


def _missing(graph: Graph, x: Value, shape: Sizes) -> Value:
    """Return the one size behind the batch that is not known, as the rows of x leave it."""
    total = reduce(graph, "ReduceProd", sizes(graph, x, 1, x.rank), [0])
    known = math.prod(size for size in shape[1:] if size is not None)
    return graph.op("Div", total, graph.integers([known])) if known > 1 else total


@emit_layer.register
def permute(layer: Permute, graph: Graph, x: Value) -> Value:
    """Transpose; nothing when the axes stay."""
    return transpose(graph, x, (0, *layer.dims))


@emit_layer.register
def repeat_vector(layer: RepeatVector, graph: Graph, x: Value) -> Value:
    """Expand over a new axis, which copies nothing but the numbers."""
    column = unsqueeze(graph, x, [1])
    return graph.op("Expand", column, graph.integers([1, layer.n, 1]), shape=shape_of(layer, x))
