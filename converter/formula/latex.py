"""Print expressions as LaTeX for math mode, with the packages of the AMS."""

import re
from functools import singledispatch
from typing import Final

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
from keronyx.converter.formula.text import (
    ATOM,
    CASE,
    POWER,
    PRODUCT,
    SUM,
    Printed,
    mixes,
    number_text,
    signed,
)

PRODUCTS: Final = {"scalar": r" \cdot ", "matrix": r" \cdot ", "each": r" \odot "}
RELATIONS: Final = {"<": "<", "≤": r"\le", ">": ">", "≥": r"\ge", "=": "=", "≠": r"\ne"}
OPERATORS: Final = {"sum": r"\sum", "max": r"\max"}
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
    if isinstance(expression, Equation):
        return f"{latex(expression.left)} = {latex(expression.right)}"
    return _print(expression).text


def escaped(name: str) -> str:
    """Return a name in which nothing is a command."""
    return "".join(ESCAPES.get(char, char) for char in printable(name))


def _name(name: str) -> str:
    r"""Set single letters as variables, words upright, and whatever else a file says as text."""
    if name in SIGNS or re.fullmatch(r"[A-Za-z]", name):
        return SIGNS.get(name, name)
    if re.fullmatch(r"[A-Za-z_0-9]+", name):
        return rf"\mathrm{{{escaped(name)}}}"
    return rf"\text{{{escaped(name)}}}"


def _within(expression: Expression, level: int) -> str:
    printed = _print(expression)
    return printed.text if printed.level >= level else _parenthesized(printed.text)


def _parenthesized(inside: str) -> str:
    return rf"\left({inside}\right)"


@singledispatch
def _print(expression: Expression) -> Printed:
    raise UnsupportedConfigError(f"no LaTeX for {type(expression).__name__}")


@_print.register
def _symbol(expression: Symbol) -> Printed:
    number = "" if expression.number is None else f"_{{{expression.number}}}"
    return Printed(f"{_name(expression.name)}{number}", ATOM)


@_print.register
def _number(expression: Number) -> Printed:
    mantissa, _, exponent = number_text(expression.value).partition("e")
    shown = mantissa.replace("inf", r"\infty").replace("nan", r"\mathrm{nan}")
    if exponent:
        power = f"10^{{{int(exponent)}}}"
        shown = power if mantissa in {"1", "1.0"} else rf"{mantissa} \times {power}"
    return Printed(shown, ATOM if expression.value >= 0 else SUM)


@_print.register
def _sum(expression: Sum) -> Printed:
    first, *rest = expression.terms
    parts = [_within(first, SUM)]
    for term in map(signed, rest):
        if isinstance(term, Negative):
            parts.append(f" - {_within(term.term, PRODUCT)}")
        else:
            parts.append(f" + {_within(term, SUM)}")
    return Printed("".join(parts), SUM)


@_print.register
def _negative(expression: Negative) -> Printed:
    return Printed(f"-{_within(expression.term, PRODUCT)}", SUM)


@_print.register
def _product(expression: Product) -> Printed:
    shown = [
        _within(factor, ATOM if mixes(expression, factor) else PRODUCT)
        for factor in expression.factors
    ]
    return Printed(PRODUCTS[expression.kind].join(shown), PRODUCT)


@_print.register
def _fraction(expression: Fraction) -> Printed:
    return Printed(
        rf"\frac{{{latex(expression.numerator)}}}{{{latex(expression.denominator)}}}", PRODUCT
    )


@_print.register
def _power(expression: Power) -> Printed:
    return Printed(f"{_within(expression.base, ATOM)}^{{{latex(expression.exponent)}}}", POWER)


@_print.register
def _root(expression: Root) -> Printed:
    return Printed(rf"\sqrt{{{latex(expression.argument)}}}", ATOM)


@_print.register
def _absolute(expression: Absolute) -> Printed:
    return Printed(rf"\left|{latex(expression.argument)}\right|", ATOM)


@_print.register
def _apply(expression: Apply) -> Printed:
    arguments = ", ".join(latex(argument) for argument in expression.arguments)
    name = rf"\operatorname{{{escaped(expression.function)}}}"
    return Printed(COMMANDS.get(expression.function, name) + _parenthesized(arguments), ATOM)


@_print.register
def _element(expression: Element) -> Printed:
    base = _within(expression.base, ATOM)
    if isinstance(expression.base, Symbol) and expression.base.number is not None:
        base = f"{{{base}}}"
    indices = ", ".join(latex(index) for index in expression.indices)
    return Printed(f"{base}_{{{indices}}}", ATOM)


@_print.register
def _over(expression: Over) -> Printed:
    indices = ", ".join(latex(index) for index in expression.indices)
    head = f"{OPERATORS[expression.operator]}_{{{indices}}}"
    if expression.operator == "max":
        return Printed(head + _parenthesized(latex(expression.argument)), ATOM)
    return Printed(f"{head} {_within(expression.argument, PRODUCT)}", PRODUCT)


@_print.register
def _relation(expression: Relation) -> Printed:
    left, right = _within(expression.left, SUM), _within(expression.right, SUM)
    return Printed(f"{left} {RELATIONS[expression.sign]} {right}", CASE)


@_print.register
def _bracket(expression: Bracket) -> Printed:
    items = ", ".join(latex(item) for item in expression.items)
    return Printed(rf"\left[{items}\right]", ATOM)


@_print.register
def _cases(expression: Cases) -> Printed:
    pieces = [
        rf"{latex(value)} & \text{{if }} {latex(condition)}"
        for value, condition in expression.pieces
    ]
    rows = r" \\ ".join([*pieces, rf"{latex(expression.otherwise)} & \text{{otherwise}}"])
    return Printed(rf"\begin{{cases}} {rows} \end{{cases}}", CASE)
