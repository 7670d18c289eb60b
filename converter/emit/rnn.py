"""Layers that step through time."""

from keronyx.converter.emit.base import call, emit_layer, shape_of
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import reshape
from keronyx.converter.layers.rnn import TimeDistributed


@emit_layer.register
def time_distributed(layer: TimeDistributed, graph: Graph, x: Value) -> Value:
    """The held layer on all axes where that is the same, else on time and batch as one axis."""
    held = layer.layer
    if held.spans(x.rank - 1):
        return call(held, graph, x)
    batch, time, *rest = x.shape
    steps = None if batch is None or time is None else batch * time
    merged = reshape(graph, x, (steps, *rest), lambda axis: (x, axis + 1))
    result = call(held, graph, merged)
    y = Value(result.name, result.dtype, shape_of(held, merged))
    apart = (batch, time, *y.shape[1:])
    return reshape(graph, y, apart, lambda axis: (x, 1) if axis == 1 else (y, axis - 1))
