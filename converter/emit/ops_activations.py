"""Activation functions called on tensors."""

from keronyx.converter.emit.base import emit_layer
from keronyx.converter.emit.functions import activate
from keronyx.converter.emit.ops_base import operands
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import sizes
from keronyx.converter.layers.ops_activations import Activated


@emit_layer.register
def activated(layer: Activated, graph: Graph, *inputs: Value) -> Value:
    """The function; the rectifier of integers is the larger of them and 0."""
    (x,) = operands(layer, graph, inputs)
    if layer.flat:
        row = graph.op("Reshape", x, graph.integers([-1]), shape=(None,))
        found = activate(graph, row, layer.activation)
        return graph.op("Reshape", found, sizes(graph, x, 0, x.rank), shape=x.shape)
    function = layer.activation
    if x.is_float or function.is_linear:
        return activate(graph, x, function)
    if any(function.arguments.values()):
        raise layer.refuse(f"{layer.function} with arguments of {x.dtype} numbers")
    return graph.op("Max", x, 0)
