"""Print expressions as plain text in Unicode: ``relu(x · kernel + bias)``."""

from typing import Final

import numpy as np

from keronyx.converter.errors import printable
from keronyx.converter.formula.expression import (
    Absolute,
    Equation,
    Expression,
    Fraction,
    Negative,
    Power,
    Root,
)
from keronyx.converter.formula.layout import ATOM, CASE, POWER, PRODUCT, SUM, Form, Notation


def text(expression: Expression | Equation) -> str:
    """Return the expression, or equation, in one printable line."""
    return TEXT.spell(expression)


def number_text(value: float) -> str:
    """Spell a number in the fewest digits that float32 (or else float64) needs."""
    if isinstance(value, bool) or value == int_or_nan(value):
        return str(int(value))
    short = repr(float(str(np.float32(value))))
    return short if float(np.float32(value)) == float(value) else repr(float(value))


def int_or_nan(value: float) -> float:
    """Return the value where it is a whole number of few digits, else NaN."""
    return value if abs(value) < 1e6 and value == int(value) else float("nan")


def _symbol(name: str, number: int | None) -> str:
    return f"{printable(name)}{'' if number is None else number}"


TEXT: Final = Notation(
    name="text",
    symbol=_symbol,
    function=printable,
    number=number_text,
    products={"scalar": " · ", "matrix": " · ", "each": " ⊙ "},
    relations={},
    over={"sum": "Σ", "max": "max"},
    parentheses="(%s)",
    brackets="[%s]",
    forms={
        Negative: Form("-%s", SUM, (POWER,)),
        Fraction: Form("%s / %s", PRODUCT, (PRODUCT, POWER)),
        Power: Form("%s^%s", POWER, (ATOM, ATOM)),
        Root: Form("√%s", ATOM, (ATOM,)),
        Absolute: Form("|%s|", ATOM),
    },
    square=Form("%s²", POWER, (ATOM,)),
    numbered="%s",
    element="%s[%s]",
    index=ATOM,
    indices=",",
    under="%s_%s",
    piece=Form("%s if %s", CASE, (SUM, CASE)),
    between=", ",
    cases="%s",
    otherwise=Form("else %s", CASE, (SUM,)),
)
