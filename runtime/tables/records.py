"""Rows of JSON by the names of their columns: records, columns, or pandas's "split"."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keronyx.converter.errors import FileFormatError, shorten
from keronyx.converter.several import are_all, picked
from keronyx.converter.tensors import Array
from keronyx.runtime.columns import Asked, listed, places_of
from keronyx.runtime.specs import Specs
from keronyx.runtime.tables.rows import split, table_of

SPLIT = frozenset({"columns", "data"})


@dataclass(frozen=True)
class Named:
    """Rows of values under a header."""

    header: list[str]
    rows: list[Sequence[Any]]


def named_rows(found: Any, specs: Specs) -> Named | None:
    """Return rows that have the names of columns; None where they are arrays."""
    if isinstance(found, dict):
        return _of_mapping(found, specs)
    are_records = isinstance(found, list) and found and _are(dict, found)
    return _records(found) if are_records else None


def _of_mapping(found: dict[str, Any], specs: Specs) -> Named | None:
    """Return what is by name: the arrays of inputs, a row of them, or a table's columns."""
    if not found.keys() <= specs.keys():
        return _by_columns(found)
    return _records([found]) if _is_row(found, specs) else None


def _is_row(found: Mapping[str, Any], specs: Specs) -> bool:
    """Tell a single record whose columns are inputs of one value each."""
    rows = all(spec.shape for spec in specs.values())
    return found.keys() == specs.keys() and rows and all(map(_is_value, found.values()))


def _by_columns(found: dict[str, Any]) -> Named | None:
    """Return the rows of a table whose columns have names of their own, or a single record."""
    if found.keys() >= SPLIT and isinstance(found["data"], list):
        return _split(found)
    if _are(list, found.values()):
        return _columns({name: dict(enumerate(values)) for name, values in found.items()})
    if _are(dict, found.values()):
        return _columns(found)
    return _records([found]) if all(map(_is_value, found.values())) else None


def _are(kind: type, values: Iterable[Any]) -> bool:
    return are_all(kind, values)


def _is_value(value: Any) -> bool:
    return value is None or isinstance(value, int | float | str)


def _records(rows: list[dict[str, Any]]) -> Named:
    header = list(rows[0])
    for at, row in enumerate(rows, 1):
        if row.keys() != rows[0].keys():
            other = sorted(row.keys() ^ rows[0].keys())
            raise FileFormatError(f"row {at}: {listed(other)} is not in all rows")
    return Named(header, [list(picked(row, header)) for row in rows])


def _columns(found: Mapping[str, Mapping[Any, Any]]) -> Named:
    """Put columns side by side, whose rows have the same keys."""
    header, first = list(found), next(iter(found.values()))
    for name, column in found.items():
        if column.keys() != first.keys():
            raise FileFormatError(f"'{shorten(name)}' has other rows than '{shorten(header[0])}'")
    return Named(header, [[column[key] for column in found.values()] for key in first])


def _split(found: Mapping[str, Any]) -> Named:
    header = [*map(str, found["columns"])]
    for at, row in enumerate(found["data"], 1):
        if not isinstance(row, list) or len(row) != len(header):
            raise FileFormatError(f"row {at}: not {len(header)} values, one for each column")
    return Named(header, found["data"])


def read_named(named: Named, asked: Asked) -> dict[str, Array]:
    """Return the inputs of a model from rows under a header, as from a table."""
    layout = asked.layout(len(named.header))

    def is_index(place: int) -> bool:
        return [row[place] for row in named.rows] == list(range(len(named.rows)))

    places = places_of(named.header, layout, asked.note, is_index)

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
    kinds, wanted = ((str,), "text") if dtype == "string" else ((int, float), "a number")
    if value is None:
        raise FileFormatError(f"{where}: null", hint="write NaN for a number that is missing")
    if not isinstance(value, kinds):
        raise FileFormatError(f"{where}: {shorten(repr(value))} is not {wanted}")
    return value if isinstance(value, str) else _float(value, dtype, where)


def _float(value: float, dtype: str, where: str) -> float:
    try:
        return float(value)
    except OverflowError as error:
        raise FileFormatError(f"{where}: {shorten(value)} does not fit into {dtype}") from error
