"""Operations that choose, round or keep numbers within limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, final

from keronyx.converter.layers.base import FLOATS
from keronyx.converter.layers.ops_base import Applied, Rule
from keronyx.converter.layers.promotion import common, counting, tensors
from keronyx.converter.tensors import Shape


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Chosen(Applied, abstract=True):
    """The second operand where the first is true, else the third; shapes broadcast."""

    rules: ClassVar[Mapping[str, Rule]] = {"where": Rule(common, takes="all")}
    deciding: ClassVar[slice] = slice(1, None)

    def shape_of(self, *shapes: Shape) -> Shape:
        """Broadcast all three."""
        if len(shapes) != 3:
            raise self.refuse("where() of a condition alone", "its result has no shape of its own")
        return self.broadcast(*shapes)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Clipped(Applied, abstract=True):
    """At most ``x_max``, then at least ``x_min``."""

    x_min: float
    x_max: float
    rules: ClassVar[Mapping[str, Rule]] = {"clip": Rule(counting)}

    def computes_in(self, *dtypes: str) -> str:
        """The input's; of integers, the limits are, too."""
        found = super().computes_in(*dtypes)
        if found not in FLOATS and (self.x_min % 1 or self.x_max % 1):
            raise self.refuse(f"clip of {found} numbers to {self.x_min} … {self.x_max}")
        return found

    def shape_of(self, *shapes: Shape) -> Shape:
        """The input's."""
        return shapes[0]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Rounded(Applied, abstract=True):
    """So many digits behind the point, halves to even; below 0, in front of it."""

    decimals: int = 0
    rules: ClassVar[Mapping[str, Rule]] = {"round": Rule(common)}

    def shape_of(self, *shapes: Shape) -> Shape:
        """The input's."""
        return shapes[0]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Close(Applied, abstract=True):
    """Whether |a - b| ≤ atol + rtol |b|; of integers, whether they are equal."""

    rtol: float = 1e-5
    atol: float = 1e-8
    equal_nan: bool = False
    rules: ClassVar[Mapping[str, Rule]] = {"isclose": Rule(tensors, "bool", "booleans")}

    def shape_of(self, *shapes: Shape) -> Shape:
        """Broadcast both."""
        return self.broadcast(*shapes)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Replenished(Applied, abstract=True):
    """Numbers in the place of NaN and infinities: of the latter the largest there are, unless told.

    Integers stay as they are.
    """

    nan: float = 0.0
    posinf: float | None = None
    neginf: float | None = None
    rules: ClassVar[Mapping[str, Rule]] = {"nan_to_num": Rule(common, takes="booleans")}

    def shape_of(self, *shapes: Shape) -> Shape:
        """The input's."""
        return shapes[0]


OPERATIONS: Final = (Chosen, Clipped, Rounded, Close, Replenished)
