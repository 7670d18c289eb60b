"""Lookup tables: where each version of TensorFlow keeps what a lookup layer knows.

Until 2.4 a table is in the checkpoint. Later it is made when the model is loaded, by a function
that takes keys and values from constants of the graph, or from a text file among the assets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from keronyx.converter.errors import FileFormatError, WeightError, shorten
from keronyx.converter.files.saved import Table
from keronyx.converter.files.tensorflow.bundle import STRING, Bundle
from keronyx.converter.files.tensorflow.constants import array_of, strings_of
from keronyx.converter.files.tensorflow.sources import Sources
from keronyx.converter.wire import Message

IMPORT: Final = "LookupTableImportV2"
FROM_FILE: Final = "InitializeTableFromTextFileV2"
WHOLE_LINE, LINE_NUMBER = -2, -1
"""Which column of a text file keys or values are, where it is none."""

CREATED: Final = "_initialize"
"""The edge to what fills a table."""


def in_checkpoint(bundle: Bundle, stem: str) -> Table | None:
    """Return the table that a checkpoint keeps under a stem, or None where there is none."""
    names = f"{stem}-keys", f"{stem}-values"
    if any(name not in bundle for name in names):
        return None
    keys, values = (_entries(bundle, name) for name in names)
    return _table(keys, values)


def _entries(bundle: Bundle, name: str) -> list[Any]:
    if bundle.entry(name).dtype == STRING:
        return [*map(_decoded, bundle.strings(name))]
    found: list[Any] = bundle.variable(name).load().reshape(-1).tolist()
    return found


def _table(keys: list[Any], values: list[Any]) -> Table:
    if len(keys) != len(values):
        raise WeightError(f"a table of {len(keys)} keys and {len(values)} values")
    return Table(tuple(keys), tuple(values))


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise WeightError("a table has a token that is not UTF-8") from None


@dataclass(frozen=True)
class Made:
    """Finds the tables of a SavedModel that are made when it is loaded."""

    sources: Sources
    meta: Message
    objects: list[Message]

    def table(self, place: int) -> Table | None:
        """Return what is put into the table at a place, or None where nothing is."""
        calls = (self._filling(name) for name in self._functions(place))
        return next((found for found in calls if found is not None), None)

    def _functions(self, place: int) -> list[str]:
        """Return the functions that fill a table."""
        edges = {each.text(2): each.integer(1) for each in self.objects[place].messages(1)}
        at = edges.get(CREATED)
        return self.objects[at].message(6).texts(1) if at is not None else []

    def _filling(self, name: str) -> Table | None:
        body, bound = self._library.get(name), self._bound(name)
        if body is None:
            return None
        arguments = (each.text(1) for each in body.message(1).messages(2))
        given = dict(zip(arguments, bound, strict=False))
        for node in body.messages(3):
            if node.text(2) == IMPORT:
                return self._imported(node.texts(3), given)
            if node.text(2) == FROM_FILE:
                return self._from_file(node, given)
        return None

    def _imported(self, names: list[str], given: Mapping[str, int]) -> Table:
        keys, values = (self._constant(given.get(name)) for name in names[1:3])
        return _table(keys, values)

    def _constant(self, place: int | None) -> list[Any]:
        """Return a constant, which an object names."""
        name = "" if place is None else self.objects[place].message(9).text(1)
        node = self._constants.get(name)
        if node is None:
            raise WeightError("a table is filled with what is no constant")
        tensor = _attributes(node)["value"].message(8)
        if tensor.integer(1) == STRING:
            return [*map(_decoded, strings_of(tensor))]
        found: list[Any] = array_of(tensor).reshape(-1).tolist()
        return found

    def _from_file(self, node: Message, given: Mapping[str, int]) -> Table:
        told = {name: value.integer(3) for name, value in _attributes(node).items()}
        lines = self._lines(given.get((node.texts(3) + [""] * 2)[1]))
        numbers = [*range(told.get("offset", 0), told.get("offset", 0) + len(lines))]
        columns = told.get("key_index"), told.get("value_index")
        if columns == (WHOLE_LINE, LINE_NUMBER):
            return _table(lines, numbers)
        if columns == (LINE_NUMBER, WHOLE_LINE):
            return _table(numbers, lines)
        raise WeightError("a table is filled with columns of a text file")

    def _lines(self, place: int | None) -> list[Any]:
        """Return the lines of an asset; its name leads nowhere but to a file among the assets."""
        if place is None or 5 not in self.objects[place]:
            raise WeightError("a table is filled from a file that is not among the assets")
        names = [each.text(2) for each in self.meta.messages(6)]
        index = self.objects[place].message(5).integer(1)
        name = names[index] if 0 <= index < len(names) else ""
        if not name or {*"/\\"} & {*name}:
            raise FileFormatError(f"'{shorten(name)}' is not the plain name of an asset")
        text = self.sources.members.text(f"assets/{name}")
        if "\r" in text:
            raise WeightError(f"asset '{shorten(name)}' has carriage returns, which are dropped")
        return text.removesuffix("\n").split("\n")

    def _bound(self, name: str) -> list[int]:
        found = self._concrete.get(name)
        return [] if found is None else found.integers(2)

    @cached_property
    def _concrete(self) -> Mapping[str, Message]:
        return self.meta.message(7).map(2)

    @cached_property
    def _library(self) -> Mapping[str, Message]:
        library = self.meta.message(2).message(2)
        return {each.message(1).text(1): each for each in library.messages(1)}

    @cached_property
    def _constants(self) -> Mapping[str, Message]:
        nodes = self.meta.message(2).messages(1)
        return {node.text(1): node for node in nodes if node.text(2) == "Const"}


def _attributes(node: Message) -> dict[str, Message]:
    return node.map(5)
