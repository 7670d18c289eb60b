"""Parse an expression: Python's operators with Python's precedence, calls, indices and lists."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

from keronyx.converter.errors import shorten
from keronyx.converter.expression.syntax import (
    Called,
    Item,
    Listed,
    Name,
    Number,
    Operator,
    Rest,
    Span,
    Syntax,
    Text,
)
from keronyx.converter.expression.tokens import ExpressionError, Token, tokenize

T = TypeVar("T")

COMPARING: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
BINDING: Final = {
    **dict.fromkeys(COMPARING, 1),
    **dict.fromkeys(("+", "-"), 2),
    **dict.fromkeys(("*", "/", "//", "%"), 3),
}
"""How tightly a binary operator binds; a sign in front binds tighter, and ``**`` tighter still."""

DEEPEST: Final = 50
LARGEST: Final = 1e300


def parse(text: str) -> Syntax:
    """Return what a text says; raises ExpressionError with the column where it says nothing."""
    parser = _Parser(tokenize(text))
    found = parser.expression()
    if parser.here.kind != "end":
        raise parser.surprise("an operator is missing")
    return found


def number_of(token: Token) -> Number:
    """Read a number: an integer, or a fraction where it has a dot or an exponent."""
    whole = token.text.isdecimal()
    value = int(token.text) if whole else float(token.text)
    if abs(value) > LARGEST:
        raise ExpressionError(token.column, "too large a number")
    return Number(value=value, column=token.column)


@dataclass
class _Parser:
    tokens: Sequence[Token]
    place: int = 0
    depth: int = 0

    @property
    def here(self) -> Token:
        return self.tokens[self.place]

    def advance(self) -> Token:
        token = self.here
        self.place += token.kind != "end"
        return token

    def is_sign(self, *signs: str) -> bool:
        return self.here.kind == "sign" and self.here.text in signs

    def skip(self, sign: str) -> bool:
        """Move over a sign if it is there."""
        found = self.is_sign(sign)
        self.place += found
        return found

    def surprise(self, what: str) -> ExpressionError:
        token = self.here
        if token.kind == "end":
            return ExpressionError(token.column, f"{what} at the end")
        hint = "of a lambda, give what stands behind the colon" if token.text == "lambda" else ""
        return ExpressionError(token.column, f"{what} before {shorten(repr(token.text))}", hint)

    @contextmanager
    def deeper(self) -> Iterator[None]:
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionError(self.here.column, f"nested more than {DEEPEST} deep")
        yield
        self.depth -= 1

    def expression(self, least: int = 1) -> Syntax:
        """Read operands and binary operators that bind at least so tightly."""
        with self.deeper():
            left = self.signed()
            while self.here.kind == "sign" and BINDING.get(self.here.text, 0) >= least:
                sign = self.advance()
                right = self.expression(BINDING[sign.text] + 1)
                left = Operator(sign=sign.text, operands=(left, right), column=sign.column)
                if sign.text in COMPARING and self.is_sign(*COMPARING):
                    raise self.surprise("a comparison of two is enough")
        return left

    def signed(self) -> Syntax:
        """Read an operand with the signs in front of it."""
        if not self.is_sign("-", "+"):
            return self.power()
        sign = self.advance()
        with self.deeper():
            return Operator(sign=sign.text, operands=(self.signed(),), column=sign.column)

    def power(self) -> Syntax:
        """Read a base and its exponent, whose own sign and exponent come first."""
        base = self.indexed()
        if not self.is_sign("**"):
            return base
        sign = self.advance()
        with self.deeper():
            return Operator(sign="**", operands=(base, self.signed()), column=sign.column)

    def indexed(self) -> Syntax:
        base = self.atom()
        while self.is_sign("["):
            column = self.advance().column
            base = Item(base=base, indices=self.items("]", self.index), column=column)
            if not base.indices:
                raise ExpressionError(column, "an index is missing")
        return base

    def atom(self) -> Syntax:
        token = self.here
        if token.kind == "number":
            return number_of(self.advance())
        if token.kind == "text":
            return Text(text=self.advance().text[1:-1], column=token.column)
        if token.kind == "name" and token.text != "lambda":
            return self.named()
        if self.skip("("):
            return self.parenthesized(token.column)
        if self.skip("["):
            return Listed(items=self.items("]", self.expression), column=token.column)
        raise self.surprise("a number, x or a function is missing")

    def parenthesized(self, column: int) -> Syntax:
        """Read one expression, or with a comma a list."""
        items = self.items(")", self.expression)
        if len(items) == 1 and self.tokens[self.place - 2].text != ",":
            return items[0]
        return Listed(items=items, column=column)

    def named(self) -> Syntax:
        name = self.advance()
        if not self.skip("("):
            return Name(text=name.text, column=name.column)
        arguments: list[Syntax] = []
        keywords: dict[str, Syntax] = {}
        for keyword, value in self.items(")", self.argument):
            if keyword in keywords:
                raise ExpressionError(value.column, f"{keyword} is given twice")
            if keyword:
                keywords[keyword] = value
            elif keywords:
                raise ExpressionError(value.column, "a keyword is missing, as before it")
            else:
                arguments.append(value)
        return Called(
            function=name.text,
            arguments=tuple(arguments),
            keywords=tuple(keywords.items()),
            column=name.column,
        )

    def argument(self) -> tuple[str, Syntax]:
        following = self.tokens[min(self.place + 1, len(self.tokens) - 1)]
        if self.here.kind != "name" or (following.kind, following.text) != ("sign", "="):
            return "", self.expression()
        keyword = self.advance().text
        self.advance()
        return keyword, self.expression()

    def index(self) -> Syntax:
        """Read an index: a number, ``start:stop:step`` or ``...``."""
        column = self.here.column
        if self.skip("..."):
            return Rest(column=column)
        bounds = [self.bound()]
        while len(bounds) < 3 and self.skip(":"):
            bounds.append(self.bound())
        if len(bounds) == 1:
            if bounds[0] is None:
                raise self.surprise("an index is missing")
            return bounds[0]
        start, stop, step = (*bounds, None)[:3]
        return Span(bounds=(start, stop, step), column=column)

    def bound(self) -> Syntax | None:
        return None if self.is_sign(":", ",", "]") else self.expression()

    def items(self, end: str, read: Callable[[], T]) -> tuple[T, ...]:
        """Read what stands between commas, up to the closing sign."""
        found: list[T] = []
        while not self.skip(end):
            if found and not self.skip(","):
                raise self.surprise(f"',' or {end!r} is missing")
            if found and self.skip(end):
                break
            found.append(read())
        return tuple(found)
