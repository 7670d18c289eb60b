"""Operations that make one number of those along axes: sums, means, extremes, whether any holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, final

from keronyx.converter.layers.ops_base import Applied, Axes, Rule
from keronyx.converter.layers.promotion import common, floating, kept, summing, truth
from keronyx.converter.several import as_tuple
from keronyx.converter.tensors import Shape

FUNCTIONS: Final[Mapping[str, Rule]] = {
    **dict.fromkeys(("sum", "prod"), Rule(summing)),
    **dict.fromkeys(("reduce_sum", "reduce_prod", "reduce_mean"), Rule(kept)),
    **dict.fromkeys(("mean", "var", "std"), Rule(floating, takes="floats")),
    **dict.fromkeys(("max", "min"), Rule(common, takes="booleans")),
    "ptp": Rule(common),
    **dict.fromkeys(("any", "all"), Rule(truth, "bool", "booleans")),
    "count_nonzero": Rule(truth, "int32", "booleans"),
}
"""What each computes in, and gives. var and std are those of all numbers there are.

reduce_sum, reduce_prod and reduce_mean are TensorFlow's, which keep the dtype: the mean of integers
is cut off.
"""


@dataclass(frozen=True, kw_only=True, eq=False)
class OverAxes(Applied, abstract=True):
    """A function of the numbers along ``axis``, by default of all; ``keepdims`` leaves size 1."""

    axis: Axes = None
    keepdims: bool = False

    @property
    def of_batch(self) -> bool:
        """Whether it goes over the batch."""
        return self.axis is None or 0 in as_tuple(self.axis)

    def places(self, rank: int) -> tuple[int, ...]:
        """The axes counted from the front, in order."""
        return self.places_of(self.axis, rank)

    def reduced(self, shape: Shape) -> Shape:
        """Without the axes, or with size 1 there."""
        places = self.places(len(shape))
        if any(shape[place] == 0 for place in places):
            raise self.refuse(f"{self.function} of nothing")
        kept = (1 if axis in places else size for axis, size in enumerate(shape))
        return tuple(size for axis, size in enumerate(kept) if self.keepdims or axis not in places)

    def shape_of(self, *shapes: Shape) -> Shape:
        """Without the axes, or with size 1 there."""
        return self.reduced(shapes[0])


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Reduction(OverAxes, abstract=True):
    """One of the functions of all numbers along the axes.

    ``initial`` is one number more for max and min. prod is computed in the dtype of the numbers
    where ``target`` names another, which Keras declares only.
    """

    initial: float | None = None
    target: str | None = None
    rules: ClassVar[Mapping[str, Rule]] = FUNCTIONS


OPERATIONS: Final = (Reduction,)
