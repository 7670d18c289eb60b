"""Rows of numbers and strings as CSV: one line a row, the columns of all inputs side by side."""

import csv
import io
import math
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from keronyx.converter.errors import FileFormatError, UsageError, shorten
from keronyx.converter.model import Array, Sizes
from keronyx.runtime.session import Specs

EXACT: Final = 2.0**53
"""From here on, not every integer survives the way through a floating-point number."""

TRUTH: Final = {"true": 1.0, "false": 0.0}
"""How tables spell bools, in any case."""

Line = tuple[int, list[str]]
Shapes = Mapping[str, tuple[int, ...]]


def read_csv(path: Path, specs: Specs) -> dict[str, Array]:
    """Read the inputs of a model from the columns of a file.

    A first line without a single number is a header; where it holds the names that we would give
    the columns (``input``, or ``input[0]``, ``input[1]``, ...), it says their order.
    """
    text = _text(path)
    lines = _lines(text)
    number, cells = next(lines, (0, []))
    if not cells:
        raise FileFormatError("no rows")
    inner = _inner_shapes(specs, len(cells))
    names = column_names(inner)
    dtypes = [specs[name].dtype for name in inner for _ in range(_size(inner[name]))]
    header = _is_header(cells, names, dtypes)
    first = next(lines, None) if header else (number, cells)
    if first is None:
        raise FileFormatError("a header without rows")
    places = {}
    if header and cells != names and sorted(cells) == sorted(set(names)):
        places = {name: place for place, name in enumerate(cells)}
    table = None
    if "string" not in dtypes:
        table = _quick(text, number if header else 0, len(names))
    if table is None:
        kinds = dict(zip(names, dtypes, strict=True))
        arriving = [kinds[name] for name in cells] if places else dtypes
        table = _table(chain([first], lines), arriving)
    if places:
        table = table[:, [places[name] for name in names]]
    return _split(table, inner, specs)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileFormatError("not UTF-8 text", hint="save the table as UTF-8") from error


def _lines(text: str) -> Iterator[Line]:
    """Yield (line number, cells) of every line that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            if any(cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise FileFormatError(f"line {reader.line_num}: {error}") from error


def _inner_shapes(specs: Specs, columns: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of one row; a single open axis follows from the number of columns."""
    shapes = {name: spec.shape[1:] for name, spec in specs.items()}
    open_axes = sum(shape.count(None) for shape in shapes.values())
    if open_axes > 1:
        raise UsageError("a table cannot hold inputs with several open axes", hint="use .npz")
    known = sum(_known(shape) for shape in shapes.values() if None not in shape)
    each = math.prod(_known(shape) for shape in shapes.values() if None in shape)
    free = max(columns - known, 0) // max(each, 1)
    return {
        name: tuple(free if size is None else size for size in shape)
        for name, shape in shapes.items()
    }


def _known(shape: Sizes) -> int:
    return math.prod(size for size in shape if size is not None)


def _size(shape: tuple[int, ...]) -> int:
    return math.prod(shape)


def column_names(shapes: Shapes) -> list[str]:
    """Return a name for every column: the tensor's, with an index where it has several."""
    return [
        name + "".join(f"[{index}]" for index in place) if _size(shape) != 1 else name
        for name, shape in shapes.items()
        for place in np.ndindex(shape)
    ]


def _is_header(cells: list[str], names: list[str], dtypes: list[str]) -> bool:
    if sorted(cells) == sorted(names):
        return True
    if len(cells) != len(names):
        return False
    numeric = [pair for pair in zip(cells, dtypes, strict=True) if pair[1] != "string"]
    return bool(numeric) and all(cell and _number(cell, dtype) is None for cell, dtype in numeric)


def _number(cell: str, dtype: str) -> float | None:
    """Return a cell's number, where bools may be spelled out; None where it is none."""
    if dtype == "bool" and cell.lower() in TRUTH:
        return TRUTH[cell.lower()]
    if "_" in cell:  # which Python allows between digits
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def _quick(text: str, skip: int, columns: int) -> Array | None:
    """Read a table of nothing but numbers in C; None where it is not one."""
    try:
        table = np.loadtxt(
            io.StringIO(text), delimiter=",", comments=None, quotechar='"', skiprows=skip, ndmin=2
        )
    except ValueError:
        return None
    return table if table.shape[1] == columns else None


def _table(lines: Iterator[Line], dtypes: list[str]) -> Array:
    """Read a table cell by cell; whatever is wrong is told with its line and column."""
    rows = [_row(number, cells, dtypes) for number, cells in lines]
    return np.array(rows, object if "string" in dtypes else np.float64)


def _row(number: int, cells: list[str], dtypes: list[str]) -> list[Any]:
    if len(cells) != len(dtypes):
        hint = "separate the columns with commas" if ";" in cells[0] or "\t" in cells[0] else ""
        raise FileFormatError(
            f"line {number}: {len(cells)} columns, expected {len(dtypes)}", hint=hint
        )
    values: list[Any] = []
    for column, (cell, dtype) in enumerate(zip(cells, dtypes, strict=True), 1):
        value = cell if dtype == "string" else _number(cell, dtype)
        if value is None:
            what = f"{shorten(repr(cell))} is not a number" if cell else "empty"
            raise FileFormatError(f"line {number}, column {column}: {what}")
        values.append(value)
    return values


def _split(table: Array, inner: Shapes, specs: Specs) -> dict[str, Array]:
    feed = {}
    start = 0
    for name, shape in inner.items():
        part = table[:, start : start + _size(shape)]
        start += _size(shape)
        dtype = specs[name].dtype
        if dtype != "string":
            part = part.astype(np.float64, copy=False)
            if dtype in {"int64", "uint64"} and np.any(np.abs(part) >= EXACT):
                hint = "give them in .npy or .npz"
                raise UsageError(f"input '{shorten(name)}': integers above 2**53", hint=hint)
        feed[name] = part.reshape(len(table), *shape)
    return feed


def write_csv(file: IO[str], outputs: Mapping[str, Array]) -> None:
    """Write a header and a line for each row, floats in the fewest digits that read back equal."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(column_names({name: array.shape[1:] for name, array in outputs.items()}))
    columns = [array.reshape(len(array), -1).astype(str) for array in outputs.values()]
    writer.writerows(np.concatenate(columns, axis=1).tolist())
