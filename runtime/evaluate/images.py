"""Images of other sizes, and their middles."""

from collections.abc import Callable
from typing import Final

import numpy as np

from keronyx.converter.layers.images import AutoContrast, CenterCrop, Resizing, Sized
from keronyx.converter.layers.resampling import Resampled
from keronyx.converter.several import picked
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import DType, Numbers
from keronyx.runtime.evaluate.taps import Axis

DIGITS: Final = 6
"""Whole numbers are rounded from so many digits, that a half is one however it came about."""


@prepare_layer.register
def resizing(layer: Resizing, _numbers: Numbers) -> Step:
    """``image.resize(inputs, (height, width), ...)``."""

    def step(x: Array) -> Array:
        if layer.crop_to_aspect_ratio:
            x = _of_same_shape(layer, x)
        if layer.pad_to_aspect_ratio:
            x = _with_border(layer, x)
        return resized(layer, x, layer.target)

    return step


def resized(layer: Resampled, x: Array, target: tuple[int, ...]) -> Array:
    """Resize one axis after the other; images that have the size stay as they are."""
    places = list(zip(layer.space_axes, target, strict=True))
    if all(x.shape[axis] == size for axis, size in places):
        return x
    if x.dtype.kind == "f" or layer.picks:
        return _each_axis(layer, x, places, Axis.picked if layer.picks else Axis.resampled)
    if layer.interpolation == "bilinear" and not layer.smooths:
        y = _each_axis(layer, x.astype(np.float32), places[::-1], Axis.blended)
    else:
        y = _each_axis(layer, x.astype(np.float64), places, Axis.resampled)
    return _as_whole(layer, y, x.dtype)


def _each_axis(
    layer: Resampled,
    x: Array,
    places: list[tuple[int, int]],
    change: Callable[[Axis, Array, int], Array],
) -> Array:
    for place, size in places:
        way = (layer.interpolation, x.shape[place], size, layer.smooths, layer.from_corners)
        x = change(Axis(*way), x, place)
    return x


def _as_whole(layer: Resampled, y: Array, dtype: DType) -> Array:
    """Make whole numbers of what came of such: rounded to even, or cut off."""
    if layer.integers == "rounded":
        ends = np.iinfo(dtype)
        fine = np.round(y, DIGITS) if y.dtype == np.float64 else y
        y = np.clip(np.round(fine), ends.min, ends.max)
    return y.astype(dtype)


def _of_same_shape(layer: Sized, x: Array) -> Array:
    """``crop_height = cast(width * target_height / target_width, "int32")``, from the middle."""
    height, width = (x.shape[axis] for axis in layer.space_axes)
    tall = int(np.float32(width * layer.height) / np.float32(layer.width))
    wide = int(np.float32(height * layer.width) / np.float32(layer.height))
    return _cut(layer, x, (max(min(height, tall), 1), max(min(width, wide), 1)))


def _cut(layer: Sized, x: Array, part: tuple[int, int]) -> Array:
    """Cut a part out of the middle, nearer to the start by the odd pixel."""
    cut = [slice(None)] * x.ndim
    for axis, size in zip(layer.space_axes, part, strict=True):
        start = int((x.shape[axis] - size) / 2)
        cut[axis] = slice(start, start + size)
    return x[tuple(cut)]


def _with_border(layer: Resizing, x: Array) -> Array:
    """Put ``int((pad_height - height) / 2)`` rows before and behind, and columns likewise."""
    height, width = (x.shape[axis] for axis in layer.space_axes)
    tall = int(np.float32(width * layer.height) / np.float32(layer.width))
    wide = int(np.float32(height * layer.width) / np.float32(layer.height))
    border = [(0, 0)] * x.ndim
    for axis, more in zip(layer.space_axes, (tall - height, wide - width), strict=True):
        border[axis] = (int(max(more, 0) / 2),) * 2
    return np.pad(x, border, constant_values=layer.fill_value)


@prepare_layer.register
def center_crop(layer: CenterCrop, _numbers: Numbers) -> Step:
    """The middle, or ``smart_resize`` where the image is smaller."""

    def step(x: Array) -> Array:
        sizes = list(picked(x.shape, layer.space_axes))
        if all(size >= wanted for size, wanted in zip(sizes, layer.target, strict=True)):
            return _cut(layer, x, layer.target)
        x = _of_same_shape(layer, x)
        for place, size in zip(layer.space_axes, layer.target, strict=True):
            x = Axis("bilinear", x.shape[place], size).resampled(x, place)
        return x

    return step


@prepare_layer.register
def auto_contrast(layer: AutoContrast, _numbers: Numbers) -> Step:
    """Stretch what is scaled to 0 ... 255, and scale it back."""
    low, high = layer.value_range

    def step(x: Array) -> Array:
        scaled = (x - low) / (high - low) * 255
        least = scaled.min(axis=(1, 2), keepdims=True)
        most = scaled.max(axis=(1, 2), keepdims=True)
        scale = 255 / (most - least)
        stretched = np.clip(scaled * scale - least * scale, 0, 255)
        back = stretched / 255 * (high - low) + low
        return np.where(np.isnan(back), x, back)

    return step
