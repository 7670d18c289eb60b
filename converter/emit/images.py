"""Preprocessing layers of images that are at work in prediction, too."""

from keronyx.converter.emit.base import emit_layer
from keronyx.converter.emit.resampling import Way, as_whole, resample
from keronyx.converter.emit.windows import space_of
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import reduce, where
from keronyx.converter.layers.images import AutoContrast, CenterCrop, Resizing, Sized


@emit_layer.register
def resizing(layer: Resizing, graph: Graph, x: Value) -> Value:
    """Slice or Pad where the shape stays, then resize."""
    way = Way(layer.interpolation, layer.smooths)
    if layer.crop_to_aspect_ratio:
        x = _middle(layer, graph, x)
    if layer.pad_to_aspect_ratio:
        x = _padded(layer, graph, x)
    return as_whole(layer, graph, resample(layer, graph, x, layer.target, way), x.dtype)


@emit_layer.register
def center_crop(layer: CenterCrop, graph: Graph, x: Value) -> Value:
    """Slice; of a smaller image the largest part of the same shape, resized."""
    starts = [
        (size or 0) - wanted for size, wanted in zip(space_of(layer, x), layer.target, strict=True)
    ]
    if min(starts) >= 0:
        return _cut(layer, graph, x, [start // 2 for start in starts], layer.target)
    return resample(layer, graph, _middle(layer, graph, x), layer.target, Way("bilinear"))


def _sizes(layer: Sized, x: Value) -> tuple[int, int]:
    height, width = space_of(layer, x)
    if height is None or width is None:
        raise layer.refuse(
            "the shape of images of open height or width", "build the model for a fixed size"
        )
    return height, width


def _middle(layer: Sized, graph: Graph, x: Value) -> Value:
    """Cut out the largest part of the same shape as the target."""
    height, width = _sizes(layer, x)
    part = (
        max(min(height, width * layer.height // layer.width), 1),
        max(min(width, height * layer.width // layer.height), 1),
    )
    return _cut(layer, graph, x, [(height - part[0]) // 2, (width - part[1]) // 2], part)


def _cut(layer: Sized, graph: Graph, x: Value, starts: list[int], part: tuple[int, int]) -> Value:
    if part == space_of(layer, x):
        return x
    ends = [start + size for start, size in zip(starts, part, strict=True)]
    shape = list(x.shape)
    for axis, size in zip(layer.space_axes, part, strict=True):
        shape[axis] = size
    places = (graph.integers(starts), graph.integers(ends), graph.integers(layer.space_axes))
    return graph.op("Slice", x, *places, shape=tuple(shape))


def _padded(layer: Resizing, graph: Graph, x: Value) -> Value:
    """Put the same border on both sides, until the shape is the target's or one short of it."""
    height, width = _sizes(layer, x)
    longer = (
        max(height, width * layer.height // layer.width),
        max(width, height * layer.width // layer.height),
    )
    borders = ((longer[0] - height) // 2, (longer[1] - width) // 2)
    if not any(borders):
        return x
    pads, shape = [0] * (2 * x.rank), list(x.shape)
    for axis, size, border in zip(layer.space_axes, (height, width), borders, strict=True):
        pads[axis] = pads[x.rank + axis] = border
        shape[axis] = size + 2 * border
    fill = graph.constant(layer.fill_value, x.dtype)
    return graph.op("Pad", x, graph.integers(pads), fill, shape=tuple(shape))


@emit_layer.register
def auto_contrast(layer: AutoContrast, graph: Graph, x: Value) -> Value:
    """Between the smallest and the largest number of axes 1 and 2, whatever the channels are."""
    low, high = (float(end) for end in layer.value_range)
    least = reduce(graph, "ReduceMin", x, [1, 2])
    span = graph.op("Sub", reduce(graph, "ReduceMax", x, [1, 2]), least)
    flat = graph.op("Equal", span, graph.constant(0, x.dtype))
    scale = graph.op("Div", graph.constant(high - low, x.dtype), span, shape=span.shape)
    made = graph.op("Mul", graph.op("Sub", x, least), scale)
    if low:
        made = graph.op("Add", made, low)
    return where(graph, flat, x, graph.op("Clip", made, low, high))
