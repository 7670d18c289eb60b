"""Numbers taken by their places, and places told."""

from typing import Literal

import numpy as np

from keronyx.converter.layers.ops_indexing import (
    Diagonal,
    DiagonalMatrix,
    Encoded,
    Extreme,
    Searched,
    Sorted,
    Taken,
    Triangle,
    Window,
)
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.ops_base import in_types, name_of, over
from keronyx.runtime.evaluate.precision import Numbers, working


@prepare_layer.register
def taken(layer: Taken, numbers: Numbers) -> Step:
    """By places along an axis, or of all in a row."""

    def step(*inputs: Array) -> Array:
        dtype = layer.computes_in(*map(name_of, inputs))
        x, places = in_types(layer, numbers, inputs, dtype, "int64")
        if layer.function == "take":
            return np.take(x, places, axis=layer.axis)
        if layer.axis is None:
            return np.take_along_axis(x, places, None)
        return _along(x, places, layer.axis % x.ndim)

    return step


def _along(x: Array, places: Array, axis: int) -> Array:
    """Take places of their own for every other axis, all of which broadcast."""
    shapes = [list(each.shape) for each in (x, places)]
    for shape in shapes:
        shape[axis] = 1
    common = np.broadcast_shapes(*map(tuple, shapes))
    wide = [
        np.broadcast_to(each, (*common[:axis], each.shape[axis], *common[axis + 1 :]))
        for each in (x, places)
    ]
    return np.take_along_axis(wide[0], wide[1], axis)


@prepare_layer.register
def encoded(layer: Encoded, numbers: Numbers) -> Step:
    """Ones where the class is the number."""
    gives = working(layer.gives, numbers.precision)
    classes = np.arange(layer.num_classes)

    def step(x: Array) -> Array:
        hot = np.moveaxis(x[..., None].astype(np.int64) == classes, -1, layer.axis)
        if layer.function == "multi_hot":
            hot = np.any(hot, axis=1 if x.ndim > 1 else 0)
        found: Array = hot.astype(gives)
        return found

    return step


@prepare_layer.register
def place_of_extreme(layer: Extreme, numbers: Numbers) -> Step:
    """Of -0.0 as the least below 0."""
    found = np.argmax if layer.function == "argmax" else np.argmin
    least = -np.finfo(np.float32).tiny

    def step(x: Array) -> Array:
        if x.dtype.kind == "f" and layer.ordered_zeros:
            x = np.where((x == 0) & np.signbit(x), least, x)
        return np.asarray(found(x, axis=layer.axis, keepdims=layer.keepdims))

    return over(layer, numbers, step)


@prepare_layer.register
def in_order(layer: Sorted, numbers: Numbers) -> Step:
    """Rising, of equal ones the first in front."""
    if layer.function == "sort":
        return over(layer, numbers, lambda x: np.sort(x, axis=layer.axis))
    return over(layer, numbers, lambda x: np.argsort(x, axis=layer.axis, kind="stable"))


@prepare_layer.register
def searched(layer: Searched, numbers: Numbers) -> Step:
    """Where each would have its place."""
    if layer.function == "digitize":
        return over(layer, numbers, lambda x, bins: _places(bins, x, "right"))
    return over(layer, numbers, lambda limits, x: _places(limits, x, layer.side))


def _places(limits: Array, x: Array, side: Literal["left", "right"]) -> Array:
    return np.asarray(np.searchsorted(limits, x, side=side))


@prepare_layer.register
def triangle(layer: Triangle, numbers: Numbers) -> Step:
    """Zeros on one side."""
    function = np.tril if layer.function == "tril" else np.triu
    return over(layer, numbers, lambda x: function(x, layer.k))


@prepare_layer.register
def diagonal(layer: Diagonal, numbers: Numbers) -> Step:
    """The diagonal as the last axis."""
    return over(layer, numbers, lambda x: np.diagonal(x, layer.offset, layer.axis1, layer.axis2))


@prepare_layer.register
def diagonal_matrix(layer: DiagonalMatrix, numbers: Numbers) -> Step:
    """A matrix of a vector, or the other way around."""
    function = np.diag if layer.function == "diag" else np.diagflat
    return over(layer, numbers, lambda x: function(x, layer.k))


@prepare_layer.register
def window(layer: Window, numbers: Numbers) -> Step:
    """A part from places that are given."""

    def step(*inputs: Array) -> Array:
        dtype = layer.computes_in(*map(name_of, inputs))
        x, *given = in_types(layer, numbers, inputs, dtype, "int64")
        starts = np.concatenate([each.reshape(-1) for each in given])
        ends = [
            size if length == -1 else start + length
            for start, length, size in zip(starts, layer.shape, x.shape, strict=True)
        ]
        return x[tuple(map(slice, starts, ends))]

    return step
