"""argpartition by two TopK, the second of what is left of the numbers."""

import numpy as np

from keronyx.converter.emit.base import emit_layer, shape_of
from keronyx.converter.emit.ops_base import operands
from keronyx.converter.emit.ops_choices import largest
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import cast, reduce, sizes, unsqueeze, where
from keronyx.converter.layers.ops_partitions import Partition


@emit_layer.register
def partition(layer: Partition, graph: Graph, *inputs: Value) -> Value:
    """The least in order, and behind them the rest, with 0 in the place of the least."""
    (given,) = operands(layer, graph, inputs)
    x = cast(graph, given, "int32")
    size = layer.size(x.shape)
    count = layer.count(size)
    ahead = (*x.shape[:-1], count)
    _, front = largest(graph, x, graph.integers([count]), ahead, smallest=True)
    if count == size:
        return front
    rest = where(graph, _taken(graph, x, front), 0, x)
    left = (*x.shape[:-1], size - count)
    _, behind = largest(graph, rest, graph.integers([size - count]), left)
    return graph.op("Concat", front, behind, axis=x.rank - 1, shape=shape_of(layer, *inputs))


def _taken(graph: Graph, x: Value, front: Value) -> Value:
    """Tell in row j the places that were the j-th least of any row; of one row all of them."""
    size, count = x.shape[-1] or 0, front.shape[-1] or 0
    places = graph.constant(np.arange(size), "int64")
    spread = unsqueeze(graph, front, [front.rank])
    met = graph.op("Equal", spread, places, shape=(*front.shape, size))
    of_any = reduce(graph, "ReduceMax", cast(graph, met, "int32"), [0], keepdims=False)
    if x.rank == 1:
        return cast(graph, of_any, "bool")
    zero, one = (graph.constant(each, "int64") for each in (0, 1))
    length = graph.op("Squeeze", sizes(graph, x, 0, 1), graph.integers([0]), shape=())
    rows = graph.op("Range", zero, length, one, shape=(None,))
    there = unsqueeze(graph, graph.op("Less", rows, count), [1])
    row = graph.op("Min", rows, count - 1)
    each = graph.op("Gather", of_any, row, axis=0, shape=x.shape)
    return graph.op("And", cast(graph, each, "bool"), there, shape=x.shape)
