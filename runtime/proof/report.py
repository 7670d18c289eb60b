"""What a check found: how far two sets of numbers are apart, in units of what is tolerated."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from keronyx.converter.errors import CheckError, shorten
from keronyx.converter.tensors import Array


@dataclass(frozen=True)
class Tolerance:
    """Numbers agree where |a - b| <= atol · max(1, largest |b| of the row) + rtol · |b|.

    The row's largest number counts because sums that cancel keep the rounding of their terms.
    """

    rtol: float
    atol: float


TOLERANCES: Final[Mapping[str, Tolerance]] = {
    "float64": Tolerance(rtol=1e-9, atol=1e-10),
    "float32": Tolerance(rtol=1e-4, atol=1e-5),
    "float16": Tolerance(rtol=1e-2, atol=1e-2),
}
"""float16 for 16-bit outputs, float64 where every layer computes in it, else float32."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How far an output is from what it should be.

    ``max_rel`` is relative to each number, numbers below the absolute tolerance left out;
    ``share`` is the worst share of the tolerance that was used up, above 1 where it was not
    enough and inf where shapes, strings, integers, NaN or infinities differ. ``at`` is the worst
    place, ``against`` what it was compared with.
    """

    name: str
    dtype: str
    tolerance: Tolerance
    against: str = "numpy"
    rows: int = 0
    max_abs: float = 0.0
    max_rel: float = 0.0
    share: float = 0.0
    at: tuple[int, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the numbers agree."""
        return self.share <= 1

    @property
    def sentence(self) -> str:
        """How far apart the numbers are, in words."""
        if np.isinf(self.share):
            return f"other shapes, NaN, infinities or exact values than {self.against} has"
        return (
            f"max |onnx - {self.against}| = {self.max_abs:.1e}, "
            f"{self.share:.3g} times the tolerance {self.tolerance.atol:g}"
        )

    def __or__(self, other: "Difference") -> "Difference":
        """Return the worse of both, over the rows of both."""
        return replace(
            self,
            rows=self.rows + other.rows,
            max_abs=max(self.max_abs, other.max_abs),
            max_rel=max(self.max_rel, other.max_rel),
            share=max(self.share, other.share),
            at=other.at if other.share > self.share else self.at,
        )


@dataclass(frozen=True, kw_only=True)
class Report:
    """The verdict of a check.

    ``layer`` is the first layer at which graph and cross-check part, where that could be told.
    ``witness`` is the Keras that was asked as well, empty where none was.
    """

    differences: tuple[Difference, ...]
    engine: str
    batches: tuple[int, ...]
    layer: str = ""
    layer_difference: Difference | None = None
    warnings: tuple[str, ...] = ()
    witness: str = ""

    @property
    def passed(self) -> bool:
        """Whether every output agrees."""
        return all(difference.passed for difference in self.differences)

    @property
    def worst(self) -> Difference | None:
        """The output that used most of its tolerance."""
        return max(self.differences, key=lambda difference: difference.share, default=None)

    @property
    def sentence(self) -> str:
        """What failed, in one line; empty where nothing did."""
        worst = self.layer_difference or self.worst
        if self.passed or worst is None:
            return ""
        if self.layer:
            return f"{self.layer} is the first to differ: {worst.sentence}"
        return f"output '{shorten(worst.name)}' differs: {worst.sentence}"


class DifferenceError(CheckError):
    """The numbers differ; ``report`` tells how."""

    def __init__(self, report: Report, *, path: str = "") -> None:
        super().__init__(f"check: {report.sentence}", path=path)
        self.report = report


def compare(found: Array, expected: Array, difference: Difference) -> Difference:
    """Return the difference between an output and what it should be.

    ``difference`` says which output, and what is tolerated.
    """
    rows = expected.shape[0] if expected.ndim else 1
    counted = replace(difference, rows=rows)
    if found.shape != expected.shape:
        return replace(counted, share=np.inf)
    if expected.size == 0:
        return counted
    if {expected.dtype.kind, found.dtype.kind} != {"f"}:
        return _exact(found, expected, counted)
    return _close(found.astype(np.float64), expected.astype(np.float64), counted)


def _exact(found: Array, expected: Array, difference: Difference) -> Difference:
    wrong = np.asarray(found != expected)
    if not wrong.any():
        return difference
    return replace(difference, share=np.inf, max_abs=np.inf, at=_place(wrong))


def _close(found: Array, expected: Array, difference: Difference) -> Difference:
    odd = ~(np.isfinite(found) & np.isfinite(expected))
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    with np.errstate(invalid="ignore", over="ignore"):
        gap = np.where(odd, np.where(same, 0.0, np.inf), np.abs(found - expected))
    size = np.where(np.isfinite(expected), np.abs(expected), 0.0)
    floor = difference.tolerance.atol * np.maximum(1.0, _row_maximum(size))
    share = gap / (floor + difference.tolerance.rtol * size)
    relative = np.divide(gap, size, out=np.zeros_like(gap), where=size > floor)
    return replace(
        difference,
        max_abs=float(gap.max()),
        max_rel=float(relative.max()),
        share=float(share.max()),
        at=_place(share),
    )


def _row_maximum(size: Array) -> Array:
    """Return the largest number of each row, shaped to broadcast."""
    axes = tuple(range(1, size.ndim))
    return np.asarray(size.max(axis=axes, keepdims=True) if axes else size)


def _place(array: Any) -> tuple[int, ...]:
    return tuple(map(int, np.unravel_index(int(np.argmax(array)), array.shape)))


def agreeing_rows(found: Array, expected: Array, difference: Difference) -> Array:
    """Tell for each row of two arrays of one shape whether it agrees."""
    rows = [slice(row, row + 1) for row in range(len(expected))]
    return np.array([compare(found[row], expected[row], difference).passed for row in rows], bool)


def merge(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """Merge the differences of several batches, by output and what it was compared with."""
    merged: dict[tuple[str, str], Difference] = {}
    for difference in differences:
        key = (difference.name, difference.against)
        merged[key] = merged[key] | difference if key in merged else difference
    return tuple(merged.values())
