"""Windows, blocks and colours of arrays."""

import numpy as np

from keronyx.converter.layers.ops_patches import Blocks, Grayscale, InSpace, Patches
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.ops_base import Function, over
from keronyx.runtime.evaluate.precision import Numbers

SHARES = (0.2989, 0.5870, 0.1140)
"""Of red, green and blue."""


@prepare_layer.register
def patches(layer: Patches, numbers: Numbers) -> Step:
    """A view of every window, its places in a row."""

    def step(x: Array) -> Array:
        first = x.ndim - 1 - layer.space
        axes = tuple(range(first, x.ndim - 1))
        padded = _padded(layer, x, first) if layer.padding == "same" else x
        seen = np.lib.stride_tricks.sliding_window_view(padded, layer.widths, axis=axes)
        steps = tuple(slice(None, None, each) for each in layer.steps)
        apart = tuple(slice(None, None, each) for each in layer.apart)
        windows = seen[(slice(None),) * first + steps + (slice(None), *apart)]
        turned = np.moveaxis(windows, x.ndim - 1, -1)
        return turned.reshape(*turned.shape[: x.ndim - 1], -1)

    return over(layer, numbers, _channels_behind(layer, step, layer.space))


def _padded(layer: Patches, x: Array, first: int) -> Array:
    around = [(0, 0)] * first
    for size, width, step in zip(x.shape[first:-1], layer.widths, layer.steps, strict=True):
        more = max((-(-size // step) - 1) * step + width - size, 0)
        around.append((more // 2, (more + 1) // 2))
    return np.pad(x, [*around, (0, 0)])


@prepare_layer.register
def blocks(layer: Blocks, numbers: Numbers) -> Step:
    """Place by place of a block."""
    block = layer.block_size

    def to_space(x: Array) -> Array:
        *front, high, wide, deep = x.shape
        found = np.empty((*front, high * block, wide * block, deep // block**2), x.dtype)
        parts = np.split(x, block**2, axis=-1)
        for place, part in enumerate(parts):
            found[..., place // block :: block, place % block :: block, :] = part
        return found

    def to_depth(x: Array) -> Array:
        parts = [x[..., i::block, j::block, :] for i in range(block) for j in range(block)]
        return np.concatenate(parts, axis=-1)

    step = to_space if layer.function == "depth_to_space" else to_depth
    return over(layer, numbers, _channels_behind(layer, step, 2))


@prepare_layer.register
def grayscale(layer: Grayscale, numbers: Numbers) -> Step:
    """The scalar product of the channels and their shares."""

    def step(x: Array) -> Array:
        return x if x.shape[-1] == 1 else (x @ np.array(SHARES, x.dtype))[..., np.newaxis]

    return over(layer, numbers, _channels_behind(layer, step, 2))


def _channels_behind(layer: InSpace, function: Function, space: int) -> Function:
    """Return a function of arrays whose channels stand where the layer has them."""
    if layer.data_format != "channels_first":
        return function

    def turned(x: Array) -> Array:
        front = x.ndim - space - 1
        return np.moveaxis(function(np.moveaxis(x, front, -1)), -1, front)

    return turned
