"""Print expressions as plain text in Unicode: ``relu(x · kernel + bias)``."""

from functools import singledispatch
from typing import Final, NamedTuple

import numpy as np

from keronyx.converter.errors import UnsupportedConfigError, printable
from keronyx.converter.formula.expression import (
    Absolute,
    Apply,
    Bracket,
    Cases,
    Element,
    Equation,
    Expression,
    Fraction,
    Negative,
    Number,
    Over,
    Power,
    Product,
    Relation,
    Root,
    Sum,
    Symbol,
)

CASE, SUM, PRODUCT, POWER, ATOM = range(5)
"""How tightly an expression holds together, loosest first."""

SIGNS: Final = {"scalar": " · ", "matrix": " · ", "each": " ⊙ "}
OPERATORS: Final = {"sum": "Σ", "max": "max"}


class Printed(NamedTuple):
    """A text, and how tightly it holds together."""

    text: str
    level: int


def text(expression: Expression | Equation) -> str:
    """Return the expression, or equation, in one printable line."""
    if isinstance(expression, Equation):
        return f"{text(expression.left)} = {text(expression.right)}"
    return _print(expression).text


def number_text(value: float) -> str:
    """Spell a number in the fewest digits that float32 (or else float64) needs."""
    if isinstance(value, bool) or value == int_or_nan(value):
        return str(int(value))
    short = repr(float(str(np.float32(value))))
    return short if float(np.float32(value)) == float(value) else repr(float(value))


def int_or_nan(value: float) -> float:
    """Return the value where it is a whole number of few digits, else NaN."""
    return value if abs(value) < 1e6 and value == int(value) else float("nan")


def signed(term: Expression) -> Expression:
    """Return the term, a negative number as something that is subtracted, and the reverse."""
    if isinstance(term, Number) and term.value < 0:
        return Negative(Number(-term.value))
    if isinstance(term, Negative) and isinstance(term.term, Number) and term.term.value < 0:
        return Number(-term.term.value)
    return term


def within(expression: Expression, level: int) -> str:
    """Print an operand, in parentheses where it holds less tightly than the level."""
    printed = _print(expression)
    return printed.text if printed.level >= level else f"({printed.text})"


@singledispatch
def _print(expression: Expression) -> Printed:
    raise UnsupportedConfigError(f"no text for {type(expression).__name__}")


@_print.register
def _symbol(expression: Symbol) -> Printed:
    number = "" if expression.number is None else str(expression.number)
    return Printed(f"{printable(expression.name)}{number}", ATOM)


@_print.register
def _number(expression: Number) -> Printed:
    return Printed(number_text(expression.value), ATOM if expression.value >= 0 else SUM)


@_print.register
def _sum(expression: Sum) -> Printed:
    first, *rest = expression.terms
    parts = [within(first, SUM)]
    for term in map(signed, rest):
        negative = isinstance(term, Negative)
        shown = within(term.term, PRODUCT) if isinstance(term, Negative) else within(term, SUM)
        parts.append(f" {'-' if negative else '+'} {shown}")
    return Printed("".join(parts), SUM)


@_print.register
def _negative(expression: Negative) -> Printed:
    return Printed(f"-{within(expression.term, POWER)}", SUM)


@_print.register
def _product(expression: Product) -> Printed:
    first, *rest = expression.factors
    shown = [within(first, ATOM if mixes(expression, first) else PRODUCT)]
    for factor in rest:
        loose = isinstance(factor, Fraction) and expression.kind != "each"
        level = POWER if loose else ATOM if mixes(expression, factor) else PRODUCT
        shown.append(within(factor, level))
    return Printed(SIGNS[expression.kind].join(shown), PRODUCT)


def mixes(product: Product, factor: Expression) -> bool:
    """Tell whether a factor is a product of another sign, which parentheses keep apart."""
    return isinstance(factor, Product) and SIGNS[factor.kind] != SIGNS[product.kind]


@_print.register
def _fraction(expression: Fraction) -> Printed:
    numerator = within(expression.numerator, PRODUCT)
    return Printed(f"{numerator} / {within(expression.denominator, POWER)}", PRODUCT)


@_print.register
def _power(expression: Power) -> Printed:
    base = within(expression.base, ATOM)
    if expression.exponent == Number(2):
        return Printed(f"{base}²", POWER)
    return Printed(f"{base}^{within(expression.exponent, ATOM)}", POWER)


@_print.register
def _root(expression: Root) -> Printed:
    return Printed(f"√{within(expression.argument, ATOM)}", ATOM)


@_print.register
def _absolute(expression: Absolute) -> Printed:
    return Printed(f"|{text(expression.argument)}|", ATOM)


@_print.register
def _apply(expression: Apply) -> Printed:
    arguments = ", ".join(text(argument) for argument in expression.arguments)
    return Printed(f"{printable(expression.function)}({arguments})", ATOM)


@_print.register
def _element(expression: Element) -> Printed:
    indices = ", ".join(text(index) for index in expression.indices)
    return Printed(f"{within(expression.base, ATOM)}[{indices}]", ATOM)


@_print.register
def _over(expression: Over) -> Printed:
    indices = ",".join(within(index, ATOM) for index in expression.indices)
    head = f"{OPERATORS[expression.operator]}_{indices}"
    if expression.operator == "max":
        return Printed(f"{head}({text(expression.argument)})", ATOM)
    argument = _print(expression.argument)
    level = PRODUCT if argument.level < POWER else POWER
    return Printed(f"{head} {within(expression.argument, PRODUCT)}", level)


@_print.register
def _relation(expression: Relation) -> Printed:
    left, right = within(expression.left, SUM), within(expression.right, SUM)
    return Printed(f"{left} {expression.sign} {right}", CASE)


@_print.register
def _bracket(expression: Bracket) -> Printed:
    return Printed(f"[{', '.join(text(item) for item in expression.items)}]", ATOM)


@_print.register
def _cases(expression: Cases) -> Printed:
    pieces = [
        f"{within(value, SUM)} if {text(condition)}" for value, condition in expression.pieces
    ]
    return Printed(f"{', '.join(pieces)}, else {within(expression.otherwise, SUM)}", CASE)
