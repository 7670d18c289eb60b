"""What a convolution becomes that takes in the normalisation behind or before it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

import numpy as np

from keronyx.converter.emit.adapted import merged
from keronyx.converter.emit.base import numbers
from keronyx.converter.emit.fold import Scaling, scaled, take_in
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.convolutional import (
    Convolution,
    DepthwiseConvolution,
    SeparableConvolution,
    Sliding,
    TransposedConvolution,
)
from keronyx.converter.several import picked
from keronyx.converter.tensors import Array, Variable


@dataclass(frozen=True)
class Kernel:
    """Which variable a normalisation goes into: one whose axes ``made`` are the filters."""

    name: str
    made: tuple[int, ...]


@singledispatch
def former(_layer: Layer) -> Kernel:
    """Return the kernel that makes the channels of the result."""
    return Kernel("kernel", (-1,))


@former.register
def _(_layer: DepthwiseConvolution) -> Kernel:
    return Kernel("kernel", (-2, -1))


@former.register
def _(_layer: SeparableConvolution) -> Kernel:
    return Kernel("pointwise_kernel", (-1,))


@former.register
def _(_layer: TransposedConvolution) -> Kernel:
    return Kernel("kernel", (-2,))


@take_in.register
def convolution_with(
    layer: Convolution | DepthwiseConvolution | SeparableConvolution | TransposedConvolution,
    terms: Scaling,
    *,
    follows: bool,
) -> Sliding | None:
    """Take in finite numbers for each channel: what follows a linear one, or feeds a plain one."""
    fits = terms.axis == layer.channel_axis and terms.rank == layer.space + 2
    if not fits or layer.dtype.compute != "float32":
        return None
    known = terms.finite()
    if known is None:
        return None
    plain = merged(layer)
    if follows:
        return _into_former(plain, *known) if layer.activation.is_linear else None
    return _into_latter(plain, *known) if isinstance(plain, Convolution) else None


def _into_former(layer: Sliding, scale: Array, shift: Array) -> Sliding:
    """(kernel over x + bias) · scale + shift."""
    kernel = former(layer)
    variable: Variable = getattr(layer, kernel.name)
    rank = len(variable.shape)
    made = [axis % rank for axis in kernel.made]
    sizes = tuple(variable.shape[axis] if axis in made else 1 for axis in range(rank))
    channels = int(np.prod(picked(variable.shape, made)))

    def whole() -> Array:
        return _product(layer, kernel.name, np.broadcast_to(scale, channels).reshape(sizes))

    def bias() -> Array:
        return np.broadcast_to(_bias(layer) * scale + shift, channels)

    return _merged(layer, kernel.name, channels, whole, bias)


def _into_latter(layer: Convolution, scale: Array, shift: Array) -> Sliding | None:
    """Kernel over (x · scale + shift) + bias, where no border of zeros comes between."""
    if layer.padding != "valid" or layer.groups != 1:
        return None
    if not np.isfinite(numbers(layer, "kernel")).all():
        return None
    inputs, filters = layer.kernel.shape[-2:]
    scale, shift = np.broadcast_to(scale, inputs), np.broadcast_to(shift, inputs)

    def whole() -> Array:
        return _product(layer, "kernel", scale[:, None])

    def bias() -> Array:
        taken = numbers(layer, "kernel").astype(np.float64).reshape(-1, inputs, filters)
        total: Array = _bias(layer) + shift @ taken.sum(axis=0)
        return total

    return _merged(layer, "kernel", filters, whole, bias)


def _bias(layer: Sliding) -> Array:
    return numbers(layer, "bias").astype(np.float64) if layer.use_bias else np.zeros(())


def _product(layer: Sliding, name: str, factor: Array) -> Array:
    return scaled(numbers(layer, name), factor, "float32")


def _merged(
    layer: Sliding,
    name: str,
    channels: int,
    kernel: Callable[[], Array],
    bias: Callable[[], Array],
) -> Sliding:
    variable: Variable = getattr(layer, name)

    def rounded_bias() -> Array:
        return bias().astype(np.float32)

    changed: dict[str, Any] = {
        name: Variable(name="folded", shape=variable.shape, dtype="float32", load=kernel),
        "bias": Variable(name="folded", shape=(channels,), dtype="float32", load=rounded_bias),
    }
    return replace(layer, use_bias=True, **changed)
