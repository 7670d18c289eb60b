"""Expressions over single numbers, for languages that index arrays.

A language says how it spells each piece; how the pieces go together is the same in all.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import singledispatchmethod
from typing import Final, NamedTuple

import numpy as np

from keronyx.converter.program import expressions
from keronyx.converter.program.expressions import COMPARISONS, Expression
from keronyx.converter.program.memory import Buffer, DType

CHOICE: Final = 0
COMPARED: Final = 1
ADDED: Final = 2
MULTIPLIED: Final = 3
SIGNED: Final = 4
ATOM: Final = 5
RANKS: Final[Mapping[str, int]] = {
    **dict.fromkeys(COMPARISONS, COMPARED),
    **dict.fromkeys("+-", ADDED),
    **dict.fromkeys("*/", MULTIPLIED),
}
"""How strongly an operator binds."""


class Code(NamedTuple):
    """A piece of source code, and how strongly its outermost operator binds."""

    text: str
    rank: int = ATOM

    def within(self, rank: int) -> str:
        """Return the text as part of something that binds this strongly."""
        return self.text if self.rank >= rank else f"({self.text})"


def call(function: str, *arguments: Code) -> Code:
    """Return a function call."""
    return Code(f"{function}({', '.join(argument.text for argument in arguments)})")


def binary(operator: str, left: Code, right: Code) -> Code:
    """Return ``left operator right``; comparisons are never chained."""
    rank = RANKS[operator]
    first = left.within(rank + (rank == COMPARED))
    return Code(f"{first} {operator} {right.within(rank + 1)}", rank)


def negative(value: Code) -> Code:
    """Return ``-value``; never two signs in a row."""
    return Code(f"-{value.within(ATOM)}", SIGNED)


def total(*terms: Code) -> Code:
    """Return a sum of positions; those that are 0 are left out."""
    added = [term for term in terms if term.text != "0"]
    if len(added) == 1:
        return added[0]
    return Code(" + ".join(term.within(ADDED) for term in added), ADDED) if added else Code("0")


def times(value: Code, factor: int) -> Code:
    """Return a position times a number that is known."""
    return value if factor == 1 else Code(f"{value.within(MULTIPLIED)} * {factor}", MULTIPLIED)


def place(offset: int, strides: Sequence[int], variables: Sequence[str]) -> Code:
    """Return ``variable * stride + ... + offset``; a variable "" is always 0."""
    walked = [
        times(Code(variable), stride)
        for stride, variable in zip(strides, variables, strict=True)
        if stride and variable
    ]
    return total(*walked, Code(str(offset)))


class Scope(NamedTuple):
    """What stands for the axes ("" where there is no loop), the steps and the result."""

    variables: tuple[str, ...]
    steps: tuple[str, ...] = ()
    result: str = ""


EXACT: Final = frozenset({"abs", "neg", "max", "min", "trunc", "rint"})
"""Functions whose results are as narrow as their arguments."""


class Expressions(ABC):
    """Prints expressions.

    With ``narrows``, what is computed in float32 is rounded to it at every step, instead of once
    where it is stored.
    """

    narrows: bool = False

    @abstractmethod
    def number(self, value: float, dtype: DType) -> Code:
        """Return a literal."""

    @abstractmethod
    def narrowed(self, value: Code) -> Code:
        """Return a number rounded to float32."""

    @abstractmethod
    def element(self, buffer: Buffer, index: Code) -> Code:
        """Return the value of an element."""

    @abstractmethod
    def position(self, value: Code, dtype: DType) -> Code:
        """Return an integer as what counts array elements."""

    @abstractmethod
    def counted(self, variable: str, dtype: DType) -> Code:
        """Return a loop variable as a number of a type."""

    @abstractmethod
    def binary(self, operator: str, left: Code, right: Code, dtype: DType) -> Code:
        """Return ``left operator right`` of operands of a type; integers wrap around."""

    @abstractmethod
    def called(self, function: str, arguments: tuple[Code, ...], dtype: DType) -> Code:
        """Return a call of one of FUNCTIONS."""

    @abstractmethod
    def chosen(self, condition: Code, then: Code, other: Code) -> Code:
        """Return one of two values."""

    @abstractmethod
    def cast(self, value: Code, source: DType, target: DType) -> Code:
        """Return a value in another type."""

    @singledispatchmethod
    def code(self, expression: Expression, _scope: Scope) -> Code:
        """Return an expression."""
        raise TypeError(type(expression).__name__)

    @code.register
    def _number(self, expression: expressions.Number, _scope: Scope) -> Code:
        value = expression.value
        if self.narrows and expression.dtype == "float32":
            with np.errstate(over="ignore"):
                value = float(np.float32(value))
        return self.number(value, expression.dtype)

    @code.register
    def _at(self, expression: expressions.At, scope: Scope) -> Code:
        index = place(expression.offset, expression.strides, scope.variables)
        return self.element(expression.buffer, index)

    @code.register
    def _take(self, expression: expressions.Take, scope: Scope) -> Code:
        chosen = self.position(self.code(expression.index, scope), expression.index.dtype)
        rest = place(expression.offset, expression.strides, scope.variables)
        return self.element(expression.table, total(times(chosen, expression.scale), rest))

    @code.register
    def _index(self, expression: expressions.Index, scope: Scope) -> Code:
        variable = scope.variables[expression.axis]
        if not variable:
            return self.number(0, expression.dtype)
        return self.counted(variable, expression.dtype)

    @code.register
    def _local(self, expression: expressions.Local, scope: Scope) -> Code:
        return Code(scope.steps[expression.step])

    @code.register
    def _result(self, _expression: expressions.Result, scope: Scope) -> Code:
        return Code(scope.result)

    @code.register
    def _binary(self, expression: expressions.Binary, scope: Scope) -> Code:
        left, right = self.code(expression.left, scope), self.code(expression.right, scope)
        code = self.binary(expression.operator, left, right, expression.left.dtype)
        return self._as_narrow(code, expression.dtype)

    @code.register
    def _call(self, expression: expressions.Call, scope: Scope) -> Code:
        arguments = tuple(self.code(argument, scope) for argument in expression.arguments)
        code = self.called(expression.function, arguments, expression.dtype)
        return code if expression.function in EXACT else self._as_narrow(code, expression.dtype)

    def _as_narrow(self, code: Code, dtype: DType) -> Code:
        return self.narrowed(code) if self.narrows and dtype == "float32" else code

    @code.register
    def _select(self, expression: expressions.Select, scope: Scope) -> Code:
        condition, then, other = (
            self.code(part, scope)
            for part in (expression.condition, expression.then, expression.other)
        )
        return self.chosen(condition, then, other)

    @code.register
    def _cast(self, expression: expressions.Cast, scope: Scope) -> Code:
        if isinstance(expression.value, expressions.Index):
            return self.code(expressions.Index(expression.value.axis, expression.dtype), scope)
        value = self.code(expression.value, scope)
        return self.cast(value, expression.value.dtype, expression.dtype)
