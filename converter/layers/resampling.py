"""What layers say that make images larger or smaller: between pixels, and of whole numbers."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from keronyx.converter.layers.base import FLOATS
from keronyx.converter.layers.windows import Spatial

Interpolation = Literal[
    "nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"
]
Integers = Literal["floats", "cut", "rounded"]
"""What images of whole numbers become: floats, or whole numbers again, cut off or rounded."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Resampled(Spatial, abstract=True):
    """A layer that gives images other sizes.

    ``interpolation`` is how numbers come about between pixels. ``integers``, what becomes of whole
    numbers, is no config key but the version's, None where it is not known.
    """

    varies: ClassVar[bool] = True
    interpolation: Interpolation
    integers: Integers | None = "rounded"
    keeps_dtype: ClassVar[bool] = True

    @property
    def picks(self) -> bool:
        """Whether every number of the output is one of the input."""
        return self.interpolation == "nearest"

    @property
    def smooths(self) -> bool:
        """Whether a smaller image is made of all pixels, also of those that it leaves out."""
        return False

    @property
    def from_corners(self) -> bool:
        """Whether a pixel is where its corner is, not its middle."""
        return False

    def propagates(self) -> bool:
        """A product makes NaN of a whole row with one, a sum of neighbours of these alone."""
        return self.picks

    def infer_dtype(self, *dtypes: str) -> str:
        """Whole numbers as ``integers`` has them."""
        (dtype,) = dtypes
        if dtype in FLOATS or self.integers == "floats":
            return self.dtype.compute
        if not self.picks:
            self._check_whole()
        return dtype

    def _check_whole(self) -> None:
        """Refuse whole numbers that depend on the last bit of a sum, or on the version."""
        if self.integers is None:
            raise self.refuse(
                "whole numbers, which some versions round and others cut off",
                "the file does not tell the version; save the model as .keras",
            )
        if self.integers == "cut" and (self.interpolation != "bilinear" or self.smooths):
            raise self.refuse(f"whole numbers that are cut off, interpolation={self.interpolation}")
