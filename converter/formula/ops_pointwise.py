"""Functions of numbers, element by element, and what the operands of any operation are called."""

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
    cases,
    each,
)
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.layers.operands import Constant
from keronyx.converter.layers.ops_base import Applied
from keronyx.converter.layers.ops_pointwise import Pointwise
from keronyx.converter.tensors import Array

MOST_SHOWN: Final = 6
"""Most numbers of a list that are printed."""


@express.register
def pointwise(layer: Pointwise, *inputs: Expression) -> Meaning:
    """The operator, or the function by its name."""
    return Meaning(value=spelled(layer.function)(*operands(layer, inputs)))


def operands(layer: Applied, inputs: tuple[Expression, ...]) -> tuple[Expression, ...]:
    """Return what stands for the operands, constants as they are printed."""
    return layer.filled(inputs, _constant)


def _constant(constant: Constant) -> Expression:
    return _numbers(constant.array)


def _numbers(array: Array) -> Expression:
    if not array.shape:
        return Number(float(array))
    shown = [_numbers(part) for part in array[:MOST_SHOWN]]
    return Bracket((*shown, *[Symbol("…")] * (len(array) > MOST_SHOWN)))


def spelled(function: str) -> Callable[..., Expression]:
    """Return what spells a function of operands."""
    return SPELLED.get(function, lambda *given: apply(function, *given))


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
    "fabs": abs,
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
    "plus": lambda a, b: a + b,
    "power": lambda a, b: a**b,
    "quotient": lambda a, b: a / b,
    "reciprocal": lambda x: 1 / x,
    "remainder": lambda a, b: apply("mod", a, b),
    "rsqrt": lambda x: 1 / Root(x),
    "sqrt": Root,
    "square": lambda x: x**2,
    "subtract": lambda a, b: a - b,
    "where": lambda condition, a, b: cases(a, condition, b),
}
