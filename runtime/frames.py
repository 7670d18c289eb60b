"""Tables in memory, as pandas and others have them: their columns are found by names, too."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from keronyx.converter.errors import FileFormatError, UsageError, shorten
from keronyx.converter.several import are_all
from keronyx.converter.tensors import Array
from keronyx.runtime.columns import Layout, places_of
from keronyx.runtime.specs import Specs


def by_names(data: Any, specs: Specs, columns: Sequence[str]) -> Any:
    """Return what is given to a model, with every table in it as arrays in the model's order.

    A table is whatever has ``columns`` and is an array to NumPy; the names that are known, those
    of ``columns`` or of inputs that hold one value each, say the order of its columns, and others
    beside them are left out. One whose names say nothing stays as it is, as all else does. Raises
    UsageError where a column is missing or there twice, or where a value is no number.
    """
    names = names_of(data)
    if names:
        return _arranged(data, names, Layout.of(specs, len(names), columns))
    tables = _tables(data, list(specs))
    if not tables:
        return data
    made = dict(data) if isinstance(data, Mapping) else list(data)
    for key, name, table in tables:
        made[key] = of_input(table, name, specs, columns)
    return made


def of_input(table: Any, name: str, specs: Specs, columns: Sequence[str]) -> Any:
    """Return the table of one input as an array whose columns are in the model's order."""
    names = names_of(table)
    if not columns or not names:
        return table
    own = _columns_of(name, Layout.of(specs, len(columns), columns))
    if own is None:
        return table
    return _arranged(table, names, Layout.of({name: specs[name]}, len(own), own))[name]


def _columns_of(name: str, layout: Layout) -> tuple[str, ...] | None:
    """Return the names of an input's own columns; None where there is no such input."""
    left = iter(layout.names)
    for each, shape in layout.shapes.items():
        own = tuple(islice(left, math.prod(shape)))
        if each == name:
            return own
    return None


def names_of(table: Any) -> list[str]:
    """Return the names of a table's columns, none where it is no table or has other names."""
    if isinstance(table, np.ndarray | Mapping | str):
        return []
    try:
        names = list(getattr(table, "columns", ()))
    except TypeError:
        return []
    return names if are_all(str, names) else []


def _tables(data: Any, inputs: Sequence[str]) -> list[tuple[Any, str, Any]]:
    """Return the tables among arrays, each with its place and the input that it is meant for."""
    return [(key, name, each) for key, name, each in _given(data, inputs) if names_of(each)]


def _given(data: Any, inputs: Sequence[str]) -> Iterator[tuple[Any, str, Any]]:
    if isinstance(data, Mapping):
        yield from ((key, key, each) for key, each in data.items())
    elif isinstance(data, list | tuple) and len(data) == len(inputs):
        yield from zip(range(len(data)), inputs, data, strict=True)


def _arranged(table: Any, names: list[str], layout: Layout) -> Any:
    """Return the inputs by name from a table's columns; the table where no name is known."""
    header = [*map(str.strip, names)]
    if layout.is_strange_to(header):
        return table
    rows = np.asarray(table)
    if rows.shape[1:] != (len(header),):
        raise UsageError(f"a table of shape {rows.shape} under {len(header)} names")
    try:
        places = places_of(header, layout, lambda _: None, lambda _: False)
    except FileFormatError as error:
        raise UsageError(error.what, hint=error.hint) from error
    return dict(_parted(rows[:, places], layout))


def _parted(rows: Array, layout: Layout) -> Iterator[tuple[str, Array]]:
    """Yield every input's name and values, which stand side by side."""
    start = 0
    for name, shape in layout.shapes.items():
        end = start + math.prod(shape)
        part = rows[:, start:end].reshape(len(rows), *shape)
        is_text = layout.dtypes[start:end][:1] == ("string",)
        yield name, part if is_text or part.dtype != object else _numbers(part, name)
        start = end


def _numbers(part: Array, name: str) -> Array:
    """Return numbers that stand in a table beside text."""
    try:
        return part.astype(np.float64)
    except (TypeError, ValueError) as error:
        what = f"input '{shorten(name)}' takes numbers, but its columns hold something else"
        raise UsageError(what) from error
