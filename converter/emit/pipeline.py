"""A layer that calls several others, one after the other."""

from keronyx.converter.emit.base import call, emit_layer
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.layers.pipeline import Pipeline


@emit_layer.register
def pipeline(layer: Pipeline, graph: Graph, x: Value) -> Value:
    """The nodes of each layer."""
    for each in layer.layers:
        x = call(each, graph, x)
    return x
