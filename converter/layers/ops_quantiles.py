"""Operations on numbers in order along axes: medians, quantiles, percentiles; and past NaN."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, final

from keronyx.converter.layers.ops_base import Rule
from keronyx.converter.layers.ops_reductions import OverAxes
from keronyx.converter.layers.promotion import floating, kept
from keronyx.converter.layers.sizes import shown
from keronyx.converter.tensors import Shape


def of_numbers(numbers: str, *_places: str) -> str:
    """Return the dtype in which the numbers are sorted: float32 of integers."""
    return floating(numbers)


def of_floats(numbers: str, *_places: str) -> str:
    """Return the dtype of the numbers."""
    return kept(numbers)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Quantiles(OverAxes, abstract=True):
    """The numbers below which a share q of all along the axes lies; of several q along a new axis.

    The second operand is q, or hundred times that for percentiles; medians have none. q (n - 1) is
    a place among the numbers in order, n of them. ``method`` says what is taken between places.
    Functions with nan in front pass over NaN, the others give it.
    """

    method: Literal["linear", "lower", "higher", "nearest", "midpoint"] = "linear"
    rules: ClassVar[Mapping[str, Rule]] = {
        **dict.fromkeys(("quantile", "percentile", "median"), Rule(of_numbers, takes="floats")),
        **dict.fromkeys(
            ("nanquantile", "nanpercentile", "nanmedian"), Rule(of_floats, takes="floats")
        ),
    }

    @property
    def over_nan(self) -> bool:
        """Whether NaN is passed over."""
        return self.function.startswith("nan")

    @property
    def of_hundred(self) -> bool:
        """Whether shares are percentages."""
        return self.function.endswith("percentile")

    def propagates(self) -> bool:
        """Whether NaN comes out; infinities between which a place lies cancel out differently."""
        return False

    def shape_of(self, *shapes: Shape) -> Shape:
        """Those of q, and the input's without the axes."""
        shape, *shares = shapes
        for each in shares:
            if len(each) > 1:
                raise self.refuse(f"{self.function} at places of shape {shown(each)}")
        return (*(size for each in shares for size in each), *self.reduced(shape))


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Present(OverAxes, abstract=True):
    """A function of the numbers along ``axis`` that are not NaN.

    Where all are, sums are 0 and products 1, places -1, all else NaN.
    """

    rules: ClassVar[Mapping[str, Rule]] = {
        **dict.fromkeys(
            ("nansum", "nanprod", "nanmean", "nanvar", "nanstd", "nanmax", "nanmin"),
            Rule(kept, takes="floats"),
        ),
        **dict.fromkeys(("nanargmax", "nanargmin"), Rule(kept, "int32", "floats")),
    }

    def shape_of(self, *shapes: Shape) -> Shape:
        """Without the axes, or with size 1 there."""
        if self.function.startswith("nanarg") and isinstance(self.axis, tuple):
            raise self.refuse(f"places along axes {self.axis}")
        return super().shape_of(*shapes)


OPERATIONS: Final = (Quantiles, Present)
