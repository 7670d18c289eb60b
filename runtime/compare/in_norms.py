"""The classical mistakes within normalisation and scaling layers."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np

from keronyx.converter.layers.normalization import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    LegacyBatchNormalization,
    RMSNormalization,
)
from keronyx.converter.layers.preprocessing import Normalization, Rescaling
from keronyx.converter.tensors import Array, Variable
from keronyx.runtime.compare.in_layers import Wrong, other, wrongly

EPSILONS: Final = (1e-3, 1e-5, 1e-6, 1e-7, 1e-8, 1e-12)
"""What programs add by default."""

Affine = BatchNormalization | LayerNormalization | GroupNormalization


@wrongly.register
def _batch_normalization(layer: BatchNormalization) -> Iterator[Wrong]:
    yield from _epsilon(layer)
    yield from _deviations(layer)
    yield from _affine(layer)
    mean = layer.moving_mean
    centred = replace(layer, moving_mean=other(mean, np.zeros_like))
    yield _named("the moving mean was not subtracted in {layers}", centred)
    if isinstance(layer.axis, int):
        what = "the batch's own mean and variance were used in {layers} instead of the moving ones"
        yield Wrong(what, _of_the_batch(layer, layer.axis), "batch statistics", whole=True)


def _named(what: str, layer: Any) -> Wrong:
    """Make a mistake that may also be made in all such layers."""
    return Wrong(what, layer, what)


def _epsilon(layer: Any) -> Iterator[Wrong]:
    """Forget epsilon, or take another program's."""
    yield _named("epsilon was left out in {layers}", replace(layer, epsilon=0.0))
    for epsilon in EPSILONS:
        if not np.isclose(epsilon, layer.epsilon, rtol=1e-3):
            what = f"epsilon was {epsilon:g} in {{layers}} instead of {layer.epsilon:g}"
            yield _named(what, replace(layer, epsilon=epsilon))


def _deviations(layer: BatchNormalization) -> Iterator[Wrong]:
    """Divide by something else than the root of variance plus epsilon."""
    epsilon = layer.epsilon
    divisors: dict[str, Callable[[Array], Array]] = {
        "the variance was used as if it were the standard deviation in {layers}": lambda v: v,
        "the root was left out in {layers}: divided by variance + epsilon": lambda v: v + epsilon,
        "epsilon was added outside the root in {layers}": lambda v: np.sqrt(v) + epsilon,
    }
    for what, divisor in divisors.items():
        squared = other(layer.moving_variance, _squared(divisor))
        yield _named(what, replace(layer, moving_variance=squared, epsilon=0.0))


def _squared(divisor: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """Return the change that makes a variance's root the divisor."""
    return lambda variance: divisor(variance.astype(np.float64)) ** 2


def _affine(layer: Affine) -> Iterator[Wrong]:
    """Forget gamma and beta."""
    there = [name for name in ("gamma", "beta") if getattr(layer, name) is not None]
    for name in there:
        without: dict[str, Any] = {name: None}
        yield _named(f"{name} was left out in {{layers}}", replace(layer, **without))
    if len(there) > 1:
        neither = replace(layer, gamma=None, beta=None)
        yield _named("gamma and beta were left out in {layers}", neither)


def _of_the_batch(layer: BatchNormalization, axis: int) -> LegacyBatchNormalization:
    """Return the layer as Keras 1's mode 2 computed it."""
    shape = layer.moving_mean.shape
    return LegacyBatchNormalization(
        name=layer.name,
        dtype=layer.dtype,
        mode=2,
        axis=axis,
        epsilon=layer.epsilon,
        variance=True,
        gamma=layer.gamma or Variable.of(np.ones(shape)),
        beta=layer.beta or Variable.of(np.zeros(shape)),
        running_mean=layer.moving_mean,
        running_std=layer.moving_variance,
    )


@wrongly.register
def _legacy(layer: LegacyBatchNormalization) -> Iterator[Wrong]:
    yield from _epsilon(layer)
    if layer.mode == 0:
        as_variance = BatchNormalization(
            name=layer.name,
            dtype=layer.dtype,
            axis=layer.axis,
            epsilon=layer.epsilon,
            gamma=layer.gamma,
            beta=layer.beta,
            moving_mean=layer.running_mean,
            moving_variance=layer.running_std,
        )
        what = "the standard deviation was used as if it were the variance in {layers}"
        yield _named(what, as_variance)


@wrongly.register
def _of_samples(layer: LayerNormalization | GroupNormalization) -> Iterator[Wrong]:
    yield from _epsilon(layer)
    yield from _affine(layer)


@wrongly.register
def _rms(layer: RMSNormalization) -> Iterator[Wrong]:
    yield from _epsilon(layer)
    ones = other(layer.scale, np.ones_like)
    yield _named("the scale was left out in {layers}", replace(layer, scale=ones))


@wrongly.register
def _normalization(layer: Normalization) -> Iterator[Wrong]:
    if layer.mean is None or layer.variance is None:
        return
    what = "the variance was used as if it were the standard deviation in {layers}"
    squared = other(layer.variance, np.square)
    yield _named(what, replace(layer, variance=squared))
    ones = other(layer.variance, np.ones_like)
    yield _named("{layers} only subtracted the mean", replace(layer, variance=ones))
    zeros = other(layer.mean, np.zeros_like)
    yield _named("{layers} did not subtract the mean", replace(layer, mean=zeros))


@wrongly.register
def _rescaling(layer: Rescaling) -> Iterator[Wrong]:
    if layer.offset != 0:
        yield _named("the offset was left out in {layers}", replace(layer, offset=0.0))
