"""What is computed for an element: numbers, elements of buffers, operators, functions, choices.

``At(buffer, offset, strides)`` is the element ``buffer[offset + i0 * strides[0] + i1 * strides[1]
+ ...]`` where ``i0, i1, ...`` are the loop variables; it is a value when it stands in an
expression, and a place when it is a ``target``. A stride may be 0 (broadcasting); none of a
target's is, unless its axis has size 1. For NumPy an ``At`` is a strided view of shape ``axes``.

An expression has a ``dtype`` and no side effects; both branches of a ``Select`` may be computed.

**Steps** are a tuple of expressions, computed in order for each element: ``Local(n)`` in a step is
the value of step ``n``, and the last step is what is stored. ``Result`` is, in the steps of a
``Fold`` or ``Product``, what was folded or summed up.

**Arithmetic.** ``float32`` and ``float64`` are computed at least that precisely, as IEEE 754 has
it, NaN and Inf included: no fast-math. Sums may be taken in any order. Integers (``int32``,
``int64``) know ``+ - *``, which wrap around, comparisons, max and min. ``bool`` is what
comparisons give and ``Select`` takes; buffers of bools hold 0 and 1.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from keronyx.converter.program.memory import Buffer, Constant, DType

FUNCTIONS: Final = {
    "abs": 1,
    "neg": 1,
    "exp": 1,
    "expm1": 1,
    "log": 1,
    "log1p": 1,
    "sqrt": 1,
    "tanh": 1,
    "erf": 1,
    "trunc": 1,
    "rint": 1,
    "max": 2,
    "min": 2,
}
"""The functions that an expression may call, and how many arguments each takes.

All take and return one floating type; neg, max and min also integers. ``trunc`` drops fractions,
``rint`` rounds to the nearest whole number, halves to even ones. ``max`` and ``min`` are NaN when
either argument is (so is ``numpy.maximum``, not C's ``fmax``).
"""
ARITHMETIC: Final = ("+", "-", "*", "/")
COMPARISONS: Final = ("<", "<=", ">", ">=", "==", "!=")


@dataclass(frozen=True)
class Number:
    """A literal. A float may be infinite or NaN, and is exact as a Python float or int."""

    value: float | int | bool
    dtype: DType


@dataclass(frozen=True)
class At:
    """An element of a buffer, as the loops have it: a value, or the place of a target."""

    buffer: Buffer
    offset: int
    strides: tuple[int, ...]

    @property
    def dtype(self) -> DType:
        """The buffer's."""
        return self.buffer.dtype


@dataclass(frozen=True)
class Take:
    """An element that data chooses: ``table[index * scale + offset + i0 * strides[0] + ...]``.

    ``index`` is an integer; a ``Check`` before the statement has seen to it that it lies within.
    """

    table: Constant
    index: "Expression"
    scale: int
    offset: int
    strides: tuple[int, ...]

    @property
    def dtype(self) -> DType:
        """The table's."""
        return self.table.dtype


@dataclass(frozen=True)
class Index:
    """The loop variable of an axis."""

    axis: int
    dtype: DType = "int64"


@dataclass(frozen=True)
class Local:
    """The value of an earlier step of the same statement."""

    step: int
    dtype: DType


@dataclass(frozen=True)
class Result:
    """What a Fold has folded, a Product summed up; only in their steps."""

    dtype: DType


@dataclass(frozen=True)
class Binary:
    """``left operator right``, both of one type: ARITHMETIC of that type or COMPARISONS.

    ``/`` is for floats only.
    """

    operator: str
    left: "Expression"
    right: "Expression"

    @property
    def dtype(self) -> DType:
        """Bool for a comparison, else that of the operands."""
        return "bool" if self.operator in COMPARISONS else self.left.dtype


@dataclass(frozen=True)
class Call:
    """One of ``FUNCTIONS`` of arguments that all have one type."""

    function: str
    arguments: "tuple[Expression, ...]"

    @property
    def dtype(self) -> DType:
        """That of the arguments."""
        return self.arguments[0].dtype


@dataclass(frozen=True)
class Select:
    """``then`` where the condition (a bool) holds, else ``other``; both of one type."""

    condition: "Expression"
    then: "Expression"
    other: "Expression"

    @property
    def dtype(self) -> DType:
        """That of the branches."""
        return self.then.dtype


@dataclass(frozen=True)
class Cast:
    """The value in another type.

    A float becomes an integer only where a ``Check`` has made sure that it fits; its fraction is
    dropped. A bool becomes 0 or 1. Nothing is cast to bool.
    """

    dtype: DType
    value: "Expression"


Expression: TypeAlias = Number | At | Take | Index | Local | Result | Binary | Call | Select | Cast
Steps: TypeAlias = tuple[Expression, ...]
