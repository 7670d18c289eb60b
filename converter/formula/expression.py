"""Mathematics as a tree: what a layer computes, before anybody decides how to print it."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Sign: TypeAlias = Literal["<", "≤", ">", "≥", "=", "≠"]
Kind: TypeAlias = Literal["scalar", "matrix", "each"]


class Expression:
    """A node; the operators build sums, products of scalars, and with ``@`` of matrices."""

    def __add__(self, other: "Expression | float") -> "Sum":
        return Sum((self, wrap(other)))

    def __radd__(self, other: float) -> "Sum":
        return Sum((wrap(other), self))

    def __sub__(self, other: "Expression | float") -> "Sum":
        return Sum((self, Negative(wrap(other))))

    def __rsub__(self, other: float) -> "Sum":
        return Sum((wrap(other), Negative(self)))

    def __mul__(self, other: "Expression | float") -> "Product":
        return Product((self, wrap(other)), "scalar")

    def __rmul__(self, other: float) -> "Product":
        return Product((wrap(other), self), "scalar")

    def __matmul__(self, other: "Expression") -> "Product":
        return Product((self, other), "matrix")

    def __truediv__(self, other: "Expression | float") -> "Fraction":
        return Fraction(self, wrap(other))

    def __rtruediv__(self, other: float) -> "Fraction":
        return Fraction(wrap(other), self)

    def __pow__(self, other: "Expression | float") -> "Power":
        return Power(self, wrap(other))

    def __neg__(self) -> "Negative":
        return Negative(self)

    def __abs__(self) -> "Absolute":
        return Absolute(self)


@dataclass(frozen=True)
class Symbol(Expression):
    """A name, with a number behind it where there are several: ``h1``."""

    name: str
    number: int | None = None


@dataclass(frozen=True)
class Number(Expression):
    """A constant."""

    value: float


@dataclass(frozen=True)
class Sum(Expression):
    """Terms, which are subtracted where they are ``Negative``."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True)
class Negative(Expression):
    """The opposite."""

    term: Expression


@dataclass(frozen=True)
class Product(Expression):
    """Of numbers, of matrices, or of the elements at equal places of two arrays."""

    factors: tuple[Expression, ...]
    kind: Kind


@dataclass(frozen=True)
class Fraction(Expression):
    """Element by element."""

    numerator: Expression
    denominator: Expression


@dataclass(frozen=True)
class Power(Expression):
    """Element by element."""

    base: Expression
    exponent: Expression


@dataclass(frozen=True)
class Root(Expression):
    """The square root of each element."""

    argument: Expression


@dataclass(frozen=True)
class Absolute(Expression):
    """The magnitude of each element."""

    argument: Expression


@dataclass(frozen=True)
class Apply(Expression):
    """A function of arguments."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Element(Expression):
    """What stands at some indices."""

    base: Expression
    indices: tuple[Expression, ...]


@dataclass(frozen=True)
class Over(Expression):
    """A sum, or the largest, over all values of indices."""

    operator: Literal["sum", "max"]
    indices: tuple[Expression, ...]
    argument: Expression


@dataclass(frozen=True)
class Relation(Expression):
    """A condition."""

    left: Expression
    sign: Sign
    right: Expression


@dataclass(frozen=True)
class Bracket(Expression):
    """Items in square brackets: arrays put together, or a condition that counts as 0 or 1."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Cases(Expression):
    """The value at the first condition that holds, or else ``otherwise``."""

    pieces: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression


@dataclass(frozen=True)
class Equation:
    """What stands on the left is what stands on the right."""

    left: Expression
    right: Expression


def wrap(value: Expression | float) -> Expression:
    """Return a number as an expression."""
    return value if isinstance(value, Expression) else Number(value)


def each(*factors: Expression) -> Product:
    """Multiply arrays element by element."""
    return Product(factors, "each")


def apply(function: str, *arguments: Expression | float) -> Apply:
    """Call a function."""
    return Apply(function, tuple(map(wrap, arguments)))


def at(base: Expression, *indices: str | Expression) -> Element:
    """Return what stands at the indices."""
    return Element(base, _symbols(indices))


def total(argument: Expression, *indices: str | Expression) -> Over:
    """Sum over indices; a condition is meant for all indices that meet it."""
    return Over("sum", _symbols(indices), argument)


def largest(argument: Expression, *indices: str | Expression) -> Over:
    """Return the largest over indices."""
    return Over("max", _symbols(indices), argument)


def _symbols(indices: tuple[str | Expression, ...]) -> tuple[Expression, ...]:
    return tuple(Symbol(index) if isinstance(index, str) else index for index in indices)


def cases(value: Expression, condition: Expression, otherwise: Expression | float) -> Cases:
    """Return a value under a condition, else another."""
    return Cases(((value, condition),), wrap(otherwise))
