"""Pooling to a given size: what each window has, window by window."""

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from keronyx.converter.layers.adaptive import (
    AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D,
    AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D,
    AdaptiveMaxPooling3D,
    AdaptivePooling,
)
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers
from keronyx.runtime.evaluate.windows import as_layer, channels_last


@prepare_layer.register
def adaptive_average(
    layer: AdaptiveAveragePooling1D | AdaptiveAveragePooling2D | AdaptiveAveragePooling3D,
    _numbers: Numbers,
) -> Step:
    """The mean of each window."""

    def step(x: Array) -> Array:
        return _pooled(layer, x, np.mean)

    return step


@prepare_layer.register
def adaptive_max(
    layer: AdaptiveMaxPooling1D | AdaptiveMaxPooling2D | AdaptiveMaxPooling3D, _numbers: Numbers
) -> Step:
    """The largest of each window."""

    def step(x: Array) -> Array:
        return _pooled(layer, x, np.max)

    return step


def _pooled(layer: AdaptivePooling, x: Array, reduced: Callable[..., Array]) -> Array:
    turned = channels_last(layer, x)
    made = np.empty((len(x), *layer.output_size, turned.shape[-1]), x.dtype)
    axes = tuple(range(1, layer.space + 1))
    for place in np.ndindex(*layer.output_size):
        seen = turned
        for axis, (at, wanted) in enumerate(zip(place, layer.output_size, strict=True), 1):
            share = Fraction(turned.shape[axis], wanted)
            seen = seen.take(range(math.floor(at * share), math.ceil((at + 1) * share)), axis)
        made[:, *place] = reduced(seen, axis=axes)
    return as_layer(layer, made)
