"""Numbers of tables whose decimals follow a comma, where no comma separates the columns."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import filterfalse
from typing import Final, TypeAlias

from keronyx.converter.errors import FileFormatError, shorten
from keronyx.runtime.columns import Note

Marked: TypeAlias = tuple[str, str]
"""Where a number stands, and how it is spelled."""

THOUSANDS: Final = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")
"""What can be a number with a decimal comma as well as one in groups of three digits."""


def decimals(
    lines: Iterable[tuple[int, list[str]]], numeric: Sequence[int], note: Note
) -> Callable[[str], str]:
    """Return what turns a cell into a number as we spell it, with a point.

    ``numeric`` are the places of numbers in the lines. Raises FileFormatError where it cannot be
    told what their commas mean.
    """
    marked = list(_marked(lines, numeric))
    if not any(map(_has_comma, marked)):
        return str
    _check_meaning([*filter(_has_comma, marked)], [*filterfalse(_has_comma, marked)])
    note("the numbers have decimal commas")
    return lambda cell: cell.replace(",", ".", 1)


def _has_comma(marked: Marked) -> bool:
    return "," in marked[1]


def _check_meaning(commas: Sequence[Marked], points: Sequence[Marked]) -> None:
    """Refuse commas beside points, and commas that may as well part thousands."""
    if points:
        (where, cell), (_, other) = points[0], commas[0]
        what = f"{cell!r} beside {other!r}"
    elif all(THOUSANDS.fullmatch(cell) for _, cell in commas):
        where, cell = commas[0]
        what = f"{cell!r} is a thousand or a fraction"
    else:
        return
    raise FileFormatError(f"{where}: {shorten(what)}", hint="write 1234.5, with a point alone")


def _marked(lines: Iterable[tuple[int, list[str]]], numeric: Sequence[int]) -> Iterator[Marked]:
    """Yield where numbers with a comma or a point stand, and the numbers."""
    for line, cells in lines:
        for place in (each for each in numeric if each < len(cells)):
            if not {",", "."}.isdisjoint(cells[place]):
                yield f"line {line}, column {place + 1}", cells[place]
