"""Windows over space with NumPy: where every place of a window lies, and what is around it."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from keronyx.converter.layers.windows import Padding, Spatial
from keronyx.converter.tensors import Array


def channels_last(layer: Spatial, x: Array) -> Array:
    """Return the input with its channels behind space."""
    return np.moveaxis(x, 1, -1) if layer.data_format == "channels_first" else x


def as_layer(layer: Spatial, y: Array) -> Array:
    """Return the output with its channels where the layer has them."""
    return np.moveaxis(y, -1, 1) if layer.data_format == "channels_first" else y


def padding_of(
    padding: Padding, sizes: Sequence[int], covers: Sequence[int], strides: Sequence[int]
) -> list[tuple[int, int]]:
    """Return how much is put before and behind each axis of space.

    TensorFlow's SAME: as much as the last window sticks out, the odd one behind.
    """
    found = []
    for size, cover, stride in zip(sizes, covers, strides, strict=True):
        if padding == "valid":
            found.append((0, 0))
        elif padding == "causal":
            found.append((cover - 1, 0))
        else:
            rest = size % stride or stride
            missing = max(cover - rest, 0)
            found.append((missing // 2, missing - missing // 2))
    return found


def padded(x: Array, pads: Sequence[tuple[int, int]], value: float = 0.0) -> Array:
    """Return the input with a border of ``value`` around space."""
    if not any(map(any, pads)):
        return x
    return np.pad(x, [(0, 0), *pads, (0, 0)], constant_values=value)


def places(
    x: Array, window: Sequence[int], strides: Sequence[int], dilations: Sequence[int]
) -> Iterator[tuple[tuple[int, ...], Array]]:
    """Yield each place of the window, and what all windows have there.

    That is (batch, *windows, channels); further axes stay behind.
    """
    space = x.shape[1 : len(window) + 1]
    counts = [
        (size - (width - 1) * dilation - 1) // stride + 1
        for size, width, stride, dilation in zip(space, window, strides, dilations, strict=True)
    ]
    for place in product(*map(range, window)):
        starts = [index * dilation for index, dilation in zip(place, dilations, strict=True)]
        cut = tuple(
            slice(start, start + (count - 1) * stride + 1, stride)
            for start, count, stride in zip(starts, counts, strides, strict=True)
        )
        yield place, x[(slice(None), *cut)]
