"""What a program does, one statement after the other: loops that fill a buffer.

A statement runs over ``axes``, the sizes of its nested loops, outermost first; with ``axes=()`` it
runs once.

``Comment``  a line of text, mostly the name of a layer. Untrusted: it comes from the file.
``Check``    for all axes the condition must hold, else the prediction ends with ``code``.
``Map``      for all axes: target = steps.
``Fold``     for the axes that are kept: target = steps of the sum (or maximum) over the others.
``Product``  a matrix product: for all rows and units, target = steps of the sum over inputs.

The elements of one statement do not depend on each other: any order, or all at once, is right. A
``Map`` may read its own target, but then only at the very element that it writes, and in the steps
of a ``Fold`` or ``Product`` the same holds; what a ``Fold`` folds and a ``Product`` multiplies
never lies in its target.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from keronyx.converter.program.expressions import At, Expression, Number, Steps
from keronyx.converter.program.memory import Constant


@dataclass(frozen=True)
class Comment:
    """Text for the reader; it may hold anything."""

    text: str


@dataclass(frozen=True)
class Check:
    """End the prediction with ``code`` (1, 2, ...) when the condition fails for any element.

    What the outputs hold then is not defined. ``message`` says what was wrong.
    """

    axes: tuple[int, ...]
    condition: Expression
    code: int
    message: str


@dataclass(frozen=True)
class Map:
    """For all axes: ``target = steps``."""

    axes: tuple[int, ...]
    target: At
    steps: Steps


@dataclass(frozen=True)
class Fold:
    """Fold the last ``over`` axes (one or more) and keep the others.

    For all kept axes: r = start; for the others: r = r + value, or max(r, value); then
    ``target = steps``, with r as ``Result``. ``value`` sees all axes; ``target`` and ``steps`` see
    the kept ones, and so have as many strides. ``value`` has no Local and no Result.
    """

    axes: tuple[int, ...]
    over: int
    operator: Literal["sum", "max"]
    start: Number
    value: Expression
    target: At
    steps: Steps

    @property
    def kept(self) -> tuple[int, ...]:
        """The axes that stay."""
        return self.axes[: -self.over]


@dataclass(frozen=True)
class Product:
    """``target[m, n] = steps of bias[n] + sum over k of x[m, k] * kernel[k, n]``.

    ``source`` is x: (rows, inputs) from ``source.offset`` on, its strides those of m and k, the
    latter always 1 (or inputs is 1). ``kernel`` has the shape (inputs, units), ``bias`` (units,) or
    there is none. Types are all alike. ``steps`` and ``target`` see the axes (rows, units);
    ``Result`` is the sum, bias included.
    """

    rows: int
    inputs: int
    units: int
    source: At
    kernel: Constant
    bias: Constant | None
    target: At
    steps: Steps

    @property
    def axes(self) -> tuple[int, int]:
        """What target and steps see."""
        return (self.rows, self.units)


Statement: TypeAlias = Comment | Check | Map | Fold | Product
