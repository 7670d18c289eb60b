"""What the parts of an expression become: trees of little layers, plain numbers, lists."""

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from keronyx.converter.errors import shorten
from keronyx.converter.expression.tokens import LARGEST, ExpressionError
from keronyx.converter.layers.base import DTypePolicy, Layer
from keronyx.converter.layers.operations import CASTS, Cast, Elementwise, Operand
from keronyx.converter.layers.tree import Call, Input, Node


@dataclass(frozen=True)
class Term:
    """A value, and the column where it stands."""

    value: Any
    column: int

    @property
    def is_tensor(self) -> bool:
        """Whether it is known at run time only."""
        return isinstance(self.value, Input | Call)

    def refuse(self, wanted: str) -> ExpressionError:
        """Make the error for a term that is something else than wanted."""
        return ExpressionError(self.column, f"{wanted} is wanted here")

    def tensor(self) -> Node:
        """Return the tree, or refuse."""
        if isinstance(self.value, Input | Call):
            return self.value
        raise self.refuse(self._one_of_several() or "x, or what is made of it,")

    def _one_of_several(self) -> str:
        several = isinstance(self.value, tuple) and any(each.is_tensor for each in self.value)
        return "one of the inputs, as in x[0]," if several else ""

    def number(self) -> int | float:
        """Return the plain number, or refuse."""
        if isinstance(self.value, int | float) and not isinstance(self.value, bool):
            return self.value
        raise self.refuse("a plain number")

    def integer(self) -> int:
        """Return the plain integer, or refuse."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return self.value
        raise self.refuse("an integer")

    def integers(self) -> tuple[int, ...]:
        """Return an integer, or a list of them."""
        return tuple(each.integer() for each in self.listed())

    def listed(self) -> tuple["Term", ...]:
        """Return the terms of a list, or the one there is."""
        return self.value if isinstance(self.value, tuple) else (self,)

    def flag(self) -> bool:
        """Return True or False, or refuse."""
        if isinstance(self.value, bool):
            return self.value
        raise self.refuse("True or False")

    def dtype(self) -> str:
        """Return the name of a dtype, or refuse."""
        if self.value in CASTS:
            return str(self.value)
        raise self.refuse(f"one of {', '.join(map(repr, CASTS))}")

    def constant(self) -> Operand:
        """Return a number, or nested lists of them of equal lengths."""
        if not isinstance(self.value, tuple):
            return self.number()
        if self._one_of_several():
            raise self.refuse(self._one_of_several())
        items = tuple(each.constant() for each in self.value)
        if not _is_even(items):
            raise self.refuse("a list of numbers, or of lists of equal lengths,")
        return items

    def operand(self) -> Operand:
        """Return a number, or lists of them, for what is known; None for what is not."""
        return None if self.is_tensor else self.constant()


def _is_even(items: tuple[Operand, ...]) -> bool:
    return len(set(map(_lengths, items))) == 1


def _lengths(numbers: Operand) -> tuple[int, ...]:
    return (len(numbers), *_lengths(numbers[0])) if isinstance(numbers, tuple) else ()


@dataclass(frozen=True)
class Sense:
    """What words mean in the Keras that wrote the file.

    ``slope`` is that of hard_sigmoid; relu ``multiplies`` with 0 what is not above its threshold;
    ``K`` is ``keras.backend`` where there is no ``keras.ops`` that it may be.
    """

    slope: float = 1 / 6
    multiplies: bool = False
    has_ops: bool = True


@dataclass(frozen=True)
class Scope:
    """What an expression belongs to: a layer's name and dtype, and how many inputs it has."""

    name: str
    dtype: DTypePolicy
    inputs: int = 1
    sense: Sense = Sense()

    @cached_property
    def tensors(self) -> tuple[Node, ...]:
        """The inputs, cast as Keras casts the inputs of a layer."""
        entries = (Input(index) for index in range(self.inputs))
        return tuple(self.call(Cast, 0, entry).value for entry in entries)

    def call(self, kind: Callable[..., Layer], column: int, *nodes: Node, **config: Any) -> Term:
        """Call a layer."""
        layer = kind(name=self.name, dtype=self.dtype, **config)
        return Term(Call(layer, nodes, column), column)

    def elementwise(self, function: str, column: int, *terms: Term) -> Term:
        """Apply a function element by element; to plain numbers at once."""
        nodes = tuple(term.tensor() for term in terms if term.is_tensor)
        operands = tuple(term.operand() for term in terms)
        if nodes:
            return self.call(Elementwise, column, *nodes, function=function, operands=operands)
        return Term(folded(function, column, [term.number() for term in terms]), column)


def _power(base: float, exponent: float) -> Any:
    if abs(exponent) > LARGEST_EXPONENT:
        raise OverflowError
    return base**exponent


LARGEST_EXPONENT: Final = 1024

FOLDED: Final[Mapping[str, Callable[..., Any]]] = {
    "negative": operator.neg,
    "absolute": abs,
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "floor_divide": operator.floordiv,
    "remainder": operator.mod,
    "power": _power,
    "minimum": min,
    "maximum": max,
    "square": lambda x: x * x,
    "floor": math.floor,
    "ceil": math.ceil,
    "round": round,
    **{name: getattr(math, name) for name in ("sqrt", "exp", "log", "sin", "cos", "tanh")},
}
"""Functions of plain numbers, which are computed once, as Python does."""


def folded(function: str, column: int, numbers: list[float]) -> int | float:
    """Return what a function of plain numbers gives; refuse what has no finite value."""
    if function not in FOLDED:
        raise ExpressionError(column, f"{function} of plain numbers")
    found = _computed(FOLDED[function], numbers)
    if found is None:
        listed = ", ".join(shorten(repr(number)) for number in numbers)
        raise ExpressionError(column, f"{function} of {listed} has no value")
    return found


def _computed(function: Callable[..., Any], numbers: list[float]) -> int | float | None:
    """Return what a function gives; None where it is no number, or too large a one."""
    try:
        found = function(*numbers)
    except (ArithmeticError, ValueError):
        return None
    return found if isinstance(found, int | float) and abs(found) <= LARGEST else None
