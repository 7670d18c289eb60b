"""What an expression says, before anything is known of functions or inputs."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, kw_only=True)
class Part:
    """Begins at a column of the text."""

    column: int


@dataclass(frozen=True, kw_only=True)
class Number(Part):
    """A number, as Python reads it."""

    value: int | float


@dataclass(frozen=True, kw_only=True)
class Name(Part):
    """A name, with the dots in it."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Text(Part):
    """What stands in quotes."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Operator(Part):
    """One or two operands; the column is the sign's."""

    sign: str
    operands: tuple["Syntax", ...]


@dataclass(frozen=True, kw_only=True)
class Called(Part):
    """A function with its arguments, those with a keyword by it."""

    function: str
    arguments: tuple["Syntax", ...]
    keywords: tuple[tuple[str, "Syntax"], ...]


@dataclass(frozen=True, kw_only=True)
class Listed(Part):
    """What stands in brackets, or with commas in parentheses."""

    items: tuple["Syntax", ...]


@dataclass(frozen=True, kw_only=True)
class Span(Part):
    """``start:stop:step`` between square brackets; None where nothing is said."""

    bounds: tuple["Syntax | None", "Syntax | None", "Syntax | None"]


@dataclass(frozen=True, kw_only=True)
class Rest(Part):
    """``...``: all axes in between."""


@dataclass(frozen=True, kw_only=True)
class Item(Part):
    """``base[index, index]``."""

    base: "Syntax"
    indices: tuple["Syntax", ...]


Syntax: TypeAlias = Number | Name | Text | Operator | Called | Listed | Span | Rest | Item
