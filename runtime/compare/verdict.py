"""What a comparison of somebody's values with a trace found."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from keronyx.converter.tensors import Array
from keronyx.runtime.compare.closeness import EXACT
from keronyx.runtime.compare.match import Match
from keronyx.runtime.proof.report import Difference

HEAD: Final = 6
ROUNDED: Final = "as float32 rounds"


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One of somebody's arrays, and the value that it was held against.

    ``name`` is its owner's, ``label`` and ``symbol`` say which value it is, ``before`` that it
    is one before an activation, ``note`` how it was laid out to fit. It ``agrees`` where the
    numbers are the same within the tolerance, or what float32 makes of them.
    """

    name: str
    layer: str
    label: str
    symbol: str
    before: bool
    note: str
    difference: Difference
    own: Array
    right: Array
    agrees: bool

    @classmethod
    def of(cls, match: Match) -> "Compared":
        """Say what a match found."""
        laid, slot = match.laid, match.slot
        return cls(
            name=match.own.name,
            layer=slot.layer,
            label=slot.label,
            symbol=slot.symbol,
            before=slot.kind == "before",
            note=", ".join(filter(None, (laid.note, ROUNDED if match.rounded else ""))),
            difference=match.difference,
            own=laid.array,
            right=slot.array[: len(laid.array)] if slot.array.ndim else slot.array,
            agrees=match.agrees,
        )


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Which of somebody's values are right, the first that is not, and why.

    ``explanations`` are sentences, each of which gives the very numbers; ``rest`` says what is
    wrong after the first difference, ``unmatched`` what fits no layer.
    """

    compared: tuple[Compared, ...]
    unmatched: tuple[str, ...] = ()
    first: Compared | None = None
    explanations: tuple[str, ...] = ()
    rest: str = ""

    @property
    def agrees(self) -> bool:
        """Whether everything is right."""
        return self.first is None and not self.unmatched

    @property
    def sentence(self) -> str:
        """The verdict in one line."""
        if self.first is not None:
            why = f"; {self.explanations[0]}" if self.explanations else ""
            return f"{self.first.label} is the first to differ: {_size(self.first)}{why}"
        if self.unmatched:
            return f"fits no layer: {', '.join(self.unmatched)}"
        return f"all values agree{self._rounding}"

    @property
    def _rounding(self) -> str:
        worst = max((each.difference.max_rel for each in self.compared), default=0.0)
        largest = max((each.difference.max_abs for each in self.compared), default=0.0)
        if worst <= EXACT:
            return ""
        return f"; what differs, by {largest:.1e} at most, is rounding as in float32"


def _size(compared: Compared) -> str:
    """Say how far an array is off."""
    worst = compared.difference.max_abs
    if not np.isfinite(worst):
        return "not the same words, NaN or infinities"
    return f"max |yours - right| = {worst:.2g}"
