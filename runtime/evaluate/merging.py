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
def combined(layer: Add | Subtract | Multiply | Maximum | Minimum, _numbers: Numbers) -> Step:
    """Two inputs as one, then the next with these."""
    return partial(_fold, COMBINED[type(layer)])


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
