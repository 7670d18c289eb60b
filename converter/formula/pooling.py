"""Pooling."""

from keronyx.converter.formula.expression import Expression, apply
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.formula.spatial import in_space
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
    GlobalPooling,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
    Pooling,
)


@express.register
def max_pooling(layer: MaxPooling1D | MaxPooling2D | MaxPooling3D, x: Expression) -> Meaning:
    """The largest number of every window."""
    return _pooled(layer, apply("max_pool", x), "the largest number of every window and channel")


@express.register
def average_pooling(
    layer: AveragePooling1D | AveragePooling2D | AveragePooling3D, x: Expression
) -> Meaning:
    """The mean of every window."""
    note = "the mean of every window and channel, of the places that padding did not add"
    return _pooled(layer, apply("average_pool", x), note)


def _pooled(layer: Pooling, value: Expression, note: str) -> Meaning:
    facts = in_space(layer, pool_size=layer.pool_size, strides=layer.steps, padding=layer.padding)
    return Meaning(value=value, numbers=facts, note=note)


@express.register
def global_max(
    layer: GlobalMaxPooling1D | GlobalMaxPooling2D | GlobalMaxPooling3D, x: Expression
) -> Meaning:
    """The largest number of every channel."""
    note = "the largest number of every channel"
    return Meaning(value=apply("max_over_space", x), numbers=_kept(layer), note=note)


@express.register
def global_average(
    layer: GlobalAveragePooling1D | GlobalAveragePooling2D | GlobalAveragePooling3D,
    x: Expression,
    mask: Expression | None = None,
) -> Meaning:
    """The mean of every channel."""
    if mask is not None:
        note = "the mean of every channel, over the steps that the mask lets count"
        value = apply("mean_over_space", x, mask)
        return Meaning(value=value, numbers=_kept(layer), note=note)
    note = "the mean of every channel"
    return Meaning(value=apply("mean_over_space", x), numbers=_kept(layer), note=note)


def _kept(layer: GlobalPooling) -> dict[str, object]:
    """Tell where the axes of space stay, with size 1."""
    return in_space(layer, keepdims=True) if layer.keepdims else in_space(layer)
