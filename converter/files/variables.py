"""Which numbers a variable may hold, and variables whose bytes lie in one piece."""

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

import numpy as np

from keronyx.converter.errors import WeightError, shorten
from keronyx.converter.files.span import Span
from keronyx.converter.tensors import Array, Variable

NUMERIC: Final = frozenset(
    {"bool", "float16", "float32", "float64"}
    | {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
)
"""NumPy's names of the types that a variable may have."""

BFLOAT16: Final = np.dtype("V2")
"""What HDF5 files hold in place of bfloat16: two bytes that say nothing about themselves."""

AXES: Final = 32
"""Most axes of an array: NumPy's own limit before its version 2, which nothing can raise."""

AXIS: Final = 1 << 48
"""Longest axis of a variable: no processor can address an array of more numbers."""


def variable(span: Span, name: str, dtype: "np.dtype[Any]", shape: tuple[int, ...]) -> Variable:
    """Describe numbers that lie in one piece and in C order."""
    native = span.data is None and dtype.isnative
    return Variable(
        name=name,
        shape=shape,
        dtype=dtype_name(dtype),
        load=partial(load, span, dtype, shape),
        extent=(span.path, span.offset) if native else None,
    )


def load(span: Span, dtype: "np.dtype[Any]", shape: tuple[int, ...]) -> Array:
    """Return the numbers of a span in native order, bfloat16 as float32."""
    return widened(span.array(dtype, shape))


def dtype_name(dtype: "np.dtype[Any]") -> str:
    """Return the name of a type as a ``Variable`` has it."""
    return "bfloat16" if dtype == BFLOAT16 else dtype.name


def widened(array: Array) -> Array:
    """Return bfloat16 as the float32 numbers whose upper halves they are; others as they are."""
    if array.dtype != BFLOAT16:
        return array
    return (array.view("<u2").astype(np.uint32) << np.uint32(16)).view(np.float32)


def numeric(dtype: "np.dtype[Any]", name: str) -> "np.dtype[Any]":
    """Return a type that a variable may have, or refuse it by its name."""
    if dtype.name not in NUMERIC:
        raise WeightError(f"variable '{shorten(name)}' has type {shorten(dtype)}, not numbers")
    return dtype


def plain_shape(shape: Iterable[Any], name: str) -> tuple[int, ...]:
    """Return a shape whose axes are natural numbers of a possible size."""
    axes = tuple(shape)
    if len(axes) <= AXES and all(map(_is_plain_size, axes)):
        return axes
    raise WeightError(f"variable '{shorten(name)}' has the impossible shape {shorten(axes)}")


def _is_plain_size(axis: Any) -> bool:
    return type(axis) is int and 0 <= axis < AXIS
