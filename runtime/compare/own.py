"""Read somebody else's values, in whatever order and under whatever names they were kept."""

import csv
import io
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from keronyx.converter.errors import FileFormatError, KeronyxError, UsageError, shorten, unreadable
from keronyx.converter.numbered import numbers_in
from keronyx.converter.several import are_all, present
from keronyx.converter.tensors import Array
from keronyx.runtime.tables.arrays import read_arrays
from keronyx.runtime.tables.csv_rows import text_of
from keronyx.runtime.tables.files import PathLike, suffix_of
from keronyx.runtime.tables.json_rows import parsed

KINDS: Final = ".npz, .npy, .json and .csv"
NUMERIC: Final = frozenset("biufUS")


class Own(NamedTuple):
    """An array under the name that its owner gave it; no name where it had none."""

    name: str
    array: Array


Reading = list[Own]


def read_own(path: PathLike) -> list[Reading]:
    """Return the ways in which a file can be read, the likeliest first.

    Raises UsageError for a file of another kind, FileFormatError for one without numbers.
    """
    reader = READERS.get(suffix_of(path))
    if reader is None:
        raise UsageError(
            f"{shorten(path)!r} holds no values", hint=f"values are compared from {KINDS}"
        )
    try:
        return [reading for reading in reader(Path(path)) if reading]
    except KeronyxError as error:
        raise error.at(path=os.fspath(path)) from error.__cause__
    except OSError as error:
        raise unreadable(error, path) from error


def own_values(given: Any) -> list[Reading]:
    """Return the ways in which values in memory can be read: arrays by name, a list, an array."""
    if isinstance(given, Mapping):
        return [_named(given)]
    if isinstance(given, list | tuple):
        return list(_of_list(given))
    return list(_of_array(_array("", given)))


def _named(given: Mapping[Any, Any]) -> Reading:
    """Take arrays by name; a mapping in a mapping adds to the names."""
    found: Reading = []
    for key, values in given.items():
        if isinstance(values, Mapping):
            found += [Own(f"{key}/{own.name}", own.array) for own in _named(values)]
        else:
            found.append(Own(str(key), _array(str(key), values)))
    return found


def _of_list(given: Sequence[Any]) -> Iterator[Reading]:
    """Read a list as one array, as an array a layer, or as a row each with its layers in it."""
    if given and _are_records(given):
        yield _named(_by_keys(given))
        return
    whole = None if _holds_arrays(given) else _regular(given)
    if whole is not None:
        yield [Own("", whole)]
    yield _of_layers(given)


def _by_keys(rows: Sequence[Mapping[Any, Any]]) -> dict[Any, list[Any]]:
    """Put the values of rows together that have the same names."""
    return {key: [row[key] for row in rows] for key in rows[0]}


def _holds_arrays(given: Sequence[Any]) -> bool:
    return any(isinstance(each, np.ndarray) for each in given)


def _are_records(given: Sequence[Any]) -> bool:
    """Tell rows that all have the same names."""
    return all(isinstance(row, Mapping) and row.keys() == given[0].keys() for row in given)


def _of_layers(given: Sequence[Any]) -> Reading:
    """Read a list as an array a layer, else as a row each with its layers in it."""
    parts = present(map(_regular, given))
    if len(parts) == len(given):
        return [*map(_unnamed, parts)]
    if not _are_rows(given):
        raise FileFormatError("a list of rows of different lengths, and not one array a layer")
    return [*map(_unnamed, zip(*given, strict=True))]


def _unnamed(values: Any) -> Own:
    return Own("", _array("", values))


def _are_rows(given: Sequence[Any]) -> bool:
    """Tell lists that are all of the same length."""
    return all(isinstance(row, list | tuple) and len(row) == len(given[0]) for row in given)


def _of_array(array: Array) -> Iterator[Reading]:
    """Read an array as it is, or as one layer's values after the other's."""
    yield [Own("", array)]
    if array.ndim > 1:
        yield [Own("", part) for part in array]


def _regular(values: Any) -> Array | None:
    try:
        return _array("", values)
    except FileFormatError:
        return None


def _array(name: str, values: Any) -> Array:
    """Return numbers or words as an array; null is NaN."""
    place = f"'{shorten(name)}': " if name else ""
    try:
        found = np.asarray(values)
    except (ValueError, TypeError, OverflowError) as error:
        raise FileFormatError(f"{place}rows of different lengths") from error
    if found.dtype.kind == "O":
        found = _plain(found, place)
    if found.dtype.kind not in NUMERIC:
        raise FileFormatError(f"{place}not numbers, but {found.dtype.name}")
    return found


def _plain(objects: Array, place: str) -> Array:
    """Return objects as words, where all are, else as numbers."""
    words = are_all(str, objects.flat)
    try:
        return objects.astype(str if words else np.float64)
    except (ValueError, TypeError, OverflowError) as error:
        raise FileFormatError(f"{place}not numbers") from error


def _read_npz(path: Path) -> Iterator[Reading]:
    yield _named(read_arrays(path))


def _read_npy(path: Path) -> Iterator[Reading]:
    try:
        found = np.load(path, allow_pickle=False)
    except OSError:
        raise
    # np.load raises whatever struct and its header's parser raise.
    except Exception as error:
        hint = "save a list of layers with np.savez" if "pickle" in str(error) else ""
        raise FileFormatError("not an array of numbers", hint=hint) from error
    if not isinstance(found, np.ndarray):
        raise FileFormatError("several arrays, expected one", hint="name the file .npz")
    yield from _of_array(_array("", found))


def _read_json(path: Path) -> Iterator[Reading]:
    yield from own_values(parsed(path))


def _read_csv(path: Path) -> Iterator[Reading]:
    """Read a table with or without a header, or a layer a line."""
    lines = _lines(path)
    names = [] if any(map(_is_number, lines[0])) else lines[0]
    rows = [[*map(_cell, line)] for line in lines[bool(names) :]]
    if not rows:
        raise FileFormatError("a header without rows")
    if len({*map(len, rows)}) > 1:
        yield [Own("", _array("", row)) for row in rows]
    else:
        yield from _of_table(names, _array("", rows))


def _of_table(names: Sequence[str], table: Array) -> Iterator[Reading]:
    """Read a table by the names of its columns, where all have one, then as an array."""
    if len(names) == table.shape[1]:
        yield _columns(names, table)
    yield from _of_array(table)


def _lines(path: Path) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text_of(path), newline=""), strict=True)
    try:
        lines = [[*map(str.strip, line)] for line in reader]
    except csv.Error as error:
        raise FileFormatError(f"not CSV: {error}") from error
    filled = [*map(_without_tail, filter(any, lines))]
    if not filled:
        raise FileFormatError("no rows")
    return filled


def _without_tail(line: list[str]) -> list[str]:
    """Drop empty cells at the end: spreadsheets fill short lines up with them."""
    while line and not line[-1]:
        line = line[:-1]
    return line


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _is_number(cell: str) -> bool:
    return _number(cell) is not None


def _cell(cell: str) -> Any:
    number = _number(cell)
    return cell if number is None else number


def _columns(names: Sequence[str], table: Array) -> Reading:
    """Put columns together whose names differ in an index: ``dense[0]``, ``dense[1]``."""
    stems = [re.sub(r"(\[\d+\])+$", "", name) for name in names]
    groups: dict[str, list[int]] = {}
    for place, stem in enumerate(stems):
        groups.setdefault(stem, []).append(place)
    return [Own(stem, table[:, places]) for stem, places in groups.items()]


READERS: Final[Mapping[str, Callable[[Path], Iterator[Reading]]]] = {
    ".npz": _read_npz,
    ".npy": _read_npy,
    ".json": _read_json,
    ".csv": _read_csv,
}


def in_order(reading: Reading) -> Reading:
    """Sort names that end in numbers (``layer_0``, ``arr_10``, ``h1``) by these, each kind."""
    if not all(numbers_in(own.name) for own in reading):
        return reading
    return sorted(reading, key=lambda own: numbers_in(own.name)[-1])


def all_names(reading: Reading) -> str:
    """List names and shapes."""
    named = [(f"'{shorten(own.name)}' " if own.name else "", own.array.shape) for own in reading]
    listed = [f"{name}{shape}" for name, shape in named]
    return ", ".join(chain(listed[:12], [f"{len(listed) - 12} more"] if len(listed) > 12 else []))
