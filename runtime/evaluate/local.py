"""Convolutions with a kernel for every place: place by place, what lies there times its kernel."""

from collections.abc import Iterator, Sequence

import numpy as np

from keronyx.converter.layers.local import LocallyConnected, LocallyConnected1D, LocallyConnected2D
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.activations import prepare_function
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers


@prepare_layer.register
def locally_connected(layer: LocallyConnected1D | LocallyConnected2D, numbers: Numbers) -> Step:
    """``local_conv(inputs, kernel, kernel_size, strides) + bias``."""
    kernel = numbers(layer.kernel)
    bias = None if layer.bias is None else numbers(layer.bias)
    activate = prepare_function(layer.activation, numbers)
    first = layer.data_format == "channels_first"

    def step(x: Array) -> Array:
        sizes = x.shape[2:] if first else x.shape[1:-1]
        windows = list(_windows(layer, sizes))
        kernels = _kernels(layer, kernel, windows, x.shape[layer.channel_axis])
        wanted = tuple(size or 0 for size in layer.infer_shape((None, *x.shape[1:]))[1:])
        y = np.empty((len(x), *map(int, wanted)), x.dtype)
        for (place, cut), own in zip(windows, kernels, strict=True):
            seen = x[_index(layer, cut)].reshape(len(x), -1)
            y[_index(layer, place)] = seen @ own
        return activate(y if bias is None else y + bias.reshape(y.shape[1:]))

    return step


Index = tuple[int | slice, ...]
Window = tuple[tuple[int, ...], tuple[slice, ...]]


def _windows(layer: LocallyConnected, sizes: Sequence[int]) -> Iterator[Window]:
    """Yield each place of the output, and the part of the input that it is connected to."""
    along = []
    for size, width, stride in zip(sizes, layer.kernel_size, layer.strides, strict=True):
        if layer.padding == "same":
            left, count = width // 2, -(-size // stride)
        else:
            left, count = 0, (size - width) // stride + 1
        along.append(
            [
                slice(max(at * stride - left, 0), min(at * stride - left + width, size))
                for at in range(count)
            ]
        )
    for place in np.ndindex(*map(len, along)):
        yield place, tuple(cuts[at] for cuts, at in zip(along, place, strict=True))


def _index(layer: LocallyConnected, space: Index) -> Index:
    """Return where this part of space is, in all samples and channels."""
    every = slice(None)
    if layer.data_format == "channels_first":
        return (every, every, *space)
    return (every, *space, every)


def _kernels(
    layer: LocallyConnected, kernel: Array, windows: Sequence[Window], channels: int
) -> Iterator[Array]:
    """Yield the kernel of each place as (numbers seen, filters)."""
    if layer.implementation == 1:
        yield from kernel
    elif layer.implementation == 2:
        yield from (_of_whole(layer, kernel, *window) for window in windows)
    else:
        yield from _of_row(layer, kernel, [_count(cut) * channels for _, cut in windows])


def _of_whole(
    layer: LocallyConnected, kernel: Array, place: tuple[int, ...], cut: tuple[slice, ...]
) -> Array:
    """Take what a place sees out of the matrix of all inputs and all outputs."""
    index = (*_index(layer, cut)[1:], *_index(layer, place)[1:])
    return kernel[index].reshape(-1, layer.filters)


def _of_row(layer: LocallyConnected, kernel: Array, counts: Sequence[int]) -> Iterator[Array]:
    """Take what a place sees out of the list of all connections, which is by output and input."""
    starts = np.cumsum([0, *counts])
    for start, count in zip(starts, counts, strict=False):
        if layer.data_format == "channels_first":
            first = start + np.arange(layer.filters) * starts[-1]
        else:
            first = start * layer.filters + np.arange(layer.filters) * count
        yield kernel[first + np.arange(count)[:, None]]


def _count(cut: Sequence[slice]) -> int:
    return int(np.prod([each.stop - each.start for each in cut]))
