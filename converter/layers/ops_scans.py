"""Operations along one axis, each number meeting those before it: running sums, differences."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, final

from keronyx.converter.layers.base import FLOATS
from keronyx.converter.layers.ops_base import Applied, InLine, Rule
from keronyx.converter.layers.promotion import LARGEST, counting, floating, kept
from keronyx.converter.tensors import Shape, Size


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Running(InLine, abstract=True):
    """Running sums or products along ``axis``, without one of all numbers in a row.

    They are computed in ``target``, by default in the dtype of the numbers. nancumsum and
    nancumprod take NaN for 0 and 1, and infinities for the largest number.
    """

    target: str | None = None
    rules: ClassVar[Mapping[str, Rule]] = dict.fromkeys(
        ("cumsum", "cumprod", "nancumsum", "nancumprod"), Rule(counting)
    )

    @property
    def largest(self) -> float:
        """What infinities are taken for: the largest number of the dtype."""
        return LARGEST[self.dtype.compute]

    def propagates(self) -> bool:
        """Not where infinities are taken for numbers, whose sums are too large for some dtypes."""
        return not self.function.startswith("nan")

    def computes_in(self, *dtypes: str) -> str:
        """The target, int32 for booleans."""
        found = super().computes_in(*dtypes)
        if self.target is None:
            return found
        if self.function.startswith("nan") and found in FLOATS and self.target not in FLOATS:
            raise self.refuse(f"{self.function} of {found} numbers in {self.target}")
        return super().computes_in(self.target)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Differences(Applied, abstract=True):
    """What each number along ``axis`` is more than the one before it, ``n`` times.

    Of booleans it is whether each is another than the one before.
    """

    n: int = 1
    axis: int = -1
    rules: ClassVar[Mapping[str, Rule]] = {"diff": Rule(kept, takes="booleans")}

    def shape_of(self, *shapes: Shape) -> Shape:
        """With an axis that is shorter by n."""
        (shape,) = shapes
        place = self.axis_of(self.axis, len(shape))
        if self.n < 0:
            raise self.refuse(f"n={self.n}")
        return (*shape[:place], self._left(shape[place]), *shape[place + 1 :])

    def _left(self, size: Size) -> Size:
        if not isinstance(size, int):
            return None if self.n else size
        if size <= self.n:
            raise self.refuse(f"nothing is left of an axis of size {size} after {self.n} times")
        return size - self.n


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Trapezoid(Applied, abstract=True):
    """The area below the numbers along ``axis``, which are ``dx`` apart."""

    x: None = None
    dx: float = 1.0
    axis: int = -1
    rules: ClassVar[Mapping[str, Rule]] = {"trapezoid": Rule(floating, takes="floats")}

    def shape_of(self, *shapes: Shape) -> Shape:
        """Without the axis."""
        (shape,) = shapes
        place = self.axis_of(self.axis, len(shape))
        return (*shape[:place], *shape[place + 1 :])


OPERATIONS: Final = (Running, Differences, Trapezoid)
