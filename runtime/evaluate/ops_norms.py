"""Normalisations of arrays called as functions."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from keronyx.converter.layers.ops_norms import (
    Affine,
    ByRootMeanSquare,
    ByStatistics,
    Lengthened,
    Moments,
    Standardized,
)
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.ops_base import over
from keronyx.runtime.evaluate.precision import Numbers


@prepare_layer.register
def lengthened(layer: Lengthened, numbers: Numbers) -> Step:
    """``x / maximum(norm(x, order, axis), epsilon)``."""

    def step(x: Array) -> Array:
        sizes = np.abs(x) ** layer.order
        length = np.sum(sizes, axis=layer.places(x.ndim), keepdims=True) ** (1 / layer.order)
        return np.asarray(x / np.maximum(length, layer.least))

    return over(layer, numbers, step)


@prepare_layer.register
def standardized(layer: Standardized, numbers: Numbers) -> Step:
    """``(x - mean(x)) * gamma / sqrt(var(x) + epsilon) + beta``."""

    def normal(x: Array, given: Mapping[str, Array]) -> Array:
        how: dict[str, Any] = {"axis": layer.places(x.ndim), "keepdims": True}
        share = given.get("gamma", 1) / np.sqrt(np.var(x, **how) + layer.least)
        if layer.rms_scaling:
            return np.asarray(x * share)
        return np.asarray((x - np.mean(x, **how)) * share + given.get("beta", 0))

    return over(layer, numbers, _with_operands(layer, normal))


@prepare_layer.register
def by_root_mean_square(layer: ByRootMeanSquare, numbers: Numbers) -> Step:
    """``x * scale / sqrt(mean(square(x)) + epsilon)``."""

    def normal(x: Array, given: Mapping[str, Array]) -> Array:
        square = np.mean(np.square(x), axis=layer.places(x.ndim), keepdims=True)
        return np.asarray(x / np.sqrt(square + layer.least) * given.get("scale", 1))

    return over(layer, numbers, _with_operands(layer, normal))


@prepare_layer.register
def by_statistics(layer: ByStatistics, numbers: Numbers) -> Step:
    """``(x - mean) / sqrt(variance + epsilon) * scale + offset``."""

    def normal(x: Array, given: Mapping[str, Array]) -> Array:
        standard = (x - given["mean"]) / np.sqrt(given["variance"] + layer.least)
        return np.asarray(standard * given.get("scale", 1) + given.get("offset", 0))

    return over(layer, numbers, _with_operands(layer, normal))


@prepare_layer.register
def moments(layer: Moments, numbers: Numbers) -> Step:
    """NumPy's own."""

    def along(function: Callable[..., Any]) -> Callable[..., Array]:
        return lambda x: np.asarray(function(x, axis=layer.places(x.ndim), keepdims=layer.keepdims))

    mean, variance = (over(layer, numbers, along(each)) for each in (np.mean, np.var))

    def both(*inputs: Array) -> Any:
        return mean(*inputs), variance(*inputs)

    return both


def _with_operands(
    layer: Affine, normal: Callable[[Array, Mapping[str, Array]], Array]
) -> Callable[..., Array]:
    """Return a function of the operands in their places, shaped to broadcast against the first."""

    def step(x: Array, *others: Array) -> Array:
        along = [x.shape[place] for place in layer.places(x.ndim)]
        shape = [
            size if axis not in layer.spread(x.ndim) else 1 for axis, size in enumerate(x.shape)
        ]
        laid = [each.reshape(shape) if [*each.shape] == along else each for each in others]
        return normal(x, dict(zip(layer.given[1:], laid, strict=True)))

    return step
