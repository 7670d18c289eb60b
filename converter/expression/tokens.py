"""Cut the text of an expression into tokens, each with its column."""

import re
from dataclasses import dataclass
from typing import Final

from keronyx.converter.errors import UsageError, shorten

LONGEST: Final = 2000

PATTERN: Final = re.compile(
    r"(?P<space>[ \t]+)"
    r"|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_][A-Za-z_0-9]*)*)"
    r"|(?P<text>'[^'\\]*'|\"[^\"\\]*\")"
    r"|(?P<sign>\*\*|//|<=|>=|==|!=|\.\.\.|[-+*/%<>=()\[\],:])",
    re.ASCII,
)


@dataclass(frozen=True)
class Token:
    """A piece of the text: number, name, text, sign or end; columns count from 1."""

    kind: str
    text: str
    column: int


class ExpressionError(UsageError):
    """Something in an expression that is not understood, at a column."""

    def __init__(self, column: int, what: str, hint: str = "") -> None:
        super().__init__(f"column {column}: {what}", hint=hint)
        self.column = column


def tokenize(text: str) -> list[Token]:
    """Return the tokens, an end behind them."""
    if len(text) > LONGEST:
        raise ExpressionError(LONGEST + 1, f"longer than {LONGEST} characters")
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = PATTERN.match(text, place)
        if match is None:
            raise ExpressionError(place + 1, f"{shorten(repr(text[place]))} means nothing here")
        if match.lastgroup != "space":
            found.append(Token(str(match.lastgroup), match[0], place + 1))
        place = match.end()
    return [*found, Token("end", "", len(text) + 1)]
