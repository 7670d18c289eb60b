"""Operations on booleans, of which masks are made."""

from functools import reduce as chained
from typing import Final

from keronyx.converter.emit.base import emit_layer, shape_of
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import cast, reduce, sizes
from keronyx.converter.layers.masks import Filled, Holds, Joined, Logic, Spread
from keronyx.converter.tensors import Sizes

OPERATORS: Final = {"and": "And", "or": "Or"}


@emit_layer.register
def logic(layer: Logic, graph: Graph, *inputs: Value) -> Value:
    """And, Or or Not."""
    if layer.function == "not":
        return graph.op("Not", *inputs)
    shape = shape_of(layer, *inputs)
    op_type = OPERATORS[layer.function]
    return chained(lambda a, b: graph.op(op_type, a, b, shape=shape), inputs)


@emit_layer.register
def holds(layer: Holds, graph: Graph, x: Value) -> Value:
    """The largest or the smallest of zeros and ones."""
    op_type = "ReduceMax" if layer.function == "any" else "ReduceMin"
    places = layer.places(x.rank)
    numbers = cast(graph, x, "int32")
    return cast(graph, reduce(graph, op_type, numbers, places, keepdims=layer.keepdims), "bool")


@emit_layer.register
def filled(layer: Filled, graph: Graph, x: Value) -> Value:
    """The truth expanded to the sizes that the input has when the graph runs."""
    truth = graph.constant([layer.value], "bool")
    return graph.op("Expand", truth, sizes(graph, x, 0, x.rank), dtype="bool", shape=x.shape)


@emit_layer.register
def spread(layer: Spread, graph: Graph, x: Value) -> Value:
    """Expand; a size of 1 leaves the input's own."""
    wanted = graph.integers([size or 1 for size in layer.shape])
    return graph.op("Expand", x, wanted, shape=shape_of(layer, x))


@emit_layer.register
def joined(layer: Joined, graph: Graph, *inputs: Value) -> Value:
    """Concat."""
    axis = layer.behind_batch(layer.axis, inputs[0].rank)
    shape: Sizes = shape_of(layer, *inputs)
    return graph.op("Concat", *inputs, axis=axis, shape=shape)
