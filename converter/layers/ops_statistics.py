"""Operations that weigh the numbers along axes: logsumexp, norms, weighted means, distances."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, final

from keronyx.converter.layers.ops_base import Applied, Rule
from keronyx.converter.layers.ops_reductions import OverAxes
from keronyx.converter.layers.promotion import common, floating_tensors, kept
from keronyx.converter.layers.sizes import fits, shown
from keronyx.converter.several import as_tuple
from keronyx.converter.tensors import Shape

SINGULAR: Final = "singular values have no way in ONNX"
PLANE: Final = 2
"""How many axes a matrix has."""


def measuring(*dtypes: str) -> str:
    """Return the dtype of a length: float32 for integers, 64 bits of them, too."""
    return "float32" if "int64" in dtypes else floating_tensors(*dtypes)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class LogSumExp(OverAxes, abstract=True):
    """The logarithm of the sum of exponentials, the largest being taken off before."""

    rules: ClassVar[Mapping[str, Rule]] = {"logsumexp": Rule(kept, takes="floats")}


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Norm(OverAxes, abstract=True):
    """The norm ``ord`` of vectors along one axis, or of matrices along two: rows, columns.

    Of vectors None is 2, inf and -inf the largest and the smallest size, 0 the count of what is not
    0, any other p the p-th root of the sum of p-th powers. Of matrices None and ``"fro"`` are the
    root of the sum of squares; 1 and inf the largest sum of sizes in a column or in a row, -1 and
    -inf the smallest.
    """

    ord: int | float | Literal["fro", "nuc"] | None = None
    rules: ClassVar[Mapping[str, Rule]] = {"norm": Rule(measuring, takes="floats")}

    def directed(self, rank: int) -> tuple[int, ...]:
        """The axes counted from the front, rows first."""
        if self.axis is None:
            return tuple(range(rank))
        named = as_tuple(self.axis)
        return tuple(self.axis_of(axis, rank) for axis in named)

    def shape_of(self, *shapes: Shape) -> Shape:
        """Without the axes, or with size 1 there."""
        axes = self.directed(len(shapes[0]))
        if len({*axes}) not in (1, PLANE):
            raise self.refuse(f"the norm over {len(axes)} axes")
        self._check_order(len(axes))
        return super().shape_of(*shapes)

    def _check_order(self, count: int) -> None:
        if count == 1 and isinstance(self.ord, str):
            raise self.refuse(f"ord={self.ord!r} of vectors")
        if count == PLANE and self.ord in ("nuc", 2, -2):
            raise self.refuse(f"ord={self.ord!r} of matrices", SINGULAR)
        if count == PLANE and self.ord not in (None, "fro", 1, -1, float("inf"), float("-inf")):
            raise self.refuse(f"ord={self.ord!r} of matrices")


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class WeightedMean(Applied, abstract=True):
    """The mean along ``axis``, by default of all, each number as often as its weight says.

    Weights are as many as numbers, or one for every place of the axis.
    """

    axis: int | None = None
    rules: ClassVar[Mapping[str, Rule]] = {"average": Rule(floating_tensors, takes="floats")}

    def places(self, rank: int) -> tuple[int, ...]:
        """The axes counted from the front."""
        return self.places_of(self.axis, rank)

    def shape_of(self, *shapes: Shape) -> Shape:
        """Without the axes."""
        shape = shapes[0]
        places = self.places(len(shape))
        for weights in shapes[1:]:
            along = tuple(shape[place] for place in places) if self.axis is not None else None
            if not fits(weights, shape) and (along is None or not fits(weights, along)):
                raise self.refuse(f"weights of shape {shown(weights)} for {shown(shape)}")
        return tuple(size for axis, size in enumerate(shape) if axis not in places)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Distances(Applied, abstract=True):
    """The distance of every row of the first operand to every row of the second."""

    rules: ClassVar[Mapping[str, Rule]] = {"cdist": Rule(common, takes="floats")}

    def shape_of(self, *shapes: Shape) -> Shape:
        """(..., rows of the first, rows of the second)."""
        first, second = shapes
        if min(len(first), len(second)) < PLANE or not fits(first[-1:], second[-1:]):
            raise self.refuse(f"rows of {shown(first)} and {shown(second)}")
        return self.broadcast((*first[:-1], 1), (*second[:-2], 1, second[-2]))


OPERATIONS: Final = (LogSumExp, Norm, WeightedMean, Distances)
