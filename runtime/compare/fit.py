"""Lay somebody's array out as a layer's values are: rows first, then the axes of a row."""

from collections.abc import Iterator
from math import prod
from typing import NamedTuple

import numpy as np

from keronyx.converter.several import without
from keronyx.converter.tensors import Array


class Laid(NamedTuple):
    """An array in the shape of a slot, or of its first rows; and what was done to it."""

    array: Array
    note: str = ""


def laid_out(array: Array, shape: tuple[int, ...]) -> tuple[Laid, ...]:
    """Return every way in which an array fits a shape, the likeliest first."""
    found: list[Laid] = []
    for laid in _ways(array, shape):
        if not any(laid.array.shape == each.array.shape and _same(laid, each) for each in found):
            found.append(laid)
    return tuple(found)


def _same(a: Laid, b: Laid) -> bool:
    return bool(np.array_equal(a.array, b.array))


def _ways(array: Array, shape: tuple[int, ...]) -> Iterator[Laid]:
    if array.shape == shape:
        yield Laid(array)
    if array.size == prod(shape):
        yield from _whole(array, shape)
    elif len(shape) and shape[0] > 1:
        yield from _part(array, shape)


def _whole(array: Array, shape: tuple[int, ...]) -> Iterator[Laid]:
    """Take arrays of as many numbers."""
    count, size = (shape[0], prod(shape[1:])) if shape else (1, 1)
    if _long(array.shape) == _long(shape):
        yield Laid(array.reshape(shape))
    if array.shape in {(count, size), (count * size,)}:
        yield Laid(array.reshape(shape), "flattened")
    if array.shape == shape[::-1]:
        yield Laid(array.T, "transposed")
    if array.shape == (size, count):
        yield Laid(array.T.reshape(shape), "transposed")
    if array.shape == (count * size,):
        yield Laid(array.reshape(shape[::-1]).T, "flattened column by column")


def _part(array: Array, shape: tuple[int, ...]) -> Iterator[Laid]:
    """Take the first rows, or the first one alone."""
    row = shape[1:]
    if _has_fewer_rows(array, shape):
        yield Laid(array, f"the first {len(array)} rows" if len(array) > 1 else "the first row")
    elif array.size == prod(row) and _long(array.shape) in {_long(row), _long((prod(row),))}:
        yield Laid(array.reshape(1, *row), "the first row")


def _has_fewer_rows(array: Array, shape: tuple[int, ...]) -> bool:
    """Tell some rows of a shape from all of them."""
    return array.ndim == len(shape) and array.shape[1:] == shape[1:] and 0 < len(array) < shape[0]


def _long(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the axes that have more than one place."""
    return tuple(without(shape, [1]))
