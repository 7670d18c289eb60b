"""Cut an expression into tokens, and refuse what Python's parser is not to see."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from keyword import iskeyword
from typing import Final, Literal, TypeAlias

from keronyx.converter.errors import UsageError, shorten

LONGEST: Final = 2000
DEEPEST: Final = 50
MOST_OPERATORS: Final = 500
LARGEST: Final = 1e300

PATTERN: Final = re.compile(
    r"(?P<space>[ \t]+)"
    r"|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_][A-Za-z_0-9]*)*)"
    r"|(?P<text>'[^'\\]*'|\"[^\"\\]*\")"
    r"|(?P<sign>\*\*|//|<=|>=|==|!=|\.\.\.|[-+*/%<>=()\[\],:])",
    re.ASCII,
)

VALUES: Final = frozenset({"True", "False", "None"})
"""Words of Python's that mean the same here."""

SIGNED: Final = frozenset({"+", "-"})
OPENING: Final = frozenset({"(", "["})
CLOSING: Final = frozenset({")", "]"})
BINARY: Final = SIGNED | {"*", "/", "//", "%", "**", "<", "<=", ">", ">=", "==", "!="}

HINTS: Final = {
    "lambda": "of a lambda, give what stands behind the colon",
    "if": "write where(condition, x, y)",
}

Kind: TypeAlias = Literal["space", "number", "name", "text", "sign", "end"]


@dataclass(frozen=True)
class Token:
    """A piece of the text: number, name, text, sign, space or end; columns count from 1."""

    kind: Kind
    text: str
    column: int

    @property
    def sign(self) -> str:
        """The sign that it is; nothing where it is something else."""
        return self.text if self.kind == "sign" else ""

    @property
    def ends(self) -> bool:
        """Whether an operand is complete behind it."""
        return self.is_operand or self.sign in CLOSING or self.sign == "..."

    @property
    def is_operand(self) -> bool:
        """Whether it is a number, a name or a text."""
        return self.kind in {"number", "name", "text"}

    def nests_behind(self, before: "Token") -> bool:
        """Tell a power, or a sign in front of an operand: what is behind it is one level deeper."""
        return self.sign == "**" or (self.sign in SIGNED and not before.ends)

    @property
    def python(self) -> str:
        """The same for Python, as long: no zeros in front, in quotes nothing but ASCII."""
        if self.text.isdecimal():
            return (self.text.lstrip("0") or "0").rjust(len(self.text))
        return re.sub("[^ -~]", " ", self.text)


class ExpressionError(UsageError):
    """Something in an expression that is not understood, at a column."""

    def __init__(self, column: int, what: str, hint: str = "") -> None:
        super().__init__(f"column {column}: {what}", hint=hint)
        self.column = column


def tokenize(text: str) -> list[Token]:
    """Return the tokens, spaces among them and an end behind them."""
    if len(text) > LONGEST:
        raise ExpressionError(LONGEST + 1, f"longer than {LONGEST} characters")
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = PATTERN.match(text, place)
        if match is None:
            raise ExpressionError(place + 1, f"{shorten(repr(text[place]))} means nothing here")
        kind: Kind = match.lastgroup  # type: ignore[assignment] # the groups of the pattern
        found.append(Token(kind, match[0], place + 1))
        place = match.end()
    return [*found, Token("end", "", len(text) + 1)]


BEGIN: Final = Token("sign", "", 0)


def check(tokens: Sequence[Token]) -> None:
    """Refuse what Python's parser is not to see: words of Python's, depth, large numbers.

    Strings with a letter before them, which would be read as more than strings, lack an operator.
    """
    levels, operators = [0], 0
    for before, token in pairwise([BEGIN, *tokens]):
        _check_word(token)
        operators += _joins(before, token, inside=len(levels) > 1)
        if operators > MOST_OPERATORS:
            raise ExpressionError(token.column, f"more than {MOST_OPERATORS} operators")
        _nest(levels, before, token)
        if len(levels) - 1 + sum(levels) > DEEPEST:
            raise ExpressionError(token.column, f"nested more than {DEEPEST} deep")


def _joins(before: Token, token: Token, *, inside: bool) -> bool:
    """Tell whether a token is an operator between two operands; refuse where one is missing."""
    joins = token.sign in BINARY and (before.ends or token.sign not in SIGNED)
    if _lacks_operator(token, inside=inside) if before.ends else joins or token.kind == "end":
        raise missing(before, token, inside=inside)
    return joins


def _lacks_operator(token: Token, *, inside: bool) -> bool:
    """Tell a token that cannot follow an operand; commas stand in brackets alone."""
    return token.is_operand or (token.sign == "," and not inside)


def missing(before: Token, token: Token, *, inside: bool = False) -> ExpressionError:
    """Make the error for a token that cannot stand behind another, ``inside`` of brackets."""
    between = "an operator or ','" if inside else "an operator"
    what = between if before.ends else "a number, x or a function"
    where = f"before {shorten(repr(token.text))}" if token.text else "at the end"
    return ExpressionError(token.column, f"{what} is missing {where}")


def _check_word(token: Token) -> None:
    if token.kind == "number" and float(token.text) > LARGEST:
        raise ExpressionError(token.column, "too large a number")
    if token.kind == "name" and _is_strange(token.text):
        what = f"{shorten(repr(token.text))} means nothing here"
        raise ExpressionError(token.column, what, HINTS.get(token.text, ""))


def _is_strange(name: str) -> bool:
    """Tell a name that is a word of Python's grammar, and no value."""
    return name not in VALUES and _has_keyword(name)


def _has_keyword(name: str) -> bool:
    return any(map(iskeyword, name.split(".")))


def _nest(levels: list[int], before: Token, token: Token) -> None:
    """Count for every open bracket the signs and powers in a row, each of which nests once more."""
    if token.sign in OPENING:
        levels.append(0)
    elif token.sign in CLOSING:
        levels[-2:] = levels[-2:-1] or [0]
    elif token.nests_behind(before):
        levels[-1] += 1
    elif token.kind == "sign":
        levels[-1] = 0
