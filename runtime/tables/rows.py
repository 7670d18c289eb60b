"""Rows that were read become the inputs of a model: numbers that its types hold, or an error."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from keronyx.converter.errors import FileFormatError, UsageError, shorten
from keronyx.converter.tensors import Array
from keronyx.runtime.columns import Layout
from keronyx.runtime.evaluate.precision import FLOATS, as_stored

EXACT: Final = 2.0**53
"""From here on, not every integer survives the way through a floating-point number."""

Where = Callable[[int, int], str]
"""Says where a value stands: row and column of the table, both from 0."""


def split(table: Array, layout: Layout, where: Where) -> dict[str, Array]:
    """Part a table (rows, values) into the inputs; its columns are those of the layout.

    Raises FileFormatError at a number that the input's type does not hold.
    """
    feed = {}
    start = 0
    for name, shape in layout.shapes.items():
        end = start + math.prod(shape)
        part, dtypes = table[:, start:end], layout.dtypes[start:end]
        if dtypes and dtypes[0] != "string":
            part = part.astype(np.float64, copy=False)
            _check(part, dtypes[0], name, where, start)
        feed[name] = part.reshape(len(table), *shape)
        start = end
    return feed


def _check(part: Array, dtype: str, name: str, where: Where, start: int) -> None:
    if dtype in {"int64", "uint64"} and np.any(np.abs(part) >= EXACT):
        hint = "give them in .npy or .npz"
        raise UsageError(f"input '{shorten(name)}': integers above 2**53", hint=hint)
    wrong = unheld(part, dtype)
    if wrong.any():
        row, column = np.argwhere(wrong)[0].tolist()
        what = misfit(spelled(part[row, column]), part[row, column], dtype)
        raise FileFormatError(f"{where(row, start + column)}: {what}")


def unheld(numbers: Array, dtype: str) -> Array:
    """Tell which numbers a type does not hold: too large ones, and fractions in integers."""
    with np.errstate(over="ignore", invalid="ignore"):
        stored = as_stored(numbers, dtype)
        if dtype in FLOATS:
            return np.asarray(np.isinf(stored) & np.isfinite(numbers))
        return np.asarray(stored.astype(np.float64) != numbers)


def misfit(shown: str, number: float, dtype: str) -> str:
    """Say why a type does not hold a number."""
    if dtype not in FLOATS | {"bool"} and np.isfinite(number) and number != np.floor(number):
        return f"{shown} is not a whole number, which {dtype} are"
    return f"{shown} does not fit into {dtype}{_limits(dtype)}"


def _limits(dtype: str) -> str:
    """Say what a type holds."""
    if dtype == "bool":
        return ", which holds 0 and 1"
    if dtype in FLOATS:
        most = {"float16": "65504", "bfloat16": "3.39e38", "float32": "3.4e38"}
        return f", whose largest number is {most.get(dtype, '1.8e308')}"
    limits = np.iinfo(dtype)
    return f", which holds {limits.min} to {limits.max}"


def spelled(number: Any) -> str:
    """Spell a number as it may have stood in the table."""
    return repr(float(number)).removesuffix(".0")


def table_of(rows: Sequence[Sequence[Any]], layout: Layout) -> Array:
    """Return rows of values as an array; of objects where some are text."""
    width = len(layout.names)
    dtype = np.float64 if all(layout.numeric) else object
    return np.array(rows, dtype).reshape(len(rows), width)
