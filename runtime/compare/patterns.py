"""What can be seen from somebody's numbers alone: dropped, scaled, shifted, rounded, reordered."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import numpy as np

from keronyx.converter.layers.regularization import (
    AlphaDropout,
    Dropout,
    GaussianDropout,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from keronyx.converter.model import Connection
from keronyx.converter.tensors import Array
from keronyx.runtime.compare.closeness import Ruler, is_numeric
from keronyx.runtime.compare.match import Match
from keronyx.runtime.compare.slots import Slot

DROPPING: Final = (
    AlphaDropout,
    Dropout,
    GaussianDropout,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
DECIMALS: Final = range(1, 8)
LEAST: Final = 3
"""Fewest numbers in which a pattern can be seen."""


def patterns(
    match: Match, slots: Sequence[Slot], connections: Sequence[Connection]
) -> Iterator[str]:
    """Yield what relates somebody's numbers to the right ones, the most telling first."""
    yield from _elsewhere(match, slots)
    own, right = match.laid.array, match.slot.array
    if not (is_numeric(own) and is_numeric(right)):
        return
    own, right = own.astype(np.float64), right[: len(own)].astype(np.float64)
    if own.size and np.isfinite(own).all() and np.isfinite(right).all():
        yield from _of_numbers(own, right, match, connections)


def _of_numbers(
    own: Array, right: Array, match: Match, connections: Sequence[Connection]
) -> Iterator[str]:
    """Look at finite numbers."""
    if _near_dropout(match.slot, connections):
        yield from _dropped(own, right, match.ruler)
    yield from _rounded(own, right)
    if own.size >= LEAST:
        yield from _linear(own, right, match.ruler)
        yield from _reordered(own, right, match.ruler)


def _elsewhere(match: Match, slots: Sequence[Slot]) -> Iterator[str]:
    """Tell whose values they are, if another layer's."""
    if match.laid.array.size < LEAST:
        return
    others = (slot for slot in slots if slot is not match.slot and _is_from(slot, match))
    for slot in islice(others, 1):
        yield f"they are the values of {slot.label}"


def _is_from(slot: Slot, match: Match) -> bool:
    own = match.laid.array
    other = slot.array[: len(own)]
    return other.shape == own.shape and match.ruler.agree(own, other)


def _near_dropout(slot: Slot, connections: Sequence[Connection]) -> bool:
    """Tell whether the slot is a dropout's, or its neighbour's."""
    return any(
        slot.index == index or slot.tensor in connection.reads | connection.makes
        for index, connection in enumerate(connections)
        if isinstance(connection.layer, DROPPING)
    )


def _dropped(own: Array, right: Array, ruler: Ruler) -> Iterator[str]:
    """Look for zeros, and one factor above 1 for all the others."""
    kept = own != 0
    dropped = ~kept & (right != 0)
    told = kept & (right != 0)
    if not told.any() or not dropped.any():
        return
    factor = float(np.median(own[told] / right[told]))
    if factor >= 1 - 1e-6 and ruler.agree(own, np.where(dropped, 0, right * factor)):
        yield _dropout(dropped.sum() / (dropped.sum() + told.sum()), factor)


def _dropout(share: float, factor: float) -> str:
    rate = f", as a rate of {1 - 1 / factor:.3g} does" if factor > 1 + 1e-6 else ""
    return (
        f"Dropout was applied, which acts in training only: {100 * share:.0f} % of the values "
        f"are 0, the others {factor:.4g} times the right ones{rate}"
    )


def _rounded(own: Array, right: Array) -> Iterator[str]:
    whole = (each for each in DECIMALS if np.allclose(own, np.round(own, each), rtol=0, atol=1e-12))
    for decimals in islice(whole, 1):
        limit = 0.5 * 10.0**-decimals * (1 + 1e-3) + 1e-7 * np.abs(right)
        if np.all(np.abs(own - right) <= limit) and np.any(own):
            yield f"they are the right values, rounded to {decimals} decimals"


def _linear(own: Array, right: Array, ruler: Ruler) -> Iterator[str]:
    """Look for a factor or a term that is the same for all numbers."""
    factor = _factor(own, right)
    if abs(factor) > 1e-6 and ruler.agree(own, right * factor):
        yield f"they are the right values times {factor:.6g}"
    term = float(np.mean(own - right))
    if np.ptp(right) > 0 and ruler.agree(own, right + term):
        yield f"they are the right values plus {term:.6g}"
    elif own.size > LEAST and np.ptp(right) > 0:
        yield from _scaled_back(own, right, ruler)


def _scaled_back(own: Array, right: Array, ruler: Ruler) -> Iterator[str]:
    """Look for a factor and a term together, as a scaled target has them."""
    factor = _factor(own - own.mean(), right - right.mean())
    term = float(own.mean() - factor * right.mean())
    if abs(factor) > 1e-6 and ruler.agree(own, right * factor + term):
        yield (
            f"they are the right values times {factor:.6g} plus {term:.6g}: the target was "
            "scaled for training, and is scaled back"
        )


def _factor(own: Array, right: Array) -> float:
    """Return the factor that comes nearest, by least squares; 0 where all is 0."""
    square = float(np.sum(right * right))
    return float(np.sum(own * right)) / square if square else 0.0


def _reordered(own: Array, right: Array, ruler: Ruler) -> Iterator[str]:
    """Look for units, or rows, in another order."""
    for axis, name in ((own.ndim - 1, "units"), (0, "rows")):
        places = _places(own, right, axis)
        if places is not None and ruler.agree(own, np.take(right, places, axis)):
            number = int(np.argmax(places != np.arange(len(places))))
            yield (
                f"the {name} are in another order: in the place of number {number} stands "
                f"number {places[number]}"
            )
            return


def _places(own: Array, right: Array, axis: int) -> Array | None:
    """Return an order along an axis, where there are places enough to have one."""
    ordered = own.ndim > axis and own.shape == right.shape and own.shape[axis] > 1
    return _order(own, right, axis) if ordered else None


def _order(own: Array, right: Array, axis: int) -> Array | None:
    """Return the order that puts the right slices where somebody has them, if there is one."""
    mine = np.moveaxis(own, axis, 0).reshape(own.shape[axis], -1)
    slices = np.moveaxis(right, axis, 0).reshape(right.shape[axis], -1)
    if len(mine) > 4096:
        return None
    places = np.empty(len(mine), np.intp)
    free = np.ones(len(slices), bool)
    for index, each in enumerate(mine):
        gaps = np.where(free, np.max(np.abs(slices - each), axis=1, initial=0), np.inf)
        places[index] = int(np.argmin(gaps))
        free[places[index]] = False
    return None if np.array_equal(places, np.arange(len(places))) else places
