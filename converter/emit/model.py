"""Walk a model's connections and add the nodes of each."""

from collections.abc import Mapping

from keronyx.converter.emit.base import inner, results
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value, legal
from keronyx.converter.graph.operators import cast
from keronyx.converter.model import Model
from keronyx.converter.several import picked
from keronyx.converter.tensors import KerasTensor

Values = dict[KerasTensor, Value]

FED_AS = {"bfloat16": "float32"}
"""Types that NumPy does not have are fed and fetched in wider ones."""


def walk(model: Model, graph: Graph, inputs: Mapping[KerasTensor, Value]) -> Values:
    """Add the nodes of all connections, and return every tensor's value."""
    values = dict(inputs)
    for connection in model.connections:
        if connection.layer.is_input and not connection.inputs:
            continue
        made = results(
            connection.layer,
            graph,
            list(picked(values, connection.inputs)),
            [tensor.dtype for tensor in connection.outputs],
            connection.filled(values.__getitem__),
        )
        for tensor, value in zip(connection.outputs, made, strict=True):
            values[tensor] = Value(value.name, value.dtype, tensor.sizes)
    return values


def build(model: Model, opset: int, *, expose: bool = False) -> Graph:
    """Return the graph of a whole model, its states among the inputs and outputs."""
    model = model.opened
    graph = Graph(legal(model.name, "model"), opset)
    names = {name: graph.unique(legal(name)) for name in model.inputs}
    outputs = {name: graph.unique(legal(name)) for name in model.outputs}
    values = walk(model, graph, _inputs(model, graph, names))
    for name, tensor in model.outputs.items():
        graph.output(outputs[name], _delivered(graph, values[tensor], tensor), tensor.shape)
    if expose:
        for tensor in exposed(model):
            graph.output(graph.unique(legal(tensor.name)), values[tensor], tensor.shape)
    for connection in model.connections:
        for tensor in connection.outputs:
            graph.state(values[tensor], tensor.shape)
    return graph


def exposed(model: Model) -> tuple[KerasTensor, ...]:
    """Return the tensors that ``expose`` adds as outputs, in the order of these outputs."""
    return tuple(tensor for connection in model.connections for tensor in connection.outputs)


def _inputs(model: Model, graph: Graph, names: Mapping[str, str]) -> Values:
    values: Values = {}
    for name, tensor in model.inputs.items():
        fed = graph.input(names[name], FED_AS.get(tensor.dtype, tensor.dtype), tensor.shape)
        values[tensor] = cast(graph, fed, inner(tensor.dtype))
    return values


def _delivered(graph: Graph, value: Value, tensor: KerasTensor) -> Value:
    """Convert an output to its dtype; bfloat16 is rounded and handed out as float32."""
    return cast(graph, cast(graph, value, tensor.dtype), FED_AS.get(tensor.dtype, tensor.dtype))
