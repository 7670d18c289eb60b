"""Normalisation layers."""

from collections.abc import Sequence
from math import prod

import numpy as np

from keronyx.converter.layers import normalization
from keronyx.converter.layers.base import Layer
from keronyx.converter.lower.base import call as call_layer
from keronyx.converter.lower.base import compute_type, exact, lower_layer, row_axis, scalar, weight
from keronyx.converter.lower.builder import Builder
from keronyx.converter.lower.terms import Term, call, maximum
from keronyx.converter.lower.values import Value
from keronyx.converter.several import as_tuple, without
from keronyx.converter.tensors import Array, Variable

Axes = list[int]


def along(array: Array, axes: Sequence[int], rank: int) -> Array:
    """Reshape numbers that belong to some axes, so that they broadcast along these."""
    sizes = [1] * rank
    for axis, size in zip(axes, array.shape, strict=True):
        sizes[axis] = size
    return array.reshape(sizes)


def affine(layer: Layer, code: Builder, x: Value, scale: Array, shift: Array) -> Value:
    """Return x * scale + shift, both of which broadcast against a row."""
    dtype = compute_type(layer, code)
    factor = code.constant("scale", scale, dtype)
    if not shift.any():
        return code.map(lambda a, s: a * s, x, factor)
    return code.map(lambda a, s, b: a * s + b, x, factor, code.constant("shift", shift, dtype))


def mean(code: Builder, x: Value, axes: Axes) -> Value:
    """Return the mean over axes, which stay with size 1."""
    count = prod(x.shape[axis] for axis in axes)
    return code.fold("sum", lambda a: a, x, axes=axes, finish=lambda total: total / count)


def deviation(code: Builder, x: Value, middle: Value, axes: Axes, inside: float) -> Value:
    """Return sqrt(variance + inside) over axes, which stay with size 1."""
    count = prod(x.shape[axis] for axis in axes)

    def square(a: Term, m: Term) -> Term:
        return (a - m) * (a - m)

    return code.fold(
        "sum",
        square,
        x,
        middle,
        axes=axes,
        finish=lambda total: call("sqrt", total / count + inside),
    )


@lower_layer.register
def batch_normalization(layer: normalization.BatchNormalization, code: Builder, x: Value) -> Value:
    """One factor and one term for each number, both worked out beforehand in float64."""
    spread = np.sqrt(exact(layer.moving_variance, layer) + layer.epsilon)
    scale = exact(layer.gamma, layer, absent=1.0) / spread
    shift = exact(layer.beta, layer) - exact(layer.moving_mean, layer) * scale
    if isinstance(layer.axis, tuple):
        return affine(layer, code, x, scale[0], shift[0])
    axis = row_axis(layer, layer.axis, x.rank)
    return affine(layer, code, x, *(along(part, [axis], x.rank) for part in (scale, shift)))


@lower_layer.register
def legacy(layer: normalization.LegacyBatchNormalization, code: Builder, x: Value) -> Value:
    """Mode 0 by a deviation that was kept, mode 1 by each sample's own."""
    if layer.mode == 2:
        raise layer.refuse("mode=2, by the statistics of the batch", "code computes one row")
    if layer.mode == 0:
        axis = row_axis(layer, layer.axis, x.rank)
        scale = exact(layer.gamma, layer) / (exact(layer.running_std, layer) + layer.epsilon)
        shift = exact(layer.beta, layer) - exact(layer.running_mean, layer) * scale
        return affine(layer, code, x, *(along(part, [axis], x.rank) for part in (scale, shift)))
    epsilon = layer.epsilon
    middle = mean(code, x, [x.rank - 1])
    inside = epsilon if layer.variance else 0.0
    spread = deviation(code, x, middle, [x.rank - 1], inside)
    gamma, beta = weight(code, layer, "gamma"), weight(code, layer, "beta")
    return code.map(
        lambda a, m, s, g, b: g * ((a - m) / (s + epsilon)) + b, x, middle, spread, gamma, beta
    )


def scaled(layer: Layer, code: Builder, x: Value, axes: Axes, names: Sequence[str]) -> Value:
    """Return x times the first variable plus the second, of those that the layer has."""
    dtype = compute_type(layer, code)
    for name, operation in zip(names, (_times, _plus), strict=False):
        variable: Variable | None = getattr(layer, name)
        if variable is not None:
            part = code.constant(name, along(exact(variable, layer), axes, x.rank), dtype)
            x = code.map(operation, x, part)
    return x


def _times(a: Term, b: Term) -> Term:
    return a * b


def _plus(a: Term, b: Term) -> Term:
    return a + b


def axes_of(layer: Layer, axis: int | tuple[int, ...], rank: int) -> Axes:
    """Return axes of a row."""
    said = as_tuple(axis)
    return [row_axis(layer, each, rank) for each in said]


@lower_layer.register
def layer_normalization(layer: normalization.LayerNormalization, code: Builder, x: Value) -> Value:
    """By the row's mean and variance; rms_scaling subtracts no mean."""
    axes = axes_of(layer, layer.axis, x.rank)
    middle = mean(code, x, axes)
    spread = deviation(code, x, middle, axes, layer.epsilon)
    if layer.rms_scaling:
        made = code.map(lambda a, s: a / s, x, spread)
    else:
        made = code.map(lambda a, m, s: (a - m) / s, x, middle, spread)
    return scaled(layer, code, made, axes, ("gamma", "beta"))


@lower_layer.register
def rms_normalization(layer: normalization.RMSNormalization, code: Builder, x: Value) -> Value:
    """By the root of the mean of squares."""
    axes = axes_of(layer, layer.axis, x.rank)
    count, epsilon = prod(x.shape[axis] for axis in axes), layer.epsilon
    spread = code.fold(
        "sum",
        lambda a: a * a,
        x,
        axes=axes,
        finish=lambda total: call("sqrt", total / count + epsilon),
    )
    return scaled(layer, code, code.map(lambda a, s: a / s, x, spread), axes, ("scale",))


@lower_layer.register
def group_normalization(layer: normalization.GroupNormalization, code: Builder, x: Value) -> Value:
    """Each group of channels by its mean and variance."""
    axis = row_axis(layer, layer.axis, x.rank)
    groups = x.shape[axis] if layer.groups == -1 else layer.groups
    shape = (*x.shape[:axis], groups, x.shape[axis] // groups, *x.shape[axis + 1 :])
    split = code.dense(x).reshaped(shape)
    axes = without(range(x.rank + 1), [axis])
    middle = mean(code, split, axes)
    spread = deviation(code, split, middle, axes, layer.epsilon)
    made = code.map(lambda a, m, s: (a - m) / s, split, middle, spread).reshaped(x.shape)
    return scaled(layer, code, made, [axis], ("gamma", "beta"))


@lower_layer.register
def unit_normalization(layer: normalization.UnitNormalization, code: Builder, x: Value) -> Value:
    """By the length."""
    least = scalar(layer.minimum_norm, layer)
    length = code.fold(
        "sum",
        lambda a: a * a,
        x,
        axes=axes_of(layer, layer.axis, x.rank),
        finish=lambda total: maximum(call("sqrt", total), least),
    )
    return code.map(lambda a, n: a / n, x, length)


@lower_layer.register
def spectral_normalization(
    layer: normalization.SpectralNormalization, code: Builder, x: Value
) -> Value:
    """The held layer."""
    return call_layer(layer.layer, code, x)
