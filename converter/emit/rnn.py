"""Layers that step through time."""

from keronyx.converter.emit.base import Given, call, emit_layer, results, shape_of
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import reshape
from keronyx.converter.layers.rnn import TimeDistributed


@emit_layer.register
def time_distributed(
    layer: TimeDistributed, graph: Graph, x: Value, mask: Value | None = None
) -> Value:
    """The held layer on all axes where that is the same, else on time and batch as one axis."""
    held = layer.layer
    if mask is None and held.spans(x.rank - 1):
        return call(held, graph, x)
    batch, time = x.shape[:2]
    merged = _folded(graph, x)
    named: dict[str, Given] = {} if mask is None else {"mask": _folded(graph, mask)}
    (result,) = results(held, graph, [merged], [held.infer_dtype(x.dtype)], named)
    y = Value(result.name, result.dtype, shape_of(held, merged))
    apart = (batch, time, *y.shape[1:])
    return reshape(graph, y, apart, lambda axis: (x, 1) if axis == 1 else (y, axis - 1))


def _folded(graph: Graph, x: Value) -> Value:
    """Put time and batch into one axis."""
    batch, time, *rest = x.shape
    steps = None if batch is None or time is None else batch * time
    return reshape(graph, x, (steps, *rest), lambda axis: (x, axis + 1))
