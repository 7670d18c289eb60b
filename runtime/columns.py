"""Which column of a table is which value of a row: by the header's names where they are known."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, compress, filterfalse, starmap
from typing import Final, TypeAlias

import numpy as np

from keronyx.converter.errors import FileFormatError, UsageError, shorten
from keronyx.converter.several import are_all, picked
from keronyx.converter.tensors import Sizes
from keronyx.runtime.specs import Specs

Shapes: TypeAlias = Mapping[str, tuple[int, ...]]
Note: TypeAlias = Callable[[str], None]

KEY: Final = "columns"
"""Under what key the metadata of an ONNX model has the names, as a list in JSON."""

NAMELESS: Final = re.compile(r"(Unnamed: \d+)?")
"""What pandas calls a column over which nothing stands."""

LISTED: Final = 6
"""Most names in a message."""

NAME_THEM: Final = "say what the model takes, in its order, with --columns NAME,NAME,..."


@dataclass(frozen=True)
class Layout:
    """The values of a row: the shapes of the inputs, and a name and a dtype for every value.

    ``known`` tells that the names are the data's own: those that somebody gave, or those of
    inputs that hold one value each beside others.
    """

    shapes: Shapes
    names: tuple[str, ...]
    dtypes: tuple[str, ...]
    known: bool

    @classmethod
    def of(cls, specs: Specs, width: int, given: Sequence[str] = ()) -> "Layout":
        """Lay out rows of this many values; ``given`` are their names where they are known.

        Raises UsageError where several axes are open, or the names are not as many as the values.
        """
        shapes = _inner_shapes(specs, len(given) or width)
        names = column_names(shapes)
        if given and len(given) != len(names):
            what = f"{_count(given, 'name')} of columns for a model that takes {len(names)}"
            raise UsageError(what, hint=NAME_THEM)
        dtypes = ((specs[name].dtype,) * _size(shape) for name, shape in shapes.items())
        known = bool(given) or _has_single(shapes)
        return cls(shapes, tuple(given or names), tuple(chain.from_iterable(dtypes)), known)

    @cached_property
    def numeric(self) -> tuple[bool, ...]:
        """Which of the values are numbers."""
        return tuple(dtype != "string" for dtype in self.dtypes)

    def named_by(self, cells: Sequence[str]) -> bool:
        """Tell whether a line has the names of all values."""
        return set(self.names) <= set(cells)

    def is_header(self, cells: Sequence[str], is_number: Callable[[str, str], bool]) -> bool:
        """Tell a line over the columns: one that has all names, or no number at all."""
        if self.named_by(cells):
            return True
        if not any(self.numeric) or len(cells) == 1 < len(self.names):
            return False
        pairs = self._of_numbers(cells)
        filled = any(cell for cell, _ in pairs)
        return filled and not any(starmap(is_number, pairs))

    def is_strange_to(self, header: Sequence[str]) -> bool:
        """Tell a header of which no name is known, so that it cannot say the order."""
        return not self.known and set(header).isdisjoint(self.names)

    def say_order(self, note: Note) -> None:
        """Tell in what order the values are taken that have several places, as those of images."""
        for name, shape in self.shapes.items():
            if sum(size != 1 for size in shape) > 1:
                note(f"'{shorten(name)}' is read as {shape}, the last axis running fastest")

    def _of_numbers(self, cells: Sequence[str]) -> list[tuple[str, str]]:
        """Return the cells of a line where numbers are to stand, with the types of these."""
        if len(cells) != len(self.names):
            return [(cell, "float64") for cell in cells]
        return [*compress(zip(cells, self.dtypes, strict=True), self.numeric)]


@dataclass(frozen=True)
class Asked:
    """What is read: a model's inputs, the names of their columns, and who is told about it."""

    specs: Specs
    columns: Sequence[str]
    note: Note

    def layout(self, width: int) -> Layout:
        """Lay out rows of this many values: see ``Layout.of``."""
        return Layout.of(self.specs, width, self.columns)


def _has_single(shapes: Shapes) -> bool:
    """Tell whether an input holds one value beside others, so that its name is a column's."""
    return len(shapes) > 1 and 1 in map(_size, shapes.values())


def _inner_shapes(specs: Specs, width: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of one row; a single open axis follows from the number of columns."""
    shapes = {name: spec.shape[1:] for name, spec in specs.items()}
    open_axes = sum(shape.count(None) for shape in shapes.values())
    if open_axes > 1:
        raise UsageError("a table cannot hold inputs with several open axes", hint="use .npz")
    free = _free(list(shapes.values()), width)
    return {name: _closed(shape, free) for name, shape in shapes.items()}


def _closed(shape: Sizes, free: int) -> tuple[int, ...]:
    """Return a shape with a size in the place of its open axes."""
    return tuple(free if size is None else size for size in shape)


def _free(shapes: Sequence[Sizes], width: int) -> int:
    """Return the size of the open axis in rows of this many values."""
    known = sum(_known(shape) for shape in shapes if None not in shape)
    each = math.prod(_known(shape) for shape in shapes if None in shape)
    return max(width - known, 0) // max(each, 1)


def _known(shape: Sizes) -> int:
    return math.prod(size for size in shape if size is not None)


def _size(shape: tuple[int, ...]) -> int:
    return math.prod(shape)


def column_names(shapes: Shapes) -> list[str]:
    """Return a name for every column: the tensor's, with an index where it has several."""
    return [each for name, shape in shapes.items() for each in _columns_of(name, shape)]


def _columns_of(name: str, shape: tuple[int, ...]) -> list[str]:
    if _size(shape) == 1:
        return [name]
    return [name + "".join(f"[{index}]" for index in place) for place in np.ndindex(shape)]


def checked(columns: Sequence[str], specs: Specs) -> tuple[str, ...]:
    """Return the names of a model's columns, or raise UsageError where they cannot be that."""
    twice = sorted(_repeated(columns))
    if twice:
        raise UsageError(f"two columns are named {listed(twice)}")
    if isinstance(columns, str):
        raise UsageError("columns as one text", hint="give a list of names")
    if not all(map(str.strip, columns)):
        raise UsageError("a column without a name", hint="as in --columns age,height")
    return Layout.of(specs, 0, columns).names if columns else ()


def _repeated(names: Sequence[str]) -> list[str]:
    """Return the names that are there more than once."""
    return [name for name, count in Counter(names).items() if count > 1]


def from_metadata(metadata: Mapping[str, str], specs: Specs) -> tuple[str, ...]:
    """Return the names that an ONNX model has of its columns; none where it has no such list."""
    names = _listed_names(metadata.get(KEY, "[]"))
    try:
        return checked([*map(str.strip, names)], specs)
    except UsageError:
        return ()


def _listed_names(text: str) -> list[str]:
    """Read a list of names in JSON; another text has none."""
    try:
        names = json.loads(text)
    except (ValueError, RecursionError):
        return []
    is_list = isinstance(names, list) and are_all(str, names)
    return names if is_list else []


def nameless(header: Sequence[str]) -> list[int]:
    """Return the places over which no name stands."""
    return [place for place, cell in enumerate(header) if NAMELESS.fullmatch(cell)]


def places_of(
    header: Sequence[str], layout: Layout, note: Note, is_index: Callable[[int], bool]
) -> list[int]:
    """Return for every value of a row its place in the lines under a header.

    Names that are known, or are the header's own, say the order; columns beside them are left
    out. Only where no name is known, the order is the table's. ``note`` is told either;
    ``is_index`` says whether a column counts the rows, or is empty. Raises FileFormatError where
    a column is missing, is there twice, or is not known.
    """
    if layout.is_strange_to(header) and layout.names:
        return _in_order(header, layout, note, is_index)
    _check_names(header, layout.names)
    _note_extra(header, layout.names, note)
    places = {name: place for place, name in enumerate(header)}
    return list(picked(places, layout.names))


def _note_extra(header: Sequence[str], names: Sequence[str], note: Note) -> None:
    """Tell of columns that are left out."""
    known = set(names)
    extra = [place for place, cell in enumerate(header) if cell not in known]
    if extra:
        note(f"{_left_out(header, extra)}: the model does not take {_them(extra)}")


def _check_names(header: Sequence[str], names: Sequence[str]) -> None:
    """Raise FileFormatError where a header does not have each name once."""
    missing = _among(names, {*names} - {*header})
    if missing:
        what = f"no column {listed(missing)}; the header has {listed(header)}"
        raise FileFormatError(what, hint=NAME_THEM if len(missing) == len(names) else "")
    twice = _among(names, {*_repeated(header)})
    if twice or _repeated(names):
        raise FileFormatError(f"column {listed(twice or names)} is there twice")


def _among(names: Sequence[str], some: set[str]) -> list[str]:
    return [name for name in names if name in some]


def _in_order(
    header: Sequence[str], layout: Layout, note: Note, is_index: Callable[[int], bool]
) -> list[int]:
    """Take the columns as they stand, without those that count the rows."""
    blank = nameless(header)
    left = sorted({*range(len(header))} - {*blank})
    if len(left) != len(layout.names):
        what = f"{_count(left, 'column')} ({listed(list(picked(header, left)))})"
        raise FileFormatError(f"{what}, expected {len(layout.names)}", hint=NAME_THEM)
    for unknown in filterfalse(is_index, blank):
        raise FileFormatError(f"column {unknown + 1} has no name", hint="name it or leave it out")
    if blank:
        note(f"{_left_out(header, blank)}: without a name, {_them(blank)} counts the rows")
    if len(left) > 1:
        note("the columns are taken in the table's order, as no names are known: see --columns")
    return left


def _left_out(header: Sequence[str], places: Sequence[int]) -> str:
    names = [header[place] or str(place + 1) for place in places]
    return f"column{'s' * (len(names) > 1)} {listed(names)} left out"


def _them(places: Sequence[int]) -> str:
    return "them" if len(places) > 1 else "it"


def _count(items: Sequence[object], what: str) -> str:
    return f"{len(items)} {what}{'' if len(items) == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """Spell some names, and how many more there are."""
    some = ", ".join(f"'{shorten(name, 40)}'" for name in names[:LISTED])
    return f"{some} and {len(names) - LISTED} more" if len(names) > LISTED else some
