"""Rows of JSON by the names of their columns: records, columns, or pandas's "split"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keronyx.converter.errors import FileFormatError, shorten
from keronyx.converter.tensors import Array
from keronyx.runtime.session.predictor import Specs
from keronyx.runtime.tables.columns import Layout, Note, listed, places_of
from keronyx.runtime.tables.rows import split, table_of

SPLIT = frozenset({"columns", "data"})


@dataclass(frozen=True)
class Named:
    """Rows of values under a header."""

    header: list[str]
    rows: list[Sequence[Any]]


def named_rows(found: Any, specs: Specs) -> Named | None:
    """Return rows that have the names of columns; None where they are arrays."""
    if isinstance(found, list):
        return _records(found) if found and all(isinstance(row, dict) for row in found) else None
    if not isinstance(found, dict) or found.keys() <= specs.keys():
        return _record_of_inputs(found, specs)
    if found.keys() >= SPLIT and isinstance(found["data"], list):
        return _split(found)
    if all(isinstance(values, list) for values in found.values()):
        return _columns({name: dict(enumerate(values)) for name, values in found.items()})
    if all(isinstance(values, dict) for values in found.values()):
        return _columns(found)
    return _records([found]) if all(map(_is_value, found.values())) else None


def _record_of_inputs(found: Any, specs: Specs) -> Named | None:
    """Return a single record whose columns are inputs of one value each."""
    if not isinstance(found, dict) or found.keys() != specs.keys():
        return None
    if not all(map(_is_value, found.values())) or not all(s.shape for s in specs.values()):
        return None
    return _records([found])


def _is_value(value: Any) -> bool:
    return value is None or isinstance(value, int | float | str)


def _records(rows: list[dict[str, Any]]) -> Named:
    header = list(rows[0])
    for at, row in enumerate(rows, 1):
        if row.keys() != rows[0].keys():
            other = sorted(row.keys() ^ rows[0].keys())
            raise FileFormatError(f"row {at}: {listed(other)} is not in all rows")
    return Named(header, [[row[name] for name in header] for row in rows])


def _columns(found: Mapping[str, Mapping[Any, Any]]) -> Named:
    """Put columns side by side, whose rows have the same keys."""
    header, first = list(found), next(iter(found.values()))
    for name, column in found.items():
        if column.keys() != first.keys():
            raise FileFormatError(f"'{shorten(name)}' has other rows than '{shorten(header[0])}'")
    return Named(header, [[column[key] for column in found.values()] for key in first])


def _split(found: Mapping[str, Any]) -> Named:
    header = [str(name) for name in found["columns"]]
    for at, row in enumerate(found["data"], 1):
        if not isinstance(row, list) or len(row) != len(header):
            raise FileFormatError(f"row {at}: not {len(header)} values, one for each column")
    return Named(header, found["data"])


def read_named(named: Named, specs: Specs, columns: Sequence[str], note: Note) -> dict[str, Array]:
    """Return the inputs of a model from rows under a header, as from a table."""
    layout = Layout.of(specs, len(named.header), columns)

    def is_index(place: int) -> bool:
        return [row[place] for row in named.rows] == list(range(len(named.rows)))

    places = places_of(named.header, layout, note, is_index)

    def where(row: int, place: int) -> str:
        return f"row {row + 1}, '{shorten(named.header[place])}'"

    rows = [
        [
            _value(row[place], dtype, where(at, place))
            for place, dtype in zip(places, layout.dtypes, strict=True)
        ]
        for at, row in enumerate(named.rows)
    ]
    table = table_of(rows, layout)
    return split(table, layout, lambda row, column: where(row, places[column]))


def _value(value: Any, dtype: str, where: str) -> float | str:
    """Return a number, or for text the text."""
    if dtype == "string" and isinstance(value, str):
        return value
    if value is None:
        raise FileFormatError(f"{where}: null", hint="write NaN for a number that is missing")
    if dtype == "string" or not isinstance(value, int | float):
        wanted = "text" if dtype == "string" else "a number"
        raise FileFormatError(f"{where}: {shorten(repr(value))} is not {wanted}")
    try:
        return float(value)
    except OverflowError as error:
        raise FileFormatError(f"{where}: {shorten(value)} does not fit into {dtype}") from error
