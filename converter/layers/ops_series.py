"""Operations that make rows of numbers: evenly apart, powers, correlations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, final

from keronyx.converter.layers.ops_base import Applied, Rule
from keronyx.converter.layers.promotion import floating, tensors
from keronyx.converter.layers.sizes import shown
from keronyx.converter.tensors import Shape


def correlating(*dtypes: str) -> str:
    """Return the promoted dtype, float32 of integers but float64 of those with 64 bits."""
    found = tensors(*dtypes)
    return "float64" if found == "int64" else floating(found)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Spaced(Applied, abstract=True):
    """``num`` numbers evenly from the first operand to the second, along a new axis.

    logspace: the powers of ``base`` at these; geomspace: each as many times the one before.
    Without ``endpoint`` the last is one step before the second operand.
    """

    num: int = 50
    endpoint: bool = True
    retstep: bool = False
    base: float = 10
    target: str | None = None
    axis: int = 0
    rules: ClassVar[Mapping[str, Rule]] = dict.fromkeys(
        ("linspace", "logspace", "geomspace"), Rule(floating, takes="floats")
    )

    @property
    def steps(self) -> int:
        """How many steps lie between the operands."""
        return max(self.num - 1, 1) if self.endpoint else self.num

    def propagates(self) -> bool:
        """Not between infinities, whose distance is none."""
        return False

    def computes_in(self, *dtypes: str) -> str:
        """The target, which is to be floating."""
        return super().computes_in(*([self.target] * len(dtypes) if self.target else dtypes))

    def place(self, rank: int) -> int:
        """The new axis of the result, which has so many."""
        return self.axis_of(self.axis, rank)

    def shape_of(self, *shapes: Shape) -> Shape:
        """With the new axis."""
        if self.num < 1 or self.retstep:
            raise self.refuse("retstep=True" if self.retstep else f"num={self.num}")
        shape = self.broadcast(*shapes)
        place = self.place(len(shape) + 1)
        return (*shape[:place], self.num, *shape[place:])


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Powers(Applied, abstract=True):
    """The powers of each number of a vector from N - 1 to 0, or from 0 on if ``increasing``."""

    N: int | None = None
    increasing: bool = False
    rules: ClassVar[Mapping[str, Rule]] = {"vander": Rule(floating, takes="floats")}

    def infer_dtype(self, *dtypes: str) -> str:
        """The input's."""
        self.computes_in(*dtypes)
        return tensors(*dtypes)

    def exponents(self, shape: Shape) -> tuple[int, ...]:
        """The powers in their order."""
        count = shape[0] if self.N is None and len(shape) == 1 else self.N
        if not isinstance(count, int) or count < 1 or len(shape) != 1:
            raise self.refuse(f"N={self.N} powers of numbers of shape {shown(shape)}")
        return tuple(range(count)) if self.increasing else tuple(reversed(range(count)))

    def shape_of(self, *shapes: Shape) -> Shape:
        """(numbers, powers)."""
        return (*shapes[0], len(self.exponents(shapes[0])))


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Correlation(Applied, abstract=True):
    """The correlation of every row with every other."""

    rules: ClassVar[Mapping[str, Rule]] = {"corrcoef": Rule(floating, takes="floats")}

    def propagates(self) -> bool:
        """Not where Keras keeps to -1 and 1 what is none."""
        return False

    def shape_of(self, *shapes: Shape) -> Shape:
        """(rows, rows)."""
        (shape,) = shapes
        if len(shape) != 2:
            raise self.refuse(f"rows of shape {shown(shape)}")
        return (shape[0], shape[0])


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Correlate(Applied, abstract=True):
    """Sums of the products of one row with another that moves on along it.

    ``"valid"`` is where it lies within, ``"full"`` where it meets at all, ``"same"`` the middle of
    that, as long as the longer row.
    """

    mode: Literal["valid", "same", "full"] = "valid"
    rules: ClassVar[Mapping[str, Rule]] = {"correlate": Rule(correlating, takes="floats")}

    def bounds(self, *shapes: Shape) -> tuple[int, int, int]:
        """How many zeros are put on each side, how many places are taken, and from which on."""
        first, second = self.lengths(*shapes)
        if self.mode == "valid":
            return 0, first - second + 1, 0
        full = first + second - 1
        if self.mode == "full":
            return second - 1, full, 0
        count = max(first, second)
        return second - 1, count, (full - count) // 2

    def lengths(self, *shapes: Shape) -> tuple[int, int]:
        """The lengths of the rows."""
        first, second = shapes
        if len(first) != 1 or len(second) != 1:
            raise self.refuse(f"rows of shapes {shown(first)} and {shown(second)}")
        one, other = first[0], second[0]
        if not isinstance(one, int) or not isinstance(other, int):
            raise self.refuse("rows whose length is open")
        if self.mode == "valid" and other > one:
            raise self.refuse(f"a row of {other} within {one}")
        return one, other

    def shape_of(self, *shapes: Shape) -> Shape:
        """One number for each place."""
        return (self.bounds(*shapes)[1],)


OPERATIONS: Final = (Spaced, Powers, Correlation, Correlate)
