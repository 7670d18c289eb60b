"""Borders and repeated places: Pad, Slice and Resize on the axes as they stand."""

from typing import Final

from keronyx.converter.emit.base import emit_layer, shape_of
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import cast
from keronyx.converter.layers.spatial import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
    UpSampling1D,
    UpSampling2D,
    UpSampling3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)

END: Final = 2**63 - 1
NOTHING: Final = Value("", "float32", ())
"""An input that is left out."""


@emit_layer.register
def zero_padding(
    layer: ZeroPadding1D | ZeroPadding2D | ZeroPadding3D, graph: Graph, x: Value
) -> Value:
    """Pad."""
    pads = [0] * (2 * x.rank)
    for axis, (before, behind) in zip(layer.space_axes, layer.padding, strict=True):
        pads[axis], pads[x.rank + axis] = before, behind
    if not any(pads):
        return x
    return graph.op("Pad", x, graph.integers(pads), shape=shape_of(layer, x))


@emit_layer.register
def cropping(layer: Cropping1D | Cropping2D | Cropping3D, graph: Graph, x: Value) -> Value:
    """Slice."""
    cut = {
        axis: border
        for axis, border in zip(layer.space_axes, layer.cropping, strict=True)
        if any(border)
    }
    if not cut:
        return x
    starts = graph.integers([before for before, _ in cut.values()])
    ends = graph.integers([-behind if behind else END for _, behind in cut.values()])
    return graph.op("Slice", x, starts, ends, graph.integers(list(cut)), shape=shape_of(layer, x))


@emit_layer.register
def up_sampling(layer: UpSampling1D | UpSampling2D | UpSampling3D, graph: Graph, x: Value) -> Value:
    """Resize to the nearest place below; integers as doubles, which hold them."""
    scales = [1.0] * x.rank
    for axis, times in zip(layer.space_axes, layer.size, strict=True):
        scales[axis] = float(times)
    known = x if x.is_float else cast(graph, x, "float64")
    return graph.op(
        "Resize",
        known,
        NOTHING,
        graph.constant(scales, "float32"),
        shape=shape_of(layer, x),
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )
