"""Other axes: Reshape, Transpose, Unsqueeze, Squeeze, Expand."""

from keronyx.converter.emit.base import emit_layer, shape_of
from keronyx.converter.emit.ops_base import moved
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import transpose, unsqueeze
from keronyx.converter.layers.ops_shapes import (
    AxesInserted,
    AxesMoved,
    AxesRemoved,
    Permuting,
    Reshaped,
    Spread,
    Swapped,
    Transposed,
)


@emit_layer.register
def reshaped(layer: Reshaped, graph: Graph, *inputs: Value) -> Value:
    """Reshape, to numbers where all are known."""
    (x,) = moved(layer, graph, inputs)
    shape = shape_of(layer, x)
    pairs = zip(shape, layer.wanted, strict=True)
    wanted = [told if size is None else size for size, told in pairs]
    return graph.op("Reshape", x, graph.integers(wanted), shape=shape)


@emit_layer.register(Transposed)
@emit_layer.register(Swapped)
@emit_layer.register(AxesMoved)
def permuted(layer: Permuting, graph: Graph, *inputs: Value) -> Value:
    """Transpose."""
    (x,) = moved(layer, graph, inputs)
    return transpose(graph, x, layer.order(x.rank))


@emit_layer.register
def inserted(layer: AxesInserted, graph: Graph, *inputs: Value) -> Value:
    """Unsqueeze."""
    (x,) = moved(layer, graph, inputs)
    return unsqueeze(graph, x, layer.places(x.rank))


@emit_layer.register
def removed(layer: AxesRemoved, graph: Graph, *inputs: Value) -> Value:
    """Squeeze; nothing where no axis goes."""
    (x,) = moved(layer, graph, inputs)
    places = layer.places(x.shape)
    if not places:
        return x
    return graph.op("Squeeze", x, graph.integers(places), shape=shape_of(layer, x))


@emit_layer.register
def spread(layer: Spread, graph: Graph, *inputs: Value) -> Value:
    """Expand."""
    (x,) = moved(layer, graph, inputs)
    return graph.op("Expand", x, graph.integers(layer.shape), shape=layer.shape)
