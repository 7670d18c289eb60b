"""Print expressions as LaTeX for math mode, with the packages of the AMS."""

import re
from typing import Final

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
from keronyx.converter.formula.plain_notation import number_text

COMMANDS: Final = {"max": r"\max", "min": r"\min", "exp": r"\exp", "ln": r"\ln", "tanh": r"\tanh"}
"""Functions that LaTeX has a name for."""

SIGNS: Final = {"π": r"\pi", "τ": r"\tau", "…": r"\ldots"}
ESCAPES: Final = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    **{char: f"\\{char}" for char in "{}$&#_%"},
}


def latex(expression: Expression | Equation) -> str:
    """Return the expression, or equation, for math mode."""
    return LATEX.spell(expression)


def escaped(name: str) -> str:
    """Return a name in which nothing is a command."""
    return "".join(ESCAPES.get(char, char) for char in printable(name))


def _symbol(name: str, number: int | None) -> str:
    return _name(name) + ("" if number is None else f"_{{{number}}}")


def _name(name: str) -> str:
    r"""Set single letters as variables, words upright, and whatever else a file says as text."""
    if name in SIGNS or re.fullmatch(r"[A-Za-z]", name):
        return SIGNS.get(name, name)
    if re.fullmatch(r"[A-Za-z_0-9]+", name):
        return rf"\mathrm{{{escaped(name)}}}"
    return rf"\text{{{escaped(name)}}}"


def _function(name: str) -> str:
    return COMMANDS.get(name, rf"\operatorname{{{escaped(name)}}}")


def _number(value: float) -> str:
    mantissa, _, exponent = number_text(value).partition("e")
    shown = mantissa.replace("inf", r"\infty").replace("nan", r"\mathrm{nan}")
    if not exponent:
        return shown
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa in {"1", "1.0"} else rf"{mantissa} \times {power}"


LATEX: Final = Notation(
    name="LaTeX",
    symbol=_symbol,
    function=_function,
    number=_number,
    products={"scalar": r" \cdot ", "matrix": r" \cdot ", "each": r" \odot "},
    relations={"≤": r"\le", "≥": r"\ge", "≠": r"\ne"},
    over={"sum": r"\sum", "max": r"\max"},
    parentheses=r"\left(%s\right)",
    brackets=r"\left[%s\right]",
    forms={
        Negative: Form("-%s", SUM, (PRODUCT,)),
        Fraction: Form(r"\frac{%s}{%s}", POWER, (CASE, CASE)),
        Power: Form("%s^{%s}", POWER, (ATOM, CASE)),
        Root: Form(r"\sqrt{%s}", ATOM),
        Absolute: Form(r"\left|%s\right|", ATOM),
    },
    square=Form("%s^{2}", POWER, (ATOM,)),
    numbered="{%s}",
    element="%s_{%s}",
    index=CASE,
    indices=", ",
    under="%s_{%s}",
    piece=Form(r"%s & \text{if } %s", CASE, (CASE, CASE)),
    between=r" \\ ",
    cases=r"\begin{cases} %s \end{cases}",
    otherwise=Form(r"%s & \text{otherwise}", CASE),
)
