"""Expressions as one writes them: ``where(x < 0, alpha * expm1(x), x)``."""

from dataclasses import dataclass
from typing import TypeAlias

from keronyx.converter.program.expressions import Binary, Call, Cast, Expression, Number, Select
from keronyx.converter.program.memory import DType


@dataclass(frozen=True)
class Term:
    """An expression with operators; plain numbers take the type of the term they meet."""

    expression: Expression

    @property
    def dtype(self) -> DType:
        """The expression's."""
        return self.expression.dtype

    def __add__(self, other: "Operand") -> "Term":
        return _binary("+", self, other)

    def __radd__(self, other: "Operand") -> "Term":
        return _binary("+", self.like(other), self)

    def __sub__(self, other: "Operand") -> "Term":
        return _binary("-", self, other)

    def __rsub__(self, other: "Operand") -> "Term":
        return _binary("-", self.like(other), self)

    def __mul__(self, other: "Operand") -> "Term":
        return _binary("*", self, other)

    def __rmul__(self, other: "Operand") -> "Term":
        return _binary("*", self.like(other), self)

    def __truediv__(self, other: "Operand") -> "Term":
        return _binary("/", self, other)

    def __rtruediv__(self, other: "Operand") -> "Term":
        return _binary("/", self.like(other), self)

    def __neg__(self) -> "Term":
        return call("neg", self)

    def __lt__(self, other: "Operand") -> "Term":
        return _binary("<", self, other)

    def __le__(self, other: "Operand") -> "Term":
        return _binary("<=", self, other)

    def __gt__(self, other: "Operand") -> "Term":
        return _binary(">", self, other)

    def __ge__(self, other: "Operand") -> "Term":
        return _binary(">=", self, other)

    def equals(self, other: "Operand") -> "Term":
        """Compare; ``==`` of Python is left alone."""
        return _binary("==", self, other)

    def differs(self, other: "Operand") -> "Term":
        """Compare."""
        return _binary("!=", self, other)

    def to(self, dtype: DType) -> "Term":
        """Return the value in another type."""
        return self if dtype == self.dtype else Term(Cast(dtype, self.expression))

    def like(self, other: "Operand") -> "Term":
        """Return a plain number as a term of this one's type."""
        if isinstance(other, Term):
            return other
        number = int(other) if self.dtype.startswith("int") else float(other)
        return Term(Number(number, self.dtype))


Operand: TypeAlias = Term | float


def call(function: str, *arguments: Term) -> Term:
    """Call a function of the language."""
    return Term(Call(function, tuple(argument.expression for argument in arguments)))


def where(condition: Term, then: Operand, other: Operand) -> Term:
    """Choose; one of both at least is a term."""
    model = then if isinstance(then, Term) else other
    if not isinstance(model, Term):
        raise TypeError("where of two plain numbers")
    branches = (model.like(each).expression for each in (then, other))
    return Term(Select(condition.expression, *branches))


def maximum(a: Term, b: Operand) -> Term:
    """Return the larger; NaN when either is."""
    return call("max", a, a.like(b))


def minimum(a: Term, b: Operand) -> Term:
    """Return the smaller; NaN when either is."""
    return call("min", a, a.like(b))


def above(x: Term, least: float) -> Term:
    """Return x, at least ``least``; NaN stays. As one comparison, which compilers vectorise."""
    return where(x < least, least, x)


def below(x: Term, most: float) -> Term:
    """Return x, at most ``most``; NaN stays."""
    return where(x > most, most, x)


def clip(x: Term, least: float, most: float) -> Term:
    """Return x between two numbers; NaN stays."""
    return below(above(x, least), most)


def kept(x: Term, condition: Term) -> Term:
    """Return x times 1 where the condition holds, times 0 elsewhere: NaN stays."""
    return x * condition.to(x.dtype)


def _binary(operator: str, left: Term, right: Operand) -> Term:
    return Term(Binary(operator, left.expression, left.like(right).expression))
