"""Numbers as literals: what a language spells otherwise than with digits is told in a table."""

from dataclasses import dataclass
from math import isfinite, isnan

from keronyx.converter.program.memory import REALS, DType
from keronyx.converter.source.expressions import ATOM, SIGNED, Code


@dataclass(frozen=True)
class Literals:
    """How a language spells false and true, the infinities and NaN, and what is behind an int64.

    ``point`` says whether a float needs one where it is whole.
    """

    truth: tuple[str, str]
    beyond: tuple[str, str, str]
    long: str = ""
    point: bool = True

    def code(self, value: float, dtype: DType) -> Code:
        """Return a number that reads back to the last bit."""
        return signed(self._real(value) if dtype in REALS else self._whole(int(value), dtype))

    def _real(self, value: float) -> str:
        if not isfinite(value):
            infinity, least, nan = self.beyond
            return nan if isnan(value) else infinity if value > 0 else least
        text = repr(float(value))
        return text if self.point else text.removesuffix(".0")

    def _whole(self, value: int, dtype: DType) -> str:
        if dtype == "bool":
            return self.truth[bool(value)]
        return f"{value}{self.long}" if dtype == "int64" else str(value)


def signed(text: str) -> Code:
    """Return a literal, which may have a sign in front."""
    return Code(text, SIGNED if text.startswith("-") else ATOM)
