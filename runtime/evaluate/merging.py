"""Layers that combine several inputs."""

from collections.abc import Callable, Mapping
from functools import partial, reduce
from math import prod
from typing import Final

import numpy as np

from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.merging import (
    Add,
    Average,
    Concatenate,
    CosineMerge,
    Dot,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
)
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers

COSINE_BOUND = 1e-7


def _aligned(arrays: tuple[Array, ...]) -> list[Array]:
    """Give all inputs the same rank: Keras expands the lower ones at axis 1."""
    rank = max(array.ndim for array in arrays)
    return [
        array.reshape(*array.shape[:1], *[1] * (rank - array.ndim), *array.shape[1:])
        for array in arrays
    ]


def _fold(operation: Callable[[Array, Array], Array], *arrays: Array) -> Array:
    """Combine the inputs one after the other."""
    return reduce(operation, _aligned(arrays))


COMBINED: Final[Mapping[type[Layer], Callable[[Array, Array], Array]]] = {
    Add: np.add,
    Subtract: np.subtract,
    Multiply: np.multiply,
    Maximum: np.maximum,
    Minimum: np.minimum,
}


@prepare_layer.register
def combined(layer: Add | Subtract, _numbers: Numbers) -> Step:
    """Two inputs as one, then the next with these."""
    return partial(_fold, COMBINED[type(layer)])


@prepare_layer.register
def multiply(_layer: Multiply, _numbers: Numbers) -> Step:
    """``multiply(x1, x2) ...``, of ``where(mask, x, 1)``, and 0 where no mask holds."""

    def step(*arrays: Array, mask: tuple[Array, ...] = ()) -> Array:
        if not mask:
            return _fold(np.multiply, *arrays)
        here = [each[..., None] for each in mask]
        one = (np.where(m, x, np.ones((), x.dtype)) for m, x in zip(here, arrays, strict=True))
        product = _fold(np.multiply, *one)
        return np.where(reduce(np.logical_or, here), product, np.zeros((), product.dtype))

    return step


@prepare_layer.register
def extremes(layer: Maximum | Minimum, _numbers: Numbers) -> Step:
    """The largest or the smallest of each input and those before it.

    With masks, ``x = where(mask, x, output); output = where(output_mask, output, x)`` before.
    """
    operation = COMBINED[type(layer)]

    def step(*arrays: Array, mask: tuple[Array, ...] = ()) -> Array:
        if not mask:
            return _fold(operation, *arrays)
        output, seen = arrays[0], mask[0][..., None]
        for array, here in zip(arrays[1:], mask[1:], strict=True):
            x = np.where(here[..., None], array, output)
            output = operation(np.where(seen, output, x), x)
            seen = seen | here[..., None]
        return output

    return step


@prepare_layer.register
def average(_layer: Average, _numbers: Numbers) -> Step:
    """Sum of the inputs over their number."""
    return lambda *arrays: _fold(np.add, *arrays) / len(arrays)


@prepare_layer.register
def concatenate(layer: Concatenate, _numbers: Numbers) -> Step:
    """The inputs one behind the other."""
    return lambda *arrays: np.concatenate(arrays, axis=layer.axis)


@prepare_layer.register
def dot(layer: Dot, _numbers: Numbers) -> Step:
    """``batch_dot(x, y, axes)``, of inputs of length 1 with ``normalize``."""
    axes = _pair(layer.axes)

    def step(x: Array, y: Array) -> Array:
        if layer.normalize:
            x = x / _length(x, axes[0], layer.minimum_norm)
            y = y / _length(y, axes[1], layer.minimum_norm)
        return batch_dot(x, y, axes)

    return step


@prepare_layer.register
def cosine_merge(layer: CosineMerge, _numbers: Numbers) -> Step:
    """Keras 1: ``batch_dot(l1, l2) / max(sqrt(batch_dot(l1, l1) * batch_dot(l2, l2)), 1e-7)``."""
    axes = _pair(layer.axes)

    def step(x: Array, y: Array) -> Array:
        lengths = np.sqrt(batch_dot(x, x, axes) * batch_dot(y, y, axes))
        if layer.bounded:
            lengths = np.maximum(lengths, COSINE_BOUND)
        return np.expand_dims(batch_dot(x, y, axes) / lengths, 1)

    return step


def batch_dot(x: Array, y: Array, axes: tuple[int, int]) -> Array:
    """Sum the products over one axis of each: x's other axes, then y's; at least (batch, 1)."""
    rows = np.moveaxis(x, axes[0], -1)
    columns = np.moveaxis(y, axes[1], 1)
    batch, *left, size = rows.shape
    right = columns.shape[2:]
    product = rows.reshape(batch, prod(left), size) @ columns.reshape(
        len(columns), columns.shape[1], prod(right)
    )
    return product.reshape(batch, *(left + list(right) or [1]))


def _pair(axes: int | tuple[int, int]) -> tuple[int, int]:
    return axes if isinstance(axes, tuple) else (axes, axes)


def _length(x: Array, axis: int, least: float) -> Array:
    length: Array = np.maximum(np.sqrt(np.sum(x * x, axis=axis, keepdims=True)), least)
    return length
