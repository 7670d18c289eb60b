"""A model that a wrapper holds."""

from keronyx.converter.emit.base import emit_layer, inner
from keronyx.converter.emit.model import walk
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import cast
from keronyx.converter.layers.nested import Nested


@emit_layer.register
def nested(layer: Nested, graph: Graph, x: Value) -> Value:
    """The nodes of the model, inline."""
    (source,) = layer.model.inputs.values()
    (target,) = layer.model.outputs.values()
    fed = cast(graph, x, inner(source.dtype))
    return walk(layer.model, graph, {source: fed})[target]
