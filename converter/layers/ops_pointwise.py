"""Operations number by number: functions of one tensor, sums and comparisons of several."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, final

from keronyx.converter.layers.ops_base import Applied, Rule
from keronyx.converter.layers.promotion import (
    common,
    counting,
    doubling,
    exact,
    floating,
    floating_tensors,
    tensors,
    truth,
)
from keronyx.converter.layers.sizes import shown
from keronyx.converter.tensors import Shape

SAME: Final = Rule(common)
FLOAT: Final = Rule(floating, takes="floats")
TRIED: Final = Rule(tensors, "bool", "booleans")
COMPARED: Final = Rule(tensors, "bool")
DECIDED: Final = Rule(truth, "bool", "booleans")

FUNCTIONS: Final[Mapping[str, Rule]] = {
    **dict.fromkeys(("plus", "add", "subtract", "multiply", "negative", "sign", "power"), SAME),
    **dict.fromkeys(("maximum", "minimum", "fmax", "fmin", "floor_divide", "trunc"), SAME),
    "absolute": Rule(common, takes="booleans"),
    "quotient": Rule(exact, takes="floats"),
    "square": Rule(counting),
    "reciprocal": Rule(common, takes="floats"),
    **dict.fromkeys(("mod", "fmod"), Rule(counting)),
    **dict.fromkeys(("divide", "divide_no_nan", "logaddexp", "logaddexp2"), FLOAT),
    **dict.fromkeys(("fabs", "sqrt", "rsqrt", "exp", "exp2", "expm1"), FLOAT),
    **dict.fromkeys(("log", "log2", "log10", "log1p", "ceil", "floor"), FLOAT),
    **dict.fromkeys(("sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinc"), FLOAT),
    **dict.fromkeys(("sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh"), FLOAT),
    **dict.fromkeys(("arctan2", "hypot"), Rule(floating_tensors, takes="floats")),
    **dict.fromkeys(("deg2rad", "rad2deg", "heaviside", "cbrt"), Rule(doubling, takes="floats")),
    **dict.fromkeys(("erf", "erfc"), Rule(common, takes="floats")),
    **dict.fromkeys(("equal", "not_equal"), TRIED),
    **dict.fromkeys(("less", "less_equal", "greater", "greater_equal"), COMPARED),
    **dict.fromkeys(("isnan", "isinf", "isfinite", "isposinf", "isneginf"), TRIED),
    **dict.fromkeys(("logical_and", "logical_or", "logical_xor", "logical_not"), DECIDED),
}
"""What each computes in, and gives.

floor_divide(a, b) = floor(a / b), mod has the sign of b and fmod that of a; fmax and fmin pass
over NaN; divide_no_nan is 0 where b is. plus and quotient are TensorFlow's add and truediv.
"""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Pointwise(Applied, abstract=True):
    """A function of numbers, element by element; shapes broadcast as NumPy's do."""

    rules: ClassVar[Mapping[str, Rule]] = FUNCTIONS

    def shape_of(self, *shapes: Shape) -> Shape:
        """Broadcast the operands."""
        if None in self.operands:
            raise self.refuse("an operand that is missing")
        if self.function == "add":
            self._check_addend(*shapes)
        return self.broadcast(*shapes)

    def _check_addend(self, first: Shape, second: Shape) -> None:
        """Refuse what Keras adds along the last axis, or the second, where it broadcasts elsewhere.

        So it does on TensorFlow where the second operand has one axis that is as long as these.
        """
        long = [axis for axis, size in enumerate(second) if size != 1]
        if len(long) != 1 or len(first) < 2 or not isinstance(second[long[0]], int):
            return
        taken = [axis for axis in (len(first) - 1, 1) if first[axis] == second[long[0]]]
        place = len(first) - len(second) + long[0]
        if taken and (taken[0] != place or len(second) > len(first)):
            listed = f"{shown(second)} added to {shown(first)}"
            raise self.refuse(listed, "Keras's backends make different numbers of it")


OPERATIONS: Final = (Pointwise,)
