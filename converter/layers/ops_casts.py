"""Operations that change dtypes, or that give numbers in the shape of a tensor."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, final

from keronyx.converter.layers.base import FLOATS, Role
from keronyx.converter.layers.ops_base import Applied, Rule
from keronyx.converter.layers.promotion import kept
from keronyx.converter.tensors import Shape

DTYPES: Final = frozenset({"bool", *FLOATS}) | {
    f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)
}
ANY: Final = Rule(kept, takes="all")


@dataclass(frozen=True, kw_only=True, eq=False)
class Targeted(Applied, abstract=True):
    """An operation that is told the dtype of what it gives; by default the input's."""

    target: str | None = None

    def infer_dtype(self, *dtypes: str) -> str:
        """The target, or the input's."""
        self.computes_in(*dtypes)
        found = self.target or dtypes[0]
        if found not in DTYPES and found != dtypes[0]:
            raise self.refuse(f"dtype {found!r}")
        return found

    @property
    def rule(self) -> Rule:
        """Anything is taken."""
        return ANY

    def shape_of(self, *shapes: Shape) -> Shape:
        """The input's."""
        return shapes[0]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Converted(Targeted, abstract=True):
    """The numbers in another dtype: fractions are cut off, what is not 0 is true.

    saturate_cast keeps to the least and the largest that the dtype holds. view takes the same bits
    as another dtype, which is not honoured.
    """

    role: ClassVar[Role] = "moves"

    def propagates(self) -> bool:
        """Not to integers: what becomes of NaN is the processor's."""
        return self.target is None or self.target in FLOATS

    def infer_dtype(self, *dtypes: str) -> str:
        """The target, or the input's."""
        found = super().infer_dtype(*dtypes)
        if self.function == "view" and found != dtypes[0]:
            raise self.refuse(f"the bits of {dtypes[0]} numbers as {found}")
        if dtypes[0] == "string" and found != "string":
            raise self.refuse("text instead of numbers")
        return found


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Alike(Targeted, abstract=True):
    """As many numbers as the input has: ones, zeros, or all the second operand."""

    value: float = 0.0

    def computes_in(self, *dtypes: str) -> str:
        """The input's, as its numbers are not looked at."""
        return dtypes[0]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Measured(Applied, abstract=True):
    """How many numbers a tensor has, or how many axes."""

    rules: ClassVar[Mapping[str, Rule]] = {
        "size": Rule(kept, "int32", "all"),
        "ndim": Rule(kept, "int64", "all"),
    }

    def shape_of(self, *_shapes: Shape) -> Shape:
        """A number."""
        return ()


OPERATIONS: Final = (Converted, Alike, Measured)
