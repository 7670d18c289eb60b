"""Borders and repeated places: Pad, Slice and Resize on the axes as they stand."""

from keronyx.converter.emit.base import emit_layer, shape_of
from keronyx.converter.emit.resampling import Way, as_whole, resample
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import LEFT_OUT, Value
from keronyx.converter.graph.operators import END, sizes, squeeze
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
from keronyx.converter.several import picked


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
    """Resize to the nearest place below; of what onnxruntime resizes not, Gather each again."""
    if isinstance(layer, UpSampling2D) and not layer.picks:
        return _between(layer, graph, x)
    if x.dtype != "float32":
        return _repeated(layer, graph, x)
    scales = [1.0] * x.rank
    for axis, times in zip(layer.space_axes, layer.size, strict=True):
        scales[axis] = float(times)
    return graph.op(
        "Resize",
        x,
        LEFT_OUT,
        graph.constant(scales, "float32"),
        shape=shape_of(layer, x),
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )


def _between(layer: UpSampling2D, graph: Graph, x: Value) -> Value:
    """Resize, or a product with the weights between pixels."""
    longer = shape_of(layer, x)
    target = picked(longer, layer.space_axes)
    way = Way(layer.interpolation, corner=layer.from_corners, times=layer.size)
    made = resample(layer, graph, x, target, way)
    return as_whole(layer, graph, made, x.dtype)


def _repeated(layer: UpSampling1D | UpSampling2D | UpSampling3D, graph: Graph, x: Value) -> Value:
    """Gather every place several times, of each axis in turn."""
    for axis, times in zip(layer.space_axes, layer.size, strict=True):
        size = x.shape[axis]
        if times == 1:
            continue
        if size is None:
            count = graph.op("Mul", sizes(graph, x, axis, axis + 1), times)
            ends = (
                graph.constant(0, "int64"),
                squeeze(graph, count, 0),
                graph.constant(1, "int64"),
            )
            every = graph.op("Range", *ends, shape=(None,))
            places = graph.op("Div", every, times)
        else:
            places = graph.integers([place // times for place in range(size * times)])
        shape = (*x.shape[:axis], None if size is None else size * times, *x.shape[axis + 1 :])
        x = graph.op("Gather", x, places, axis=axis, shape=shape)
    return x
