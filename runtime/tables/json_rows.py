"""Rows as JSON: arrays by name, rows of the only input, or records by the names of columns."""

import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from keronyx.converter.errors import FileFormatError, shorten
from keronyx.converter.overwriting import matches
from keronyx.converter.several import mapped
from keronyx.converter.tensors import Array
from keronyx.runtime.columns import Asked
from keronyx.runtime.tables.records import named_rows, read_named

LONG: Final = re.compile(r"[eE]\+?\d{3}|\d{300}")
"""What a number has that is too large for float64."""

VALUES: Final = rb"\s*\[\s*(?:[\[\]\"\d-]|NaN|Infinity|null|true|false)"
"""How a JSON list begins that has values in it; a Keras architecture's have objects."""

is_rows = matches(rb'\s*(?:\{\s*"(?:[^"\\]|\\.)*"\s*:)?' + VALUES)
"""Tell a file of rows from other JSON."""


def read_json(path: Path, asked: Asked) -> Any:
    """Return the inputs by name, or the values of the only one."""
    found = parsed(path, _finite)
    named = named_rows(found, asked.specs)
    if named is not None:
        return read_named(named, asked)
    return [found] if _is_one_row(found, asked) else found


def parsed(path: Path, long: Callable[[str], float] | None = None) -> Any:
    """Return what a file holds; ``long`` reads its floats where some number is very large.

    Raises FileFormatError where it is not JSON.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        # A hook for every number takes time, which only long numbers are worth.
        return json.loads(text, parse_float=long if LONG.search(text) else None)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise FileFormatError(f"{where}: not JSON: {error.msg.lower()}") from error
    except (ValueError, RecursionError) as error:
        raise FileFormatError("not JSON in UTF-8") from error


def _finite(text: str) -> float:
    """Return a number, or raise FileFormatError where it is too large for all types."""
    number = float(text)
    if math.isinf(number):
        raise FileFormatError(f"{shorten(text)} does not fit into float64")
    return number


def _is_one_row(found: Any, asked: Asked) -> bool:
    """Tell a flat list that is the only row of the only input."""
    if len(asked.specs) != 1 or not isinstance(found, list):
        return False
    (spec,) = asked.specs.values()
    is_row = spec.shape[1:] == (len(found),) and not any(isinstance(each, list) for each in found)
    if is_row:
        asked.note("the list is read as one row")
    return is_row


def write_json(file: IO[bytes], outputs: Mapping[str, Array]) -> None:
    """Write all outputs by name, in one line."""
    file.write((json.dumps(listed(outputs), ensure_ascii=False) + "\n").encode())


def listed(outputs: Mapping[str, Array]) -> dict[str, Any]:
    """Return arrays as nested lists for JSON, which has no NaN and no infinities: null."""
    return mapped(_listed, outputs)


def _listed(array: Array) -> Any:
    if array.dtype.kind != "f":
        return array.tolist()
    # By way of strings, which have as many digits as the type has, and no more.
    numbers = array.astype(str).astype(np.float64)
    values = numbers.astype(object)
    values[~np.isfinite(numbers)] = None
    return values.tolist()
