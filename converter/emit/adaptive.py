"""Pooling to a given size, one axis of space after the other.

A mean over zeros of a matrix would make NaN of an infinity that no window has, so windows are
gathered, those of one width together: there are two widths at most.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from keronyx.converter.emit.base import emit_layer
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import extreme, reduce, reshape
from keronyx.converter.layers.adaptive import (
    AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D,
    AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D,
    AdaptiveMaxPooling3D,
    AdaptivePooling,
)
from keronyx.converter.tensors import Array

Reduce: TypeAlias = Callable[..., Value]
LARGEST: Final = "ReduceMax"


@emit_layer.register
def adaptive_average(
    layer: AdaptiveAveragePooling1D | AdaptiveAveragePooling2D | AdaptiveAveragePooling3D,
    graph: Graph,
    x: Value,
) -> Value:
    """The mean of each axis's windows: all windows of an axis are as large on the others."""
    return _pooled(
        layer, graph, x, lambda y, axis, **kept: reduce(graph, "ReduceMean", y, [axis], **kept)
    )


@emit_layer.register
def adaptive_max(
    layer: AdaptiveMaxPooling1D | AdaptiveMaxPooling2D | AdaptiveMaxPooling3D,
    graph: Graph,
    x: Value,
) -> Value:
    """The largest of each axis's windows."""
    return _pooled(
        layer, graph, x, lambda y, axis, **kept: extreme(graph, LARGEST, y, [axis], **kept)
    )


def _pooled(layer: AdaptivePooling, graph: Graph, x: Value, reduced: Reduce) -> Value:
    for axis, wanted in zip(layer.space_axes, layer.output_size, strict=True):
        x = _along(graph, x, axis, wanted, reduced)
    return x


def _along(graph: Graph, x: Value, axis: int, wanted: int, reduced: Reduce) -> Value:
    """Pool one axis to a size."""
    size = x.shape[axis]
    if size is None or size == wanted:
        return x
    if wanted == 1:
        return reduced(x, axis, keepdims=True)
    before, behind = x.shape[:axis], x.shape[axis + 1 :]
    if size % wanted == 0:
        shares = (*before, wanted, size // wanted, *behind)
        apart = reshape(graph, x, shares, lambda at: (x, at if at < axis else at - 1))
        return reduced(apart, axis + 1, keepdims=False)
    edges = np.arange(wanted + 1, dtype=np.int64) * size
    return _gathered(graph, x, axis, (edges[:-1] // wanted, -(-edges[1:] // wanted)), reduced)


def _gathered(
    graph: Graph, x: Value, axis: int, windows: tuple[Array, Array], reduced: Reduce
) -> Value:
    """Reduce the windows of each width together, and put them back into their order."""
    starts, ends = windows
    widths = ends - starts
    parts = []
    for width in np.unique(widths):
        places = starts[widths == width, None] + np.arange(width)
        shape = (*x.shape[:axis], *places.shape, *x.shape[axis + 1 :])
        seen = graph.op("Gather", x, graph.constant(places, "int64"), axis=axis, shape=shape)
        parts.append(reduced(seen, axis + 1, keepdims=False))
    if len(parts) == 1:
        return parts[0]
    shape = (*x.shape[:axis], len(starts), *x.shape[axis + 1 :])
    together = graph.op("Concat", *parts, axis=axis, shape=shape)
    back = graph.constant(np.argsort(np.argsort(widths, kind="stable")), "int64")
    return graph.op("Gather", together, back, axis=axis, shape=shape)
