"""Normalisation layers."""

from collections.abc import Callable
from functools import cache
from math import prod

import numpy as np

from keronyx.converter.layers.normalization import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    LegacyBatchNormalization,
    RMSNormalization,
    SpectralNormalization,
    UnitNormalization,
)
from keronyx.converter.several import as_tuple, without
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers

Axes = tuple[int, ...]


@prepare_layer.register
def batch_normalization(layer: BatchNormalization, numbers: Numbers) -> Step:
    """``x * inv + (beta - moving_mean * inv)``, inv = gamma / sqrt(moving_variance + epsilon)."""
    deviation = np.sqrt(numbers.exact(layer.moving_variance) + layer.epsilon)
    scale = numbers.exact(layer.gamma, absent=1.0) / deviation
    shift = numbers.exact(layer.beta) - numbers.exact(layer.moving_mean) * scale
    scale, shift = scale.astype(numbers.dtype), shift.astype(numbers.dtype)
    if isinstance(layer.axis, tuple):
        return lambda x: x * scale + shift
    return _affine(scale, shift, (layer.axis,))


@prepare_layer.register
def legacy_batch_normalization(layer: LegacyBatchNormalization, numbers: Numbers) -> Step:
    """Keras 0.3 and 1, by mode."""
    modes = {0: _by_deviation, 1: _by_sample, 2: _by_batch}
    return modes[layer.mode](layer, numbers)


def _by_deviation(layer: LegacyBatchNormalization, numbers: Numbers) -> Step:
    """Return ``gamma * (x - running_mean) / (running_std + epsilon) + beta``."""
    scale = numbers.exact(layer.gamma) / (numbers.exact(layer.running_std) + layer.epsilon)
    shift = numbers.exact(layer.beta) - numbers.exact(layer.running_mean) * scale
    return _affine(scale.astype(numbers.dtype), shift.astype(numbers.dtype), (layer.axis,))


def _by_sample(layer: LegacyBatchNormalization, numbers: Numbers) -> Step:
    """Return ``(x - mean) / (std + epsilon)`` over the last axis, times gamma plus beta.

    From 1.0.6 on, ``std`` is ``sqrt(var + epsilon)``, and epsilon is still added to it.
    """
    gamma, beta = numbers(layer.gamma), numbers(layer.beta)
    inside = layer.epsilon if layer.variance else 0.0

    def step(x: Array) -> Array:
        centred, variance = _moments(x, (-1,))
        return gamma * (centred / (np.sqrt(variance + inside) + layer.epsilon)) + beta

    return step


def _by_batch(layer: LegacyBatchNormalization, numbers: Numbers) -> Step:
    """Normalise by the mean and variance of the batch at hand."""
    affine = _affine(numbers(layer.gamma), numbers(layer.beta), (layer.axis,))

    def step(x: Array) -> Array:
        kept = layer.axis % x.ndim
        centred, variance = _moments(x, tuple(without(range(x.ndim), [kept])))
        return affine(centred / np.sqrt(variance + layer.epsilon))

    return step


@prepare_layer.register
def layer_normalization(layer: LayerNormalization, numbers: Numbers) -> Step:
    """``(x - mean) / sqrt(variance + epsilon) * gamma + beta``; rms_scaling subtracts no mean."""
    axes = _tuple(layer.axis)
    gamma = numbers.exact(layer.gamma, absent=1.0).astype(numbers.dtype)
    beta = numbers.exact(layer.beta).astype(numbers.dtype)
    affine = _affine(gamma, beta, axes)

    def step(x: Array) -> Array:
        centred, variance = _moments(x, axes)
        return affine((x if layer.rms_scaling else centred) / np.sqrt(variance + layer.epsilon))

    return step


@prepare_layer.register
def rms_normalization(layer: RMSNormalization, numbers: Numbers) -> Step:
    """``x * rsqrt(mean(square(x)) + epsilon) * scale``."""
    axes = _tuple(layer.axis)
    affine = _affine(numbers(layer.scale), np.zeros((), numbers.dtype), axes)
    return lambda x: affine(x / np.sqrt(_mean(x * x, axes) + layer.epsilon))


@prepare_layer.register
def group_normalization(layer: GroupNormalization, numbers: Numbers) -> Step:
    """Split the axis into (groups, channels of a group) and normalise each group."""
    gamma = numbers.exact(layer.gamma, absent=1.0).astype(numbers.dtype)
    beta = numbers.exact(layer.beta).astype(numbers.dtype)
    affine = _affine(gamma, beta, (layer.axis,))

    def step(x: Array) -> Array:
        axis = layer.axis % x.ndim
        groups = x.shape[axis] if layer.groups == -1 else layer.groups
        split = (*x.shape[:axis], groups, x.shape[axis] // groups, *x.shape[axis + 1 :])
        others = tuple(without(range(1, x.ndim + 1), [axis]))
        centred, variance = _moments(x.reshape(split), others)
        return affine((centred / np.sqrt(variance + layer.epsilon)).reshape(x.shape))

    return step


@prepare_layer.register
def unit_normalization(layer: UnitNormalization, _numbers: Numbers) -> Step:
    """``x / max(sqrt(sum(square(x))), minimum_norm)``."""

    def step(x: Array) -> Array:
        length = np.sqrt(np.sum(x * x, axis=layer.axis, keepdims=True))
        y: Array = x / np.maximum(length, layer.minimum_norm)
        return y

    return step


@prepare_layer.register
def spectral_normalization(layer: SpectralNormalization, numbers: Numbers) -> Step:
    """The held layer."""
    return prepare_layer(layer.layer, numbers.held(layer.layer))


def _affine(scale: Array, shift: Array, axes: Axes) -> Callable[[Array], Array]:
    """Return the function ``x * scale + shift`` with both laid along the axes of x."""

    @cache
    def laid(rank: int) -> tuple[Array, Array]:
        return along(scale, axes, rank), along(shift, axes, rank)

    def affine(x: Array) -> Array:
        factor, term = laid(x.ndim)
        y: Array = x * factor
        y += term
        return y

    return affine


def along(statistics: Array, axes: Axes, rank: int) -> Array:
    """Reshape statistics that belong to some axes, so that they broadcast along these.

    Fewer axes than these are the last ones of them.
    """
    places = sorted(axis % rank for axis in axes)[len(axes) - statistics.ndim :]
    sizes = [1] * rank
    for place, size in zip(places, statistics.shape, strict=True):
        sizes[place] = size
    return statistics.reshape(sizes)


def _moments(x: Array, axes: Axes) -> tuple[Array, Array]:
    """Return x without its mean over the axes, and its variance there."""
    centred = x - _mean(x, axes)
    return centred, _mean(centred * centred, axes)


def _mean(x: Array, axes: Axes) -> Array:
    """Mean over axes, which stay; of nothing it is NaN, without NumPy's warning."""
    y: Array = np.sum(x, axis=axes, keepdims=True) / prod(x.shape[axis] for axis in axes)
    return y


def _tuple(axis: int | Axes) -> Axes:
    return as_tuple(axis)
