"""What the formulas of layers over space say in words, as loops over windows."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import in_images
import in_sound
import numpy as np

from keronyx.converter.tensors import Array

Scope = Mapping[str, Any]


def channels_last(function: Callable[..., Array]) -> Callable[..., Array]:
    """Let a function have its input with the channels at the end."""

    def read(scope: Scope, x: Array, *others: Array) -> Array:
        if str(scope.get("data_format")) != "channels_first":
            return function(scope, x, *others)
        return np.moveaxis(function(scope, np.moveaxis(x, 1, -1), *others), -1, 1)

    return read


def windows(
    scope: Scope, x: Array, sizes: tuple[int, ...], fill: float = 0
) -> Iterator[tuple[tuple[int, ...], Array]]:
    """Yield each place in a window, and what stands there in every window."""
    strides = scope["strides"].tolist()
    dilations = scope.get("dilation_rate", np.ones(len(sizes), int)).tolist()
    border, counts = [], []
    for size, width, stride, dilation in zip(x.shape[1:], sizes, strides, dilations, strict=False):
        reach = (width - 1) * dilation + 1
        same, causal = (str(scope["padding"]) == each for each in ("same", "causal"))
        count = -(-size // stride) if same or causal else (size - reach) // stride + 1
        total = max((count - 1) * stride + reach - size, 0) if same else reach - 1 if causal else 0
        before = total if causal else total // 2
        border.append((before, total - before))
        counts.append(count)
    padded = np.pad(x, [(0, 0), *border, (0, 0)], constant_values=fill)
    for place in np.ndindex(sizes):
        starts = [at * dilation for at, dilation in zip(place, dilations, strict=True)]
        cut = [
            slice(start, start + (count - 1) * stride + 1, stride)
            for start, count, stride in zip(starts, counts, strides, strict=True)
        ]
        yield place, padded[(slice(None), *cut)]


@channels_last
def conv(scope: Scope, x: Array, kernel: Array) -> Array:
    groups = int(scope.get("groups", 1))
    parts = zip(np.split(x, groups, -1), np.split(kernel, groups, -1), strict=True)
    return np.concatenate(
        [
            sum(seen @ own[place] for place, seen in windows(scope, part, own.shape[:-2]))
            for part, own in parts
        ],
        axis=-1,
    )


@channels_last
def depthwise_conv(scope: Scope, x: Array, kernel: Array) -> Array:
    places = windows(scope, x, kernel.shape[:-2])
    made = sum(seen[..., None] * kernel[place] for place, seen in places)
    return np.reshape(made, (*np.shape(made)[:-2], -1))


@channels_last
def max_pool(scope: Scope, x: Array) -> Array:
    sizes = tuple(scope["pool_size"].tolist())
    return np.asarray(np.max([seen for _, seen in windows(scope, x, sizes, -np.inf)], axis=0))


@channels_last
def average_pool(scope: Scope, x: Array) -> Array:
    sizes = tuple(scope["pool_size"].tolist())
    return np.asarray(np.nanmean([seen for _, seen in windows(scope, x, sizes, np.nan)], axis=0))


def over_space(function: Callable[..., Array], scope: Scope, x: Array) -> Array:
    first = str(scope.get("data_format")) == "channels_first"
    axes = tuple(range(2, x.ndim) if first else range(1, x.ndim - 1))
    return function(x, axis=axes, keepdims="keepdims" in scope)


@channels_last
def zero_padding(scope: Scope, x: Array) -> Array:
    return np.pad(x, [(0, 0), *scope["padding"].tolist(), (0, 0)])


@channels_last
def cropping(scope: Scope, x: Array) -> Array:
    cut = [
        slice(front, size - back)
        for (front, back), size in zip(scope["cropping"].tolist(), x.shape[1:], strict=False)
    ]
    return x[(slice(None), *cut)]


@channels_last
def up_sampling(scope: Scope, x: Array) -> Array:
    for axis, times in enumerate(scope["size"].tolist(), 1):
        x = np.repeat(x, times, axis)
    return x


def adaptive_pool(function: Callable[..., Array]) -> Callable[..., Array]:
    """Return what reduces windows that share out each axis by floor and ceiling."""

    @channels_last
    def pooled(scope: Scope, x: Array) -> Array:
        for axis, m in enumerate(scope["output_size"].tolist(), 1):
            edges = np.arange(m + 1) * x.shape[axis] / m
            pairs = zip(np.floor(edges[:-1]), np.ceil(edges[1:]), strict=True)
            parts = [x.take(range(int(start), int(end)), axis) for start, end in pairs]
            x = np.stack([function(part, axis=axis) for part in parts], axis)
        return x

    return pooled


IN_SPACE: dict[str, Callable[..., Any]] = {
    "conv": conv,
    "depthwise_conv": depthwise_conv,
    "max_pool": max_pool,
    "average_pool": average_pool,
    "adaptive_average_pool": adaptive_pool(np.mean),
    "adaptive_max_pool": adaptive_pool(np.max),
    "max_over_space": lambda scope, x: over_space(np.max, scope, x),
    "mean_over_space": lambda scope, x: over_space(np.mean, scope, x),
    "zero_padding": zero_padding,
    "cropping": cropping,
    "up_sampling": up_sampling,
    "resize": channels_last(in_images.resize),
    "cut_to_shape": channels_last(in_images.cut_to_shape),
    "padded_to_shape": channels_last(in_images.padded_to_shape),
    "center_crop": channels_last(in_images.center_crop),
    "stretched": in_images.contrast,
    "equalized": in_images.equalized,
    **in_sound.IN_SOUND,
}
"""The functions of the formulas: what they are given, and the numbers that stand beside them."""
