"""Borders put around space or cut off, and places repeated or put between others."""

import numpy as np

from keronyx.converter.layers.spatial import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
    UpSampling1D,
    UpSampling2D,
    UpSampling3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.images import resized
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers


@prepare_layer.register
def zero_padding(layer: ZeroPadding1D | ZeroPadding2D | ZeroPadding3D, _numbers: Numbers) -> Step:
    """``pad(inputs, padding)``."""

    def step(x: Array) -> Array:
        around = dict(zip(layer.space_axes, layer.padding, strict=True))
        return np.pad(x, [around.get(axis, (0, 0)) for axis in range(x.ndim)])

    return step


@prepare_layer.register
def cropping(layer: Cropping1D | Cropping2D | Cropping3D, _numbers: Numbers) -> Step:
    """What is left between the borders."""

    def step(x: Array) -> Array:
        cut = [slice(None)] * x.ndim
        for axis, (before, behind) in zip(layer.space_axes, layer.cropping, strict=True):
            cut[axis] = slice(before, x.shape[axis] - behind)
        return x[tuple(cut)]

    return step


@prepare_layer.register
def up_sampling(layer: UpSampling1D | UpSampling2D | UpSampling3D, _numbers: Numbers) -> Step:
    """``repeat(inputs, size)`` along each axis of space, or ``image.resize``."""
    if isinstance(layer, UpSampling2D) and not layer.picks:
        return _between(layer)

    def step(x: Array) -> Array:
        for axis, times in zip(layer.space_axes, layer.size, strict=True):
            x = np.repeat(x, times, axis=axis)
        return x

    return step


def _between(layer: UpSampling2D) -> Step:
    """``image.resize(inputs, (height * size[0], width * size[1]), interpolation)``."""

    def step(x: Array) -> Array:
        pairs = zip(layer.space_axes, layer.size, strict=True)
        return resized(layer, x, tuple(x.shape[axis] * times for axis, times in pairs))

    return step
