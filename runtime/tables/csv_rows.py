"""Rows of numbers and strings as CSV: one line a row, the columns of all inputs side by side."""

import csv
import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import compress, islice
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from keronyx.converter.errors import FileFormatError, shorten
from keronyx.converter.tensors import Array
from keronyx.runtime.columns import Asked, Layout, Note, column_names, nameless, places_of
from keronyx.runtime.tables.decimals import decimals
from keronyx.runtime.tables.rows import split, table_of

TRUTH: Final = {"true": 1.0, "false": 0.0}
"""How tables spell bools, in any case."""

SEPARATORS: Final = {",": "commas", ";": "semicolons", "\t": "tabs"}

BY_NAME: Final = "write nan for a number that is missing; in pandas to_csv(na_rep='nan')"

Line = tuple[int, list[str]]


def read_csv(path: Path, asked: Asked) -> dict[str, Array]:
    """Read the inputs of a model from columns between commas, semicolons or tabs: see ``_read``."""
    return _read(path, asked, ",;\t")


def read_tsv(path: Path, asked: Asked) -> dict[str, Array]:
    """Read the inputs of a model from columns between tabs: see ``_read``."""
    return _read(path, asked, "\t")


def _read(path: Path, asked: Asked, separators: str) -> dict[str, Array]:
    """Read the inputs of a model from the columns of a file.

    A first line without a single number is a header. Where it holds the names that are known,
    those that are given or else ours (``input``, or ``input[0]``, ``input[1]``, ...), it
    says the order of the columns, and those beside are left out. ``note`` is told what a user
    should know of how the file was read. Raises FileFormatError where it says something else.
    """
    sheet = _sheet(text_of(path), asked, separators)
    if sheet.separator != "," and len(separators) > 1:
        asked.note(f"the columns are separated by {SEPARATORS[sheet.separator]}")
    places = sheet.places(asked.note)
    table = sheet.numbers(places)
    if table is None:
        table = _by_cells(sheet, places, asked.note)
    return split(table, sheet.layout, lambda row, column: sheet.where(row, places[column]))


def text_of(path: Path) -> str:
    """Return the text of a file; raises FileFormatError where it is not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileFormatError("not UTF-8 text", hint="save the table as UTF-8") from error


def _sheet(text: str, asked: Asked, separators: str) -> "Sheet":
    """Return the table by the first separator under which its first line makes sense."""
    sheet = Sheet.of(text, asked, separators[0])
    if sheet.fits:
        return sheet
    others = [Sheet.of(text, asked, each) for each in separators[1:] if each in text]
    widest = max([sheet, *others], key=lambda each: len(each.first[1]))
    return next((other for other in others if other.fits), widest)


@dataclass(frozen=True)
class Sheet:
    """A text as a table: its separator, the first line, and what the columns are to be."""

    text: str
    separator: str
    first: Line
    layout: Layout

    @classmethod
    def of(cls, text: str, asked: Asked, separator: str) -> "Sheet":
        """Read the first line; raises FileFormatError where there is none."""
        first = _first(text, separator)
        if first is None:
            raise FileFormatError("no rows")
        cells = first[1]
        made = cls(text, separator, first, asked.layout(len(cells)))
        blank = 0 if asked.columns else len(nameless(cells))
        if blank and made.header and not made.layout.named_by(cells):
            return replace(made, layout=asked.layout(len(cells) - blank))
        return made

    def is_number(self, cell: str, dtype: str) -> bool:
        """Tell a number, with a decimal comma where commas separate nothing."""
        plain = cell if self.separator == "," else cell.replace(",", ".", 1)
        return number(plain, dtype) is not None

    @cached_property
    def header(self) -> bool:
        """Whether the first line stands over the columns."""
        return self.layout.is_header(self.first[1], self.is_number)

    @property
    def fits(self) -> bool:
        """Whether the first line can be one of this table, if its columns are so separated."""
        cells = self.first[1]
        if self.layout.named_by(cells):
            return True
        if len(cells) != len(self.layout.names) or not self._separates:
            return False
        return self.header or all(map(self._can_be, cells, self.layout.dtypes))

    @property
    def _separates(self) -> bool:
        """Whether there is more than one column, as there is where the separator is no comma."""
        return self.separator == "," or len(self.first[1]) > 1

    def _can_be(self, cell: str, dtype: str) -> bool:
        """Tell whether a cell can be a value of a type; whether it may be empty, is told later."""
        return dtype == "string" or not cell or self.is_number(cell, dtype)

    def lines(self) -> Iterator[Line]:
        """Yield the lines of the rows."""
        return islice(_lines(self.text, self.separator), int(self.header), None)

    def where(self, row: int, place: int) -> str:
        """Say where a row's cell stands in the file."""
        found = next(islice(self.lines(), row, None), self.first)
        return f"line {found[0]}, column {place + 1}"

    def places(self, note: Note) -> list[int]:
        """Return for every value of a row its place in a line."""
        if not self.header:
            self.layout.say_order(note)
            return list(range(len(self.layout.names)))
        return places_of(self.first[1], self.layout, note, self._is_index)

    def _is_index(self, place: int) -> bool:
        """Tell whether a column counts the rows from 0, or is empty."""
        cells = [cells[place] if place < len(cells) else "" for _, cells in self.lines()]
        return not any(cells) or cells == [*map(str, range(len(cells)))]

    def numbers(self, places: Sequence[int]) -> Array | None:
        """Read a table of nothing but finite numbers in C; None where it is not one."""
        if not all(self.layout.numeric) or next(self.lines(), None) is None:
            return None
        table = self._read_in_c()
        # What overflows is inf here; whether it stands there so, the slow way tells.
        if table is None or table.shape[1] != self.width or np.isinf(table).any():
            return None
        return table if list(places) == list(range(self.width)) else table[:, list(places)]

    def _read_in_c(self) -> Array | None:
        skip = self.first[0] if self.header else 0
        try:
            return np.loadtxt(
                io.StringIO(self.text),
                delimiter=self.separator,
                comments=None,
                quotechar='"',
                skiprows=skip,
                ndmin=2,
            )
        except ValueError:
            return None

    @property
    def width(self) -> int:
        """Number of cells in every line."""
        return len(self.first[1]) if self.header else len(self.layout.names)


def _first(text: str, separator: str) -> Line | None:
    """Return the first line; quotes that are wrong with another separator are nothing."""
    try:
        return next(_lines(text, separator), None)
    except FileFormatError:
        if separator == ",":
            raise
        return 1, [text.partition("\n")[0]]


def _lines(text: str, separator: str) -> Iterator[Line]:
    """Yield (line number, cells) of every line that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for cells in filter(any, reader):
            yield reader.line_num, [*map(str.strip, cells)]
    except csv.Error as error:
        raise FileFormatError(f"line {reader.line_num}: {error}") from error


def number(cell: str, dtype: str) -> float | None:
    """Return a cell's number, where bools may be spelled out; None where it is none."""
    if dtype == "bool" and cell.lower() in TRUTH:
        return TRUTH[cell.lower()]
    if "_" in cell:  # which Python allows between digits
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def _by_cells(sheet: Sheet, places: Sequence[int], note: Note) -> Array:
    """Read a table cell by cell; whatever is wrong is told with its line and column."""
    spell: Callable[[str], str] = str
    if sheet.separator != ",":
        numeric = [*compress(places, sheet.layout.numeric)]
        spell = decimals(sheet.lines(), numeric, note)
    rows = [_row(line, sheet, places, spell) for line in sheet.lines()]
    return table_of(rows, sheet.layout)


def _row(line: Line, sheet: Sheet, places: Sequence[int], spell: Callable[[str], str]) -> list[Any]:
    at, cells = line
    if len(cells) != sheet.width:
        raise FileFormatError(
            f"line {at}: {len(cells)} columns, expected {sheet.width}", hint=_hint(sheet, cells)
        )
    values: list[Any] = []
    for place, dtype in zip(places, sheet.layout.dtypes, strict=True):
        cell = cells[place]
        value = cell if dtype == "string" else number(spell(cell), dtype)
        if value is None or _overflows(value, cell, dtype):
            raise FileFormatError(f"line {at}, column {place + 1}: {_wrong(cell, value, dtype)}")
        values.append(value)
    return values


def _overflows(value: Any, cell: str, dtype: str) -> bool:
    """Tell a number that is infinite because it is too large even for float64."""
    return dtype != "string" and math.isinf(value) and "n" not in cell.lower()


def _wrong(cell: str, value: Any, dtype: str) -> str:
    if not cell:
        return f"empty; {BY_NAME}"
    if value is not None:
        return f"{shorten(cell)} does not fit into {dtype}"
    comma = number(cell.replace(",", "."), dtype) is not None
    hint = "; decimals follow a point" if comma else ""
    return f"{shorten(repr(cell))} is not a number{hint}"


def _hint(sheet: Sheet, cells: Sequence[str]) -> str:
    """Say what may be the matter with a line of another length."""
    if ";" in cells[0] or "\t" in cells[0]:
        return "separate the columns with commas"
    if sheet.header:
        return f"the header has {sheet.width}"
    return _hint_without_header(sheet, len(cells))


def _hint_without_header(sheet: Sheet, count: int) -> str:
    wanted = len(sheet.layout.names)
    if count == 2 * wanted and sheet.separator == ",":
        return "where decimals follow commas, separate the columns with semicolons"
    if count == wanted + 1 and _counts(sheet):
        return "the first one counts the rows: leave it out, in pandas with to_csv(index=False)"
    return "give the table a header, and name the columns with --columns" if count else ""


def _counts(sheet: Sheet) -> bool:
    firsts = [cells[0] for _, cells in islice(sheet.lines(), 100)]
    return firsts == list(map(str, range(len(firsts))))


def write_csv(
    file: IO[str],
    outputs: Mapping[str, Array],
    names: Sequence[str] = (),
    separator: str = ",",
) -> None:
    """Write a header and a line for each row, floats in the fewest digits that read back equal."""
    writer = csv.writer(file, delimiter=separator, lineterminator="\n")
    shapes = {name: array.shape[1:] for name, array in outputs.items()}
    writer.writerow(names or column_names(shapes))
    columns = [
        array.reshape(len(array), math.prod(array.shape[1:])).astype(str)
        for array in outputs.values()
    ]
    writer.writerows(np.concatenate(columns, axis=1).tolist())


def write_csv_file(file: IO[bytes], outputs: Mapping[str, Array]) -> None:
    """Write a table whose columns are between commas."""
    _write(file, outputs, ",")


def write_tsv_file(file: IO[bytes], outputs: Mapping[str, Array]) -> None:
    """Write a table whose columns are between tabs."""
    _write(file, outputs, "\t")


def _write(file: IO[bytes], outputs: Mapping[str, Array], separator: str) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    write_csv(text, outputs, separator=separator)
    text.flush()
    text.detach()
