"""Convolutions: what lies in the windows, as the rows of a matrix, times the kernel."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

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
)
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.activations import prepare_function
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers
from keronyx.runtime.evaluate.theano import padding_on_theano
from keronyx.runtime.evaluate.windows import (
    as_layer,
    channels_last,
    padded,
    padding_of,
    places,
)

MOST: Final = 1 << 21
"""About so many numbers are laid out in rows at a time: windows overlap, images are many."""

CACHED: Final = 1 << 16
LARGE: Final = 1 << 15
"""Numbers from which on a kernel is widened at each call: that takes less than the product."""


@prepare_layer.register
def convolution(layer: Conv1D | Conv2D | Conv3D, numbers: Numbers) -> Step:
    """``conv(inputs, kernel, strides, padding, dilation_rate, groups) + bias``."""
    kernel = _adapted(layer, numbers)
    groups = layer.groups

    def slid(x: Array) -> Array:
        parts = [
            summed(layer, part, own)
            for part, own in zip(
                np.split(x, groups, axis=-1), np.split(kernel, groups, axis=-1), strict=True
            )
        ]
        return parts[0] if groups == 1 else np.concatenate(parts, axis=-1)

    return _finished(layer, numbers, slid)


def _adapted(layer: Conv1D | Conv2D | Conv3D, numbers: Numbers) -> Array:
    """Return the kernel with what LoRA adds to it, at every place of the window."""
    kernel, down, up = layer.kernel, layer.lora_kernel_a, layer.lora_kernel_b
    if down is None or up is None or not layer.lora_rank:
        return numbers.narrow(kernel, LARGE)
    share = 1.0 if layer.lora_alpha is None else layer.lora_alpha / layer.lora_rank
    update: Array = np.einsum("...r,rf->...f", numbers(down), numbers(up))
    return numbers(kernel) + share * update


@prepare_layer.register
def depthwise(layer: DepthwiseConv1D | DepthwiseConv2D, numbers: Numbers) -> Step:
    """Each channel by kernels of its own."""
    kernel = numbers(layer.kernel)
    return _finished(layer, numbers, lambda x: _each_channel(layer, x, kernel))


@prepare_layer.register
def separable(layer: SeparableConv1D | SeparableConv2D, numbers: Numbers) -> Step:
    """Each channel by itself, then a matrix at every place."""
    deep = numbers(layer.depthwise_kernel)
    point = numbers(layer.pointwise_kernel).reshape(-1, layer.filters)
    return _finished(layer, numbers, lambda x: _each_channel(layer, x, deep) @ point)


@prepare_layer.register
def transposed(
    layer: Conv1DTranspose | Conv2DTranspose | Conv3DTranspose, numbers: Numbers
) -> Step:
    """Every place spreads the kernel over the output; what TensorFlow's padding cuts is cut."""
    kernel = numbers(layer.kernel)

    def spread(x: Array) -> Array:
        sizes = x.shape[1:-1]
        shape = (None, *sizes, x.shape[-1])
        if layer.data_format == "channels_first":
            shape = (None, x.shape[-1], *sizes)
        wanted = layer.infer_shape(shape)
        long = [size for axis in layer.space_axes if isinstance(size := wanted[axis], int)]
        before = _cut_before(layer, long)
        room = [
            max((size - 1) * stride + (width - 1) * dilation + 1, cut + length)
            for size, stride, width, dilation, cut, length in zip(
                sizes,
                layer.strides,
                layer.kernel_size,
                layer.dilations,
                before,
                long,
                strict=True,
            )
        ]
        y = np.zeros((len(x), *room, layer.filters), x.dtype)
        for place, cut in _targets(layer, sizes):
            y[cut] += x @ kernel[place].T
        cuts = (slice(cut, cut + length) for cut, length in zip(before, long, strict=True))
        return y[(slice(None), *cuts)]

    return _finished(layer, numbers, spread)


def _targets(
    layer: Conv1DTranspose | Conv2DTranspose | Conv3DTranspose, sizes: Sequence[int]
) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
    """Yield each place of the kernel, and the part of the output that it is spread over."""
    for place in np.ndindex(*layer.kernel_size):
        cut = tuple(
            slice(index * dilation, index * dilation + (size - 1) * stride + 1, stride)
            for index, dilation, stride, size in zip(
                place, layer.dilations, layer.strides, sizes, strict=True
            )
        )
        yield place, (slice(None), *cut)


def _cut_before(
    layer: Conv1DTranspose | Conv2DTranspose | Conv3DTranspose, long: Sequence[int]
) -> list[int]:
    """Return how many places TensorFlow's SAME would put before an input as long as the output."""
    if layer.padding != "same":
        return [0] * layer.space
    covers = _covers(layer)
    return [before for before, _ in padding_of("same", long, covers, layer.strides)]


def _finished(layer: Sliding, numbers: Numbers, slid: Step) -> Step:
    bias = None if layer.bias is None else numbers(layer.bias)  # type: ignore[attr-defined]
    activate = prepare_function(layer.activation, numbers)

    def step(x: Array) -> Array:
        y = slid(channels_last(layer, x))
        return activate(as_layer(layer, y if bias is None else y + bias))

    return step


def _covers(layer: Sliding) -> list[int]:
    pairs = zip(layer.kernel_size, layer.dilations, strict=True)
    return [(width - 1) * dilation + 1 for width, dilation in pairs]


def _bordered(layer: Sliding, x: Array) -> Array:
    sizes, covers = x.shape[1:-1], _covers(layer)
    if layer.theano and layer.padding in ("same", "full"):
        return padded(x, padding_on_theano(layer, sizes, covers, layer.strides))
    return padded(x, padding_of(layer.padding, sizes, covers, layer.strides))


def summed(layer: Sliding, x: Array, kernel: Array) -> Array:
    """Multiply what lies in each window, as a row, with the kernel as a matrix."""
    space = range(1, layer.space + 1)
    bordered = _bordered(layer, x)
    windows = sliding_window_view(bordered, _covers(layer), axis=tuple(space))
    cut = (slice(None), *_steps(layer.strides), slice(None), *_steps(layer.dilations))
    rows = np.moveaxis(windows[cut], layer.space + 1, -1)
    matrix = kernel.reshape(-1, kernel.shape[-1]).astype(x.dtype, copy=False)
    places = rows.shape[: layer.space + 1]
    made = np.empty((*places, matrix.shape[1]), x.dtype)
    images = max(MOST // max(math.prod(rows.shape[1:]), 1), 1)
    for start in range(0, len(x), images):
        some = slice(start, start + images)
        flat = made[some].reshape(-1, matrix.shape[1])
        np.matmul(rows[some].reshape(-1, len(matrix)), matrix, out=flat)
    return made


def _steps(numbers: Sequence[int]) -> list[slice]:
    return [slice(None, None, number) for number in numbers]


def _each_channel(layer: Sliding, x: Array, kernel: Array) -> Array:
    """Sum what every place of the kernels contributes to each channel's own results.

    Some rows of the windows at a time: so many that their sum stays in the processor's cache.
    """
    bordered = _bordered(layer, x)[..., None]
    if kernel.shape[-1] == 1:
        bordered, kernel = bordered[..., 0], kernel[..., 0]
    cover, stride = _covers(layer)[0], layer.strides[0]
    rows = (bordered.shape[1] - cover) // stride + 1
    step = max(CACHED // max(math.prod(bordered.shape[2:]) * len(x), 1), 1)
    parts = []
    for start in range(0, rows, step):
        last = min(start + step, rows) - 1
        parts.append(_of_places(layer, bordered[:, start * stride : last * stride + cover], kernel))
    made = np.concatenate(parts, axis=1)
    return made if made.ndim == x.ndim else made.reshape(*made.shape[:-2], -1)


def _of_places(layer: Sliding, x: Array, kernel: Array) -> Array:
    made: Array | None = None
    for place, there in places(x, layer.kernel_size, layer.strides, layer.dilations):
        if made is None:
            made = there * kernel[place]
            share = np.empty_like(made)
        else:
            made += np.multiply(there, kernel[place], out=share)
    if made is None:
        raise ValueError("a kernel without places")
    return made
