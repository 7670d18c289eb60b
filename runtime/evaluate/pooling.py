"""Pooling: the largest number or the mean of every window, or of all of space."""

import numpy as np

from keronyx.converter.layers.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
    Pooling,
)
from keronyx.converter.tensors import Array
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


@prepare_layer.register
def max_pooling(layer: MaxPooling1D | MaxPooling2D | MaxPooling3D, _numbers: Numbers) -> Step:
    """The largest of each window; what padding adds is smaller than everything."""

    def step(x: Array) -> Array:
        lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
        turned = channels_last(layer, x)
        return as_layer(layer, _over_windows(layer, turned, lowest, np.maximum))

    return step


@prepare_layer.register
def average_pooling(
    layer: AveragePooling1D | AveragePooling2D | AveragePooling3D, _numbers: Numbers
) -> Step:
    """The sum of each window over the number of its places that are there."""

    def step(x: Array) -> Array:
        turned = channels_last(layer, x)
        here = np.ones((1, *turned.shape[1:-1], 1), turned.dtype)
        total, count = (_over_windows(layer, each, 0.0, np.add) for each in (turned, here))
        return as_layer(layer, total / count)

    return step


def _over_windows(layer: Pooling, x: Array, around: float, joined: np.ufunc) -> Array:
    """Join what every window has, place by place."""
    ones = (1,) * layer.space
    sizes = x.shape[1:-1]
    if layer.theano and layer.padding == "same":
        pads = padding_on_theano(layer, sizes, layer.pool_size, layer.steps)
    else:
        pads = padding_of(layer.padding, sizes, layer.pool_size, layer.steps)
    bordered = padded(x, pads, around)
    every = (there for _, there in places(bordered, layer.pool_size, layer.steps, ones))
    found = next(every).copy()
    for there in every:
        joined(found, there, out=found)
    return found


@prepare_layer.register
def global_max(
    layer: GlobalMaxPooling1D | GlobalMaxPooling2D | GlobalMaxPooling3D, _numbers: Numbers
) -> Step:
    """``max(inputs, axis=space, keepdims)``."""
    return lambda x: np.max(x, axis=layer.space_axes, keepdims=layer.keepdims)


@prepare_layer.register
def global_average(
    layer: GlobalAveragePooling1D | GlobalAveragePooling2D | GlobalAveragePooling3D,
    _numbers: Numbers,
) -> Step:
    """``mean(inputs, axis=space, keepdims)``, of the steps that a mask lets count."""

    def step(x: Array, mask: Array | None = None) -> Array:
        if mask is None:
            return np.asarray(np.mean(x, axis=layer.space_axes, keepdims=layer.keepdims))
        multiplies = isinstance(layer, GlobalAveragePooling1D) and layer.multiplies
        here = np.expand_dims(mask if multiplies else mask.astype(bool), layer.channel_axis)
        count = np.sum(here, axis=layer.space_axes, keepdims=layer.keepdims)
        with np.errstate(invalid="ignore"):
            some = x * here if multiplies else np.where(here, x, 0)
            total = np.sum(some, axis=layer.space_axes, keepdims=layer.keepdims)
            return np.asarray(total / count.astype(x.dtype))

    return step
