"""Keras 1's transposed convolution: each place of the input adds the kernel to the output."""

import numpy as np

from keronyx.converter.layers.deconvolution import Deconvolution2D
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.activations import prepare_function
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers
from keronyx.runtime.evaluate.windows import as_layer, channels_last, padding_of


@prepare_layer.register
def deconvolution(layer: Deconvolution2D, numbers: Numbers) -> Step:
    """``conv2d_transpose(inputs, kernel, output_shape) + bias``."""
    kernel = numbers(layer.kernel)
    bias = 0.0 if layer.bias is None else numbers(layer.bias)
    activate = prepare_function(layer.activation, numbers)

    def step(x: Array) -> Array:
        y = _spread(layer, channels_last(layer, x), kernel)
        return activate(as_layer(layer, y + bias))

    return step


def _spread(layer: Deconvolution2D, x: Array, kernel: Array) -> Array:
    """Add every place of the input, times the kernel, where its window begins."""
    height, width = layer.kernel_size
    down, right = layer.strides
    rows, columns = layer.made
    above, left = _before(layer)
    room = np.zeros(
        (
            len(x),
            max((x.shape[1] - 1) * down + height, above + rows),
            max((x.shape[2] - 1) * right + width, left + columns),
            layer.filters,
        ),
        x.dtype,
    )
    for row in range(x.shape[1]):
        for column in range(x.shape[2]):
            share = np.einsum("nc,hwfc->nhwf", x[:, row, column], kernel)
            top, start = row * down, column * right
            room[:, top : top + height, start : start + width] += share
    return room[:, above : above + rows, left : left + columns]


def _before(layer: Deconvolution2D) -> list[int]:
    """Return what padding puts in front of an input as long as the output."""
    if layer.padding == "valid":
        return [0] * layer.space
    if layer.theano:
        return [size // 2 for size in layer.kernel_size]
    pads = padding_of("same", layer.made, layer.kernel_size, layer.strides)
    return [before for before, _ in pads]
