"""Operations on bits and whole numbers, on signs, and on the parts of complex numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, final

from keronyx.converter.layers.base import FLOATS
from keronyx.converter.layers.ops_base import Applied, Rule
from keronyx.converter.layers.promotion import (
    common,
    floating,
    floating_tensors,
    kept,
    tensors,
    truth,
)
from keronyx.converter.tensors import Shape


def scaling(number: str, power: str) -> str:
    """Return the dtype of a number times a power of 2, which whole numbers tell."""
    if power in FLOATS or power in {"float", "bool"}:
        raise KeyError(power)
    return floating_tensors(number, power)


def turning(dtype: str) -> str:
    """Return the dtype of an angle: float32 of integers, 64 bits of them, too."""
    return "float32" if dtype == "int64" else floating(dtype)


WHOLE: Final = Rule(tensors, takes="integers")
SHIFTED: Final = Rule(common, takes="integers")
ANY: Final = Rule(kept, takes="booleans")

FUNCTIONS: Final[Mapping[str, Rule]] = {
    **dict.fromkeys(("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not"), WHOLE),
    **dict.fromkeys(("left_shift", "right_shift"), SHIFTED),
    **dict.fromkeys(("gcd", "lcm"), WHOLE),
    "ldexp": Rule(scaling, takes="floats"),
    "nextafter": Rule(floating_tensors, takes="floats"),
    "signbit": Rule(kept, "bool", "booleans"),
    "isreal": Rule(truth, "bool", "booleans"),
    **dict.fromkeys(("real", "imag", "conjugate"), ANY),
    "angle": Rule(turning, takes="floats"),
}
"""What each computes in, and gives.

Shifts are by as many places as the dtype has bits less one at most, to the right with the sign.
nextafter goes to the next number of 64 bits, which of fewer is the number itself.
"""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Bitwise(Applied, abstract=True):
    """A function of numbers, element by element; shapes broadcast as NumPy's do."""

    rules: ClassVar[Mapping[str, Rule]] = FUNCTIONS

    def propagates(self) -> bool:
        """Not where the sign of NaN would be told."""
        return self.function not in {"signbit", "ldexp"}

    def bits(self, dtype: str) -> int:
        """How many bits a dtype has."""
        return int(dtype.lstrip("uint"))

    def shape_of(self, *shapes: Shape) -> Shape:
        """Broadcast the operands."""
        if self.function == "nextafter" and self.dtype.compute == "float64":
            raise self.refuse("nextafter of float64 numbers")
        return self.broadcast(*shapes)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class AllClose(Applied, abstract=True):
    """Whether no number is further from its other than ``atol`` and ``rtol`` times that one's size.

    ``equal_nan`` takes NaN for close to NaN. Integers have to be equal.
    """

    rtol: float = 1e-5
    atol: float = 1e-8
    equal_nan: bool = False
    rules: ClassVar[Mapping[str, Rule]] = {
        "allclose": Rule(tensors, "bool", "booleans"),
    }

    def shape_of(self, *shapes: Shape) -> Shape:
        """One truth."""
        self.broadcast(*shapes)
        return ()


OPERATIONS: Final = (Bitwise, AllClose)
