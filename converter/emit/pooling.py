"""Pooling over windows, and over all of space."""

from keronyx.converter.emit.base import emit_layer, shape_of
from keronyx.converter.emit.doubles import mean_in_doubles
from keronyx.converter.emit.windows import Windows, inward, outward, sizes_after, space_of
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import cast, extreme, kept, reduce, unsqueeze, where
from keronyx.converter.layers.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    GlobalPooling,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
    Pooling,
)


@emit_layer.register
def max_pooling(layer: MaxPooling1D | MaxPooling2D | MaxPooling3D, graph: Graph, x: Value) -> Value:
    """MaxPool, of integers as doubles, which hold them."""
    return _pooled("MaxPool", layer, graph, x if x.is_float else cast(graph, x, "float64"))


@emit_layer.register
def average_pooling(
    layer: AveragePooling1D | AveragePooling2D | AveragePooling3D, graph: Graph, x: Value
) -> Value:
    """AveragePool of the places that are there."""
    if x.dtype == "float64":
        return mean_in_doubles(layer, graph, x)
    return _pooled("AveragePool", layer, graph, x)


def _pooled(op_type: str, layer: Pooling, graph: Graph, x: Value) -> Value:
    ones = (1,) * layer.space
    windows = Windows(layer, layer.pool_size, layer.steps, ones, layer.padding)
    attributes = windows.attributes(space_of(layer, x))
    shape = sizes_after(layer, shape_of(layer, x))
    turned = inward(layer, graph, x)
    y = graph.op(op_type, turned, shape=shape, **attributes)
    return outward(layer, graph, y)


@emit_layer.register
def global_max(
    layer: GlobalMaxPooling1D | GlobalMaxPooling2D | GlobalMaxPooling3D, graph: Graph, x: Value
) -> Value:
    """The largest over the axes of space, without a turn."""
    return extreme(graph, "ReduceMax", x, layer.space_axes, keepdims=layer.keepdims)


@emit_layer.register
def global_average(
    layer: GlobalAveragePooling1D | GlobalAveragePooling2D | GlobalAveragePooling3D,
    graph: Graph,
    x: Value,
    mask: Value | None = None,
) -> Value:
    """The mean over the axes of space, without a turn; of steps, those that count."""
    if mask is not None:
        return _masked_mean(layer, graph, x, mask)
    return reduce(graph, "ReduceMean", x, layer.space_axes, keepdims=layer.keepdims)


def _masked_mean(layer: GlobalPooling, graph: Graph, x: Value, mask: Value) -> Value:
    """The sum of the steps that count over how many they are."""
    counts = unsqueeze(graph, mask, [layer.channel_axis])
    multiplies = isinstance(layer, GlobalAveragePooling1D) and layer.multiplies
    if not multiplies:
        counts = cast(graph, counts, "bool")
    some = kept(graph, x, counts) if multiplies else where(graph, counts, x, 0.0)
    total = reduce(graph, "ReduceSum", some, layer.space_axes, keepdims=layer.keepdims)
    ones = cast(graph, counts, x.dtype)
    return graph.op(
        "Div",
        total,
        reduce(graph, "ReduceSum", ones, layer.space_axes, keepdims=layer.keepdims),
        shape=total.shape,
    )
