"""Pooling to a given size: the windows of an axis side by side, those that are wider as they are.

Narrower windows are filled up with places that a mask leaves out.
"""

from collections.abc import Callable

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


@prepare_layer.register
def adaptive_average(
    layer: AdaptiveAveragePooling1D | AdaptiveAveragePooling2D | AdaptiveAveragePooling3D,
    _numbers: Numbers,
) -> Step:
    """The mean of each window."""
    return lambda x: _pooled(layer, x, np.mean)


@prepare_layer.register
def adaptive_max(
    layer: AdaptiveMaxPooling1D | AdaptiveMaxPooling2D | AdaptiveMaxPooling3D, _numbers: Numbers
) -> Step:
    """The largest of each window."""

    def step(x: Array) -> Array:
        lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
        return _pooled(layer, x, lambda seen, **where: np.max(seen, initial=lowest, **where))

    return step


def _pooled(layer: AdaptivePooling, x: Array, reduced: Callable[..., Array]) -> Array:
    """Reduce the windows of one axis after the other: those of an axis are as large on others."""
    for axis, wanted in zip(layer.space_axes, layer.output_size, strict=True):
        size = x.shape[axis]
        edges = np.arange(wanted + 1) * size
        starts, ends = edges[:-1] // wanted, -(-edges[1:] // wanted)
        table = starts[:, None] + np.arange((ends - starts).max())
        inside = np.expand_dims(table < ends[:, None], tuple(range(2, x.ndim - axis + 1)))
        seen = x.take(np.minimum(table, size - 1), axis)
        x = np.asarray(reduced(seen, axis=axis + 1, where=inside))
    return x
