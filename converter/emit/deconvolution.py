"""Keras 1's transposed convolution: ConvTranspose, told how much to cut or to add."""

from typing import Any

from keronyx.converter.emit.base import computed, emit_layer, numbers, shape_of, weight
from keronyx.converter.emit.functions import activate
from keronyx.converter.emit.windows import cutting, in_front, inward, outward, sizes_after, space_of
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.layers.deconvolution import Deconvolution2D


@emit_layer.register
def deconvolution(layer: Deconvolution2D, graph: Graph, x: Value) -> Value:
    """ConvTranspose; what it gives beyond ``output_shape`` is cut, what it lacks is added."""
    if x.dtype == "float64":
        raise layer.refuse("dtype float64", "onnxruntime convolves in float32 only")
    *window, filters, channels = layer.kernel.shape
    kernel = computed(
        graph,
        layer,
        "kernel",
        (channels, filters, *window),
        lambda: in_front(layer, numbers(layer, "kernel")),
    )
    attributes: dict[str, Any] = {
        "kernel_shape": window,
        "strides": list(layer.strides),
        **cutting([_cut(layer, axis, size) for axis, size in enumerate(space_of(layer, x))]),
    }
    bias = [weight(graph, layer, "bias")] if layer.use_bias else []
    turned = inward(layer, graph, x)
    shape = sizes_after(layer, shape_of(layer, x))
    y = graph.op("ConvTranspose", turned, kernel, *bias, shape=shape, **attributes)
    return activate(graph, outward(layer, graph, y), layer.activation)


def _cut(layer: Deconvolution2D, axis: int, size: int | None) -> tuple[int, int]:
    """Return how many places are left out before and behind; below 0, so many are added."""
    if size is None:
        raise layer.refuse("an open size of space")
    width = layer.kernel_size[axis]
    surplus = (size - 1) * layer.strides[axis] + width - layer.made[axis]
    if layer.padding == "valid":
        return 0, surplus
    before = width // 2 if layer.theano else max(surplus, 0) // 2
    return before, surplus - before
