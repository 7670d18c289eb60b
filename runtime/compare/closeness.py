"""How near somebody's numbers are to the right ones."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from keronyx.converter.model import Model
from keronyx.converter.tensors import Array
from keronyx.runtime.proof.report import TOLERANCES, Difference, Tolerance, compare

NARROW: Final = frozenset({"float16", "bfloat16"})
EXACT: Final = 1e-8
"""Largest relative difference that is no rounding of float32."""


@dataclass(frozen=True)
class Ruler:
    """Compares arrays within a tolerance."""

    tolerance: Tolerance

    @classmethod
    def of(cls, model: Model) -> "Ruler":
        """Return the tolerance that a model's precision allows."""
        narrow = NARROW & {layer.dtype.compute for layer in model.layers}
        return cls(TOLERANCES["float16" if narrow else "float32"])

    def difference(self, own: Array, right: Array) -> Difference:
        """Return how far an array is from the first rows of the right one."""
        expected = right[: len(own)] if right.ndim else right
        blank = Difference(name="", dtype=str(right.dtype), tolerance=self.tolerance)
        if is_numeric(own) and is_numeric(expected):
            return compare(own.astype(np.float64), expected.astype(np.float64), blank)
        return compare(own.astype(str), expected.astype(str), blank)

    def agree(self, own: Array, right: Array) -> bool:
        """Tell whether an array is right."""
        return self.difference(own, right).passed


def is_numeric(array: Array) -> bool:
    """Tell numbers and truth values from words."""
    return array.dtype.kind in "biuf"


def nearness(difference: Difference) -> int:
    """Grade a difference that is tolerated: 0 the same numbers, 1 rounded to float32, 2 looser."""
    if difference.max_rel <= EXACT:
        return 0
    return 1 if difference.share < 0.1 else 2
