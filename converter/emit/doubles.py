"""Windows in float64, for which onnxruntime has no operators: gathered, then summed or multiplied.

Strides, dilations and open sizes are in the table of what is gathered, one axis after the other.
"""

import math
from collections.abc import Sequence
from functools import partial, singledispatch

import numpy as np

from keronyx.converter.emit.adapted import merged
from keronyx.converter.emit.base import computed, numbers, weight
from keronyx.converter.emit.functions import activate
from keronyx.converter.emit.windows import Windows
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import reduce, reshape, restored, sizes, transpose, unsqueeze
from keronyx.converter.layers.convolutional import (
    Convolution,
    DepthwiseConvolution,
    SeparableConvolution,
    Sliding,
    TransposedConvolution,
)
from keronyx.converter.layers.pooling import AveragePooling
from keronyx.converter.tensors import Array

Pads = Sequence[tuple[int, int]]


def in_doubles(layer: Sliding, graph: Graph, x: Value) -> Value:
    """Return what a convolution gives, the channels being turned to the end and back."""
    order = (0, *layer.space_axes, layer.channel_axis)
    product = _product(layer, graph, transpose(graph, x, order))
    if layer.use_bias:
        bias = weight(graph, layer, "bias")
        product = graph.op("Add", product, bias, shape=product.shape)
    return activate(graph, restored(graph, product, order), layer.activation)


def mean_in_doubles(layer: AveragePooling, graph: Graph, x: Value) -> Value:
    """Return the mean of what each window sees of the input."""
    order = (0, *layer.space_axes, layer.channel_axis)
    last = transpose(graph, x, order)
    ones = (1,) * layer.space
    windows = Windows(layer, layer.pool_size, layer.steps, ones, layer.padding)
    around = _around_input(windows, last)
    seen = _windows(graph, _bordered(graph, last, around), layer.pool_size, layer.steps, ones)
    axes = range(layer.space + 1, 2 * layer.space + 1)
    if any(map(any, around)):
        total = reduce(graph, "ReduceSum", seen, axes, keepdims=False)
        mean = graph.op("Div", total, graph.constant(_counts(layer, last, around), x.dtype))
    else:
        mean = reduce(graph, "ReduceMean", seen, axes, keepdims=False)
    return restored(graph, mean, order)


def _counts(layer: AveragePooling, x: Value, around: Pads) -> Array:
    """Return how many places of the input each window sees."""
    counts = np.ones((1,))
    for axis, (before, behind) in enumerate(around):
        size = x.shape[axis + 1]
        if size is None:
            raise layer.refuse(f"padding={layer.padding!r} on an open size, in float64")
        width, stride = layer.pool_size[axis], layer.steps[axis]
        starts = np.arange(0, size + before + behind - width + 1, stride) - before
        own = np.minimum(starts + width, size) - np.maximum(starts, 0)
        counts = counts[..., None, :] * own[:, None]
    return counts


@singledispatch
def _product(layer: Sliding, graph: Graph, x: Value) -> Value:
    """Return the convolution of an input whose channels are at its end."""
    del graph, x
    raise layer.refuse("dtype float64")


@_product.register
def _(layer: Convolution, graph: Graph, x: Value) -> Value:
    """A product for every group of channels."""
    seen = _seen(layer, graph, x)
    *window, channels, filters = layer.kernel.shape
    places, own = math.prod(window), filters // layer.groups
    parts = []
    for group in range(layer.groups):
        part = seen
        if layer.groups > 1:
            start, end = (graph.integers([at * channels]) for at in (group, group + 1))
            shape = (*seen.shape[:-1], channels)
            part = graph.op("Slice", seen, start, end, graph.integers([-1]), shape=shape)
        rows = _flat(graph, part, layer.space, places * channels)
        kernel = computed(
            graph,
            layer,
            f"kernel/{group}" if layer.groups > 1 else "kernel",
            (places * channels, own),
            partial(_of_group, layer, group),
        )
        parts.append(graph.op("MatMul", rows, kernel, shape=(*rows.shape[:-1], own)))
    if len(parts) == 1:
        return parts[0]
    return graph.op("Concat", *parts, axis=-1, shape=(*parts[0].shape[:-1], filters))


def _of_group(layer: Convolution, group: int) -> Array:
    """Return the kernel of one group's filters as a matrix."""
    own = layer.filters // layer.groups
    part: Array = numbers(merged(layer), "kernel")[..., group * own : (group + 1) * own]
    return part.reshape(-1, own)


@_product.register
def _(layer: DepthwiseConvolution, graph: Graph, x: Value) -> Value:
    """Every channel by kernels of its own."""
    return _each_channel(layer, graph, x, "kernel")


@_product.register
def _(layer: SeparableConvolution, graph: Graph, x: Value) -> Value:
    """Every channel by kernels of its own, then a matrix."""
    deep = _each_channel(layer, graph, x, "depthwise_kernel")
    shape = (layer.pointwise_kernel.shape[-2], layer.filters)
    point = computed(
        graph,
        layer,
        "pointwise_kernel",
        shape,
        lambda: numbers(layer, "pointwise_kernel").reshape(shape),
    )
    return graph.op("MatMul", deep, point, shape=(*deep.shape[:-1], layer.filters))


@_product.register
def _(layer: TransposedConvolution, graph: Graph, x: Value) -> Value:
    """A convolution of the input with zeros between, with the kernel walked through backwards."""
    *window, filters, channels = layer.kernel.shape
    spread = _with_gaps(layer, graph, x)
    seen = _windows(graph, spread, window, (1,) * layer.space, layer.dilations)
    shape = (math.prod(window) * channels, filters)
    rows = _flat(graph, seen, layer.space, shape[0])

    def backwards() -> Array:
        flipped = np.flip(numbers(layer, "kernel"), tuple(range(layer.space)))
        return np.ascontiguousarray(np.swapaxes(flipped, -1, -2)).reshape(shape)

    kernel = computed(graph, layer, "kernel", shape, backwards)
    return graph.op("MatMul", rows, kernel, shape=(*rows.shape[:-1], filters))


def _with_gaps(layer: TransposedConvolution, graph: Graph, x: Value) -> Value:
    """Put stride - 1 zeros behind every place, and borders around, which may cut."""
    for axis, stride in enumerate(layer.strides, 1):
        if stride > 1:
            apart = unsqueeze(graph, x, [axis + 1])
            shape = (*x.shape[: axis + 1], stride, *x.shape[axis + 1 :])
            pads = [0] * (2 * apart.rank)
            pads[apart.rank + axis + 1] = stride - 1
            gaps = graph.op("Pad", apart, graph.integers(pads), shape=shape)
            x = _joined(layer, graph, gaps, axis)
    return _bordered(graph, x, [_around(layer, axis) for axis in range(layer.space)])


def _joined(layer: TransposedConvolution, graph: Graph, x: Value, axis: int) -> Value:
    """Make one axis of a place and the zeros behind it."""
    if None in x.shape[1:]:
        raise layer.refuse("strides on open sizes, in float64")
    first, second = (size or 1 for size in x.shape[axis : axis + 2])
    shape = (*x.shape[:axis], first * second, *x.shape[axis + 2 :])
    return reshape(graph, x, shape, lambda at: (x, at))


def _around(layer: TransposedConvolution, axis: int) -> tuple[int, int]:
    """Return how much is put around one axis of what is spread, below 0 what is cut."""
    stride = layer.strides[axis]
    reach = (layer.kernel_size[axis] - 1) * layer.dilations[axis] + 1
    same = layer.padding == "same"
    if layer.output_padding is None:
        longer = 0 if same else max(reach - stride, 0)
    else:
        less = 2 * (reach // 2) if same else 0
        longer = reach - stride - less + layer.output_padding[axis]
    cut = max(reach - stride - longer, 0) // 2 if same else 0
    before = reach - 1 - cut
    return before, longer + reach - 1 - before


def _each_channel(
    layer: DepthwiseConvolution | SeparableConvolution, graph: Graph, x: Value, name: str
) -> Value:
    """Multiply what every place of the window sees, and sum over the places."""
    seen = _seen(layer, graph, x)
    *window, channels, multiplier = getattr(layer, name).shape
    places = math.prod(window)
    shape = (places, channels, multiplier)
    kernel = computed(graph, layer, name, shape, lambda: numbers(layer, name).reshape(shape))
    front = seen.shape[: layer.space + 1]
    apart = reshape(graph, seen, (*front, *shape[:-1], 1), lambda axis: (seen, axis))
    each = graph.op("Mul", apart, kernel, shape=(*front, *shape))
    total = reduce(graph, "ReduceSum", each, [layer.space + 1], keepdims=False)
    return _flat(graph, total, layer.space, channels * multiplier)


def _seen(layer: Sliding, graph: Graph, x: Value) -> Value:
    """Return (batch, *places, *window, channels) of an input with the layer's borders."""
    windows = Windows(layer, layer.kernel_size, layer.strides, layer.dilations, layer.padding)
    bordered = _bordered(graph, x, _around_input(windows, x))
    return _windows(graph, bordered, layer.kernel_size, layer.strides, layer.dilations)


def _around_input(windows: Windows, x: Value) -> list[tuple[int, int]]:
    """Return what padding puts around each axis of space."""
    layer = windows.layer
    found = windows.attributes(x.shape[1:-1])
    if "auto_pad" in found:
        raise layer.refuse(f"padding={windows.padding!r} with strides on an open size, in float64")
    pads = list(found.get("pads", [0] * (2 * layer.space)))
    half = len(pads) // 2
    return list(zip(pads[:half], pads[half:], strict=True))[-layer.space :]


def _bordered(graph: Graph, x: Value, pads: Pads) -> Value:
    if not any(map(any, pads)):
        return x
    flat = [0, *(before for before, _ in pads), 0, 0, *(behind for _, behind in pads), 0]
    sizes_of = [
        None if size is None else size + before + behind
        for size, (before, behind) in zip(x.shape[1:-1], pads, strict=True)
    ]
    shape = (x.shape[0], *sizes_of, x.shape[-1])
    return graph.op("Pad", x, graph.integers(flat), shape=shape)


def _windows(
    graph: Graph,
    x: Value,
    window: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
) -> Value:
    """Gather what windows see, axis by axis, as (batch, *places, *window, channels)."""
    space = len(window)
    for index, (width, stride, dilation) in enumerate(zip(window, strides, dilations, strict=True)):
        axis = 1 + 2 * index
        steps = np.arange(width, dtype=np.int64) * dilation
        reach = (width - 1) * dilation + 1
        size = x.shape[axis]
        if size is None:
            table, count = _open_table(graph, sizes(graph, x, axis, axis + 1), stride, steps), None
        else:
            count = (size - reach) // stride + 1
            starts = np.arange(count, dtype=np.int64) * stride
            table = graph.constant(starts[:, None] + steps, "int64")
        shape = (*x.shape[:axis], count, width, *x.shape[axis + 1 :])
        x = graph.op("Gather", x, table, axis=axis, shape=shape)
    places, numbers_of = range(1, 2 * space, 2), range(2, 2 * space + 1, 2)
    return transpose(graph, x, (0, *places, *numbers_of, 2 * space + 1))


def _open_table(graph: Graph, size: Value, stride: int, steps: Array) -> Value:
    """Return what is gathered of an axis whose size is open."""
    reach = int(steps[-1]) + 1
    beyond = graph.op("Sub", size, graph.integers([reach - 1]), shape=(1,))
    end = graph.op("Squeeze", beyond, graph.integers([0]), shape=())
    zero, step = (graph.constant(number, "int64") for number in (0, stride))
    starts = graph.op("Range", zero, end, step, shape=(None,), dtype="int64")
    column = unsqueeze(graph, starts, [1])
    return graph.op("Add", column, graph.constant(steps, "int64"), shape=(None, len(steps)))


def _flat(graph: Graph, x: Value, space: int, size: int) -> Value:
    """Make one axis of all that are behind those of space."""
    return reshape(graph, x, (*x.shape[: space + 1], size), lambda axis: (x, axis))
