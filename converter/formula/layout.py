"""How an expression is laid out, in whatever notation: what binds how tightly, and parentheses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import Final, NamedTuple

from keronyx.converter.errors import UnsupportedConfigError
from keronyx.converter.formula.expression import (
    Absolute,
    Apply,
    Bracket,
    Cases,
    Element,
    Equation,
    Expression,
    Fraction,
    Kind,
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

TWO: Final = Number(2)


class Printed(NamedTuple):
    """A text, and how tightly it holds together."""

    text: str
    level: int


class Form(NamedTuple):
    """How something is put: a text with a ``%s`` for every operand.

    ``level`` is how tightly the whole holds together, ``needed`` how tightly each operand has to,
    or it is put in parentheses.
    """

    template: str
    level: int
    needed: tuple[int, ...] = (CASE,)

    def put(self, notation: "Notation", *operands: Expression) -> Printed:
        """Fill in operands."""
        pairs = zip(operands, self.needed, strict=True)
        shown = tuple(notation.within(operand, level) for operand, level in pairs)
        return Printed(self.template % shown, self.level)


@dataclass(frozen=True, kw_only=True)
class Notation:
    """What an expression is spelled with.

    ``symbol`` spells a name and its number, ``function`` the name of a function, ``number`` the
    digits of one. ``forms`` are those of expressions whose fields are their operands, ``square``
    that of a second power. ``under`` puts an operator over its indices, each of which has to hold
    as tightly as ``index``; ``numbered`` puts a symbol with a number that has an index as well.
    ``piece`` is a value with its condition, ``otherwise`` the value that is left.
    """

    name: str
    symbol: Callable[[str, int | None], str]
    function: Callable[[str], str]
    number: Callable[[float], str]
    products: Mapping[Kind, str]
    relations: Mapping[str, str]
    over: Mapping[str, str]
    parentheses: str
    brackets: str
    forms: Mapping[type[Expression], Form]
    square: Form
    numbered: str
    element: str
    index: int
    indices: str
    under: str
    piece: Form
    between: str
    cases: str
    otherwise: Form

    def spell(self, expression: Expression | Equation) -> str:
        """Return an expression, or equation, in this notation."""
        if isinstance(expression, Equation):
            return f"{self.spell(expression.left)} = {self.spell(expression.right)}"
        return _print(expression, self).text

    def within(self, expression: Expression, level: int) -> str:
        """Spell an operand, in parentheses where it holds less tightly than the level."""
        printed = _print(expression, self)
        return printed.text if printed.level >= level else self.parentheses % printed.text

    def listed(self, expressions: tuple[Expression, ...]) -> str:
        """Spell expressions with commas between them."""
        return ", ".join(map(self.spell, expressions))


def _signed(term: Expression) -> Expression:
    """Return the term, a negative number as something that is subtracted, and the reverse."""
    if isinstance(term, Number) and term.value < 0:
        return Negative(Number(-term.value))
    if isinstance(term, Negative) and isinstance(term.term, Number) and term.term.value < 0:
        return Number(-term.term.value)
    return term


@singledispatch
def _print(expression: Expression, notation: Notation) -> Printed:
    raise UnsupportedConfigError(f"no {notation.name} for {type(expression).__name__}")


@_print.register
def _symbol(expression: Symbol, notation: Notation) -> Printed:
    return Printed(notation.symbol(expression.name, expression.number), ATOM)


@_print.register
def _number(expression: Number, notation: Notation) -> Printed:
    return Printed(notation.number(expression.value), ATOM if expression.value >= 0 else SUM)


@_print.register
def _sum(expression: Sum, notation: Notation) -> Printed:
    first, *rest = expression.terms
    parts = [notation.within(first, SUM)]
    for term in map(_signed, rest):
        if isinstance(term, Negative):
            parts.append(f" - {notation.within(term.term, PRODUCT)}")
        else:
            parts.append(f" + {notation.within(term, SUM)}")
    return Printed("".join(parts), SUM)


@_print.register
def _formed(
    expression: Negative | Fraction | Power | Root | Absolute, notation: Notation
) -> Printed:
    if isinstance(expression, Power) and expression.exponent == TWO:
        return notation.square.put(notation, expression.base)
    return notation.forms[type(expression)].put(notation, *vars(expression).values())


@_print.register
def _product(expression: Product, notation: Notation) -> Printed:
    """Products of another sign are kept apart by parentheses, and so is ``a · (b / c)``."""
    sign, shown = notation.products[expression.kind], []
    for place, factor in enumerate(expression.factors):
        mixes = isinstance(factor, Product) and notation.products[factor.kind] != sign
        loose = isinstance(factor, Fraction) and place > 0 and expression.kind != "each"
        level = ATOM if mixes else POWER if loose else PRODUCT
        shown.append(notation.within(factor, level))
    return Printed(sign.join(shown), PRODUCT)


@_print.register
def _apply(expression: Apply, notation: Notation) -> Printed:
    arguments = notation.parentheses % notation.listed(expression.arguments)
    return Printed(notation.function(expression.function) + arguments, ATOM)


@_print.register
def _element(expression: Element, notation: Notation) -> Printed:
    base = notation.within(expression.base, ATOM)
    if isinstance(expression.base, Symbol) and expression.base.number is not None:
        base = notation.numbered % base
    return Printed(notation.element % (base, notation.listed(expression.indices)), ATOM)


@_print.register
def _over(expression: Over, notation: Notation) -> Printed:
    shown = (notation.within(index, notation.index) for index in expression.indices)
    head = notation.under % (notation.over[expression.operator], notation.indices.join(shown))
    argument = _print(expression.argument, notation)
    if expression.operator == "max":
        return Printed(head + notation.parentheses % argument.text, ATOM)
    level = PRODUCT if argument.level < POWER else POWER
    return Printed(f"{head} {notation.within(expression.argument, PRODUCT)}", level)


@_print.register
def _relation(expression: Relation, notation: Notation) -> Printed:
    sign = notation.relations.get(expression.sign, expression.sign)
    left, right = (notation.within(each, SUM) for each in (expression.left, expression.right))
    return Printed(f"{left} {sign} {right}", CASE)


@_print.register
def _bracket(expression: Bracket, notation: Notation) -> Printed:
    return Printed(notation.brackets % notation.listed(expression.items), ATOM)


@_print.register
def _cases(expression: Cases, notation: Notation) -> Printed:
    pieces = [notation.piece.put(notation, *piece).text for piece in expression.pieces]
    pieces.append(notation.otherwise.put(notation, expression.otherwise).text)
    return Printed(notation.cases % notation.between.join(pieces), CASE)
