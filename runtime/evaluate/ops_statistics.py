"""Norms, weighted means and distances of arrays."""

from typing import Any

import numpy as np

from keronyx.converter.layers.ops_statistics import Distances, LogSumExp, Norm, WeightedMean
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.ops_base import over
from keronyx.runtime.evaluate.precision import Numbers


@prepare_layer.register
def log_sum_exp(layer: LogSumExp, numbers: Numbers) -> Step:
    """NumPy's own, number by number."""
    how: dict[str, Any] = {"axis": layer.axis, "keepdims": layer.keepdims}
    return over(layer, numbers, lambda x: np.asarray(np.logaddexp.reduce(x, **how)))


@prepare_layer.register
def norm(layer: Norm, numbers: Numbers) -> Step:
    """NumPy's own."""

    def step(x: Array) -> Array:
        axes = layer.directed(x.ndim)
        axis = axes if len(axes) > 1 else axes[0]
        return np.asarray(np.linalg.norm(x, ord=layer.ord, axis=axis, keepdims=layer.keepdims))

    return over(layer, numbers, step)


@prepare_layer.register
def average(layer: WeightedMean, numbers: Numbers) -> Step:
    """NumPy's own; of weights whose sum is 0 what a division gives."""

    def step(x: Array, *weights: Array) -> Array:
        if not weights:
            return np.asarray(np.mean(x, axis=layer.axis))
        (each,) = weights
        if each.ndim != x.ndim:
            each = np.expand_dims(
                each, [place for place in range(x.ndim) if place not in places(x)]
            )
            each = np.broadcast_to(each, x.shape)
        return np.asarray((x * each).sum(axis=layer.axis) / each.sum(axis=layer.axis))

    def places(x: Array) -> tuple[int, ...]:
        return layer.places(x.ndim)

    return over(layer, numbers, step)


@prepare_layer.register
def distances(layer: Distances, numbers: Numbers) -> Step:
    """The lengths of the differences."""

    def step(x: Array, y: Array) -> Array:
        apart = x[..., :, np.newaxis, :] - y[..., np.newaxis, :, :]
        return np.asarray(np.sqrt(np.square(apart).sum(axis=-1)))

    return over(layer, numbers, step)
