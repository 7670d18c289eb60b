"""Convolutions: ONNX's own operators between two turns of the axes."""

from typing import Any

from keronyx.converter.emit.adapted import merged
from keronyx.converter.emit.base import computed, emit_layer, numbers, shape_of, weight
from keronyx.converter.emit.doubles import in_doubles
from keronyx.converter.emit.functions import activate
from keronyx.converter.emit.windows import (
    Windows,
    cutting,
    in_front,
    inward,
    outward,
    sizes_after,
    space_of,
    widened,
)
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.layers.convolutional import (
    Conv1D,
    Conv1DTranspose,
    Conv2D,
    Conv2DTranspose,
    Conv3D,
    Conv3DTranspose,
    DepthwiseConv1D,
    DepthwiseConv2D,
    SeparableConv1D,
    SeparableConv2D,
    Sliding,
    TransposedConvolution,
)
from keronyx.converter.layers.windows import reach
from keronyx.converter.tensors import Array, Sizes


@emit_layer.register
def convolution(layer: Conv1D | Conv2D | Conv3D, graph: Graph, x: Value) -> Value:
    """Conv, with the kernel as (filters, channels, ...)."""
    if x.dtype == "float64":
        return in_doubles(layer, graph, x)
    layer = merged(layer)
    *window, channels, filters = layer.kernel.shape
    kernel = computed(
        graph,
        layer,
        "kernel",
        (filters, channels, *widened(window)),
        lambda: in_front(layer, numbers(layer, "kernel")),
    )
    group = {"group": layer.groups} if layer.groups > 1 else {}
    return _slid(layer, graph, x, kernel, _shape(layer, x), **group)


@emit_layer.register
def depthwise(layer: DepthwiseConv1D | DepthwiseConv2D, graph: Graph, x: Value) -> Value:
    """Conv in as many groups as there are channels."""
    if x.dtype == "float64":
        return in_doubles(layer, graph, x)
    kernel = _depthwise_kernel(layer, graph, "kernel")
    group = layer.kernel.shape[-2]
    return _slid(layer, graph, x, kernel, _shape(layer, x), group=group)


@emit_layer.register
def separable(layer: SeparableConv1D | SeparableConv2D, graph: Graph, x: Value) -> Value:
    """Conv in groups, then Conv of single places."""
    if x.dtype == "float64":
        return in_doubles(layer, graph, x)
    channels, multiplier = layer.depthwise_kernel.shape[-2:]
    first = _depthwise_kernel(layer, graph, "depthwise_kernel")
    made = _shape(layer, x)
    between = (made[0], channels * multiplier, *made[2:])
    attributes = _windows(layer).attributes(space_of(layer, x))
    turned = inward(layer, graph, x)
    deep = graph.op("Conv", turned, first, shape=between, group=channels, **attributes)
    ones = widened((1,) * layer.space)
    point = computed(
        graph,
        layer,
        "pointwise_kernel",
        (layer.filters, channels * multiplier, *ones),
        lambda: in_front(layer, numbers(layer, "pointwise_kernel")),
    )
    y = graph.op("Conv", deep, point, *_bias(layer, graph), shape=made, kernel_shape=ones)
    return activate(graph, outward(layer, graph, y), layer.activation)


@emit_layer.register
def transposed(
    layer: Conv1DTranspose | Conv2DTranspose | Conv3DTranspose, graph: Graph, x: Value
) -> Value:
    """ConvTranspose, told what to leave out before and behind, or to add behind."""
    if x.dtype == "float64":
        return in_doubles(layer, graph, x)
    *window, filters, channels = layer.kernel.shape
    kernel = computed(
        graph,
        layer,
        "kernel",
        (channels, filters, *widened(window)),
        lambda: in_front(layer, numbers(layer, "kernel")),
    )
    attributes: dict[str, Any] = {
        "kernel_shape": widened(window),
        "strides": widened(layer.strides),
        "dilations": widened(layer.dilations),
        **cutting([_cut(layer, axis) for axis in range(layer.space)]),
    }
    turned = inward(layer, graph, x)
    y = graph.op(
        "ConvTranspose",
        turned,
        kernel,
        *_bias(layer, graph),
        shape=_shape(layer, x),
        **attributes,
    )
    return activate(graph, outward(layer, graph, y), layer.activation)


def _cut(layer: TransposedConvolution, axis: int) -> tuple[int, int]:
    """Return how many places are left out before and behind; below 0, so many are added."""
    stride = layer.strides[axis]
    width = reach(layer.kernel_size[axis], layer.dilations[axis])
    same = layer.padding == "same"
    if layer.output_padding is None:
        surplus = width - stride if same else min(width - stride, 0)
    else:
        surplus = (2 * (width // 2) if same else 0) - layer.output_padding[axis]
    before = max(surplus, 0) // 2 if same else 0
    return before, surplus - before


def _slid(
    layer: Sliding, graph: Graph, x: Value, kernel: Value, shape: Sizes, **group: int
) -> Value:
    attributes = _windows(layer).attributes(space_of(layer, x)) | group
    turned = inward(layer, graph, x)
    y = graph.op("Conv", turned, kernel, *_bias(layer, graph), shape=shape, **attributes)
    return activate(graph, outward(layer, graph, y), layer.activation)


def _windows(layer: Sliding) -> Windows:
    return Windows(layer, layer.kernel_size, layer.strides, layer.dilations, layer.padding)


def _shape(layer: Sliding, x: Value) -> Sizes:
    return sizes_after(layer, shape_of(layer, x))


def _bias(layer: Sliding, graph: Graph) -> list[Value]:
    return [weight(graph, layer, "bias")] if layer.use_bias else []


def _depthwise_kernel(layer: Sliding, graph: Graph, name: str) -> Value:
    """Return the kernel as (channels · multiplier, 1, ...), a channel's own side by side."""
    *window, channels, multiplier = getattr(layer, name).shape

    def load() -> Array:
        flat = numbers(layer, name).reshape(*window, 1, channels * multiplier)
        return in_front(layer, flat)

    return computed(graph, layer, name, (channels * multiplier, 1, *widened(window)), load)
