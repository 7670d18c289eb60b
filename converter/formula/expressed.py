"""Layers that a user's formula stands for, and the operations it is made of."""

from collections.abc import Callable, Mapping
from typing import Final

from keronyx.converter.formula.expression import (
    Bracket,
    Expression,
    Number,
    Relation,
    Root,
    Sign,
    Symbol,
    apply,
    at,
    cases,
    each,
)
from keronyx.converter.formula.model import Meaning, composed, express
from keronyx.converter.layers import operations
from keronyx.converter.layers.expressed import Lambda, Replaced

MOST_SHOWN: Final = 6
"""Most numbers of a list that are printed."""


@express.register(Lambda)
@express.register(Replaced)
def replaced(layer: Replaced, *inputs: Expression) -> Meaning:
    """What the formula says."""
    return composed(layer.body, *inputs)


@express.register
def elementwise(layer: operations.Elementwise, *inputs: Expression) -> Meaning:
    """The operator, or the function by its name."""
    given = iter(inputs)
    operands = [next(given) if item is None else _numbers(item) for item in layer.operands]
    return Meaning(value=SPELLED.get(layer.function, _named(layer.function))(*operands))


def _numbers(item: operations.Operand) -> Expression:
    if not isinstance(item, tuple):
        return Number(float(item or 0))
    shown = [_numbers(part) for part in item[:MOST_SHOWN]]
    return Bracket((*shown, *[Symbol("…")] * (len(item) > MOST_SHOWN)))


def _named(name: str) -> Callable[..., Expression]:
    return lambda *operands: apply(name, *operands)


def _times(a: Expression, b: Expression) -> Expression:
    plain = isinstance(a, Number) or isinstance(b, Number)
    return a * b if plain else each(a, b)


def _related(sign: Sign) -> Callable[[Expression, Expression], Expression]:
    return lambda a, b: Relation(a, sign, b)


SPELLED: Final[Mapping[str, Callable[..., Expression]]] = {
    "absolute": abs,
    "add": lambda a, b: a + b,
    "divide": lambda a, b: a / b,
    "equal": _related("="),
    "floor_divide": lambda a, b: apply("floor", a / b),
    "greater": _related(">"),
    "greater_equal": _related("≥"),
    "less": _related("<"),
    "less_equal": _related("≤"),
    "log": lambda x: apply("ln", x),
    "log1p": lambda x: apply("ln", 1 + x),
    "maximum": lambda a, b: apply("max", a, b),
    "minimum": lambda a, b: apply("min", a, b),
    "multiply": _times,
    "negative": lambda x: -x,
    "not_equal": _related("≠"),
    "power": lambda a, b: a**b,
    "remainder": lambda a, b: apply("mod", a, b),
    "sqrt": Root,
    "square": lambda x: x**2,
    "subtract": lambda a, b: a - b,
    "where": lambda condition, a, b: cases(a, condition, b),
}


@express.register
def cast(layer: operations.Cast, x: Expression) -> Meaning:
    """The target as a function; nothing where Keras itself casts."""
    return Meaning(value=x if layer.target is None else apply(layer.target, x))


@express.register
def reduce(layer: operations.Reduce, x: Expression) -> Meaning:
    """The function with its axes."""
    axes = ", ".join(map(str, layer.axes))
    return Meaning(value=apply(layer.function, x, Symbol(f"axis {axes}")))


@express.register
def expand_dims(layer: operations.ExpandDims, x: Expression) -> Meaning:
    """The same numbers."""
    return Meaning(value=apply("expand_dims", x, Symbol(f"axis {layer.axis}")))


@express.register
def squeeze(layer: operations.Squeeze, x: Expression) -> Meaning:
    """The same numbers."""
    return Meaning(value=apply("squeeze", x, Symbol(f"axis {layer.axis}")))


@express.register
def cut(layer: operations.Slice, x: Expression) -> Meaning:
    """A part of an axis, as Python writes it."""
    bounds = [layer.start, layer.stop] + ([layer.step] if layer.step != 1 else [])
    spelled = ":".join("" if bound is None else str(bound) for bound in bounds)
    return Meaning(value=at(x, Symbol(f"axis {layer.axis}"), Symbol(spelled)))
