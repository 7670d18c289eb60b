"""Find out which of somebody's arrays is which layer's: by name, else by order, shape and value."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Final

import numpy as np

from keronyx.converter.tensors import Array
from keronyx.runtime.compare.closeness import Ruler, is_numeric
from keronyx.runtime.compare.fit import Laid, laid_out
from keronyx.runtime.compare.own import Own, Reading, in_order
from keronyx.runtime.compare.slots import Slot, folded
from keronyx.runtime.proof.report import Difference

BEFORE_NAMES: Final = re.compile(r"(z|pre|preact\w*|before\w*|linear|logits?|net)_?\d+")
"""Names of values before the activation; a single z is as likely the second hidden layer."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Match:
    """An array in the place of a slot, laid out in every way that fits it.

    ``rounded`` says that float32 arithmetic gives its numbers, however far they are off.
    """

    own: Own
    slot: Slot
    ways: tuple[Laid, ...]
    ruler: Ruler
    named: bool = False
    rounded: bool = False

    @cached_property
    def best(self) -> tuple[Laid, Difference]:
        """The way that comes nearest, and how near."""
        found = [(way, self.ruler.difference(way.array, self.slot.array)) for way in self.ways]
        return next((each for each in found if each[1].passed), found[0])

    @property
    def laid(self) -> Laid:
        """The array in the slot's shape."""
        return self.best[0]

    @property
    def difference(self) -> Difference:
        """How far it is from the slot's."""
        return self.best[1]

    @property
    def agrees(self) -> bool:
        """Whether the numbers are right."""
        return self.rounded or self.difference.passed


@dataclass(frozen=True, kw_only=True)
class Matching:
    """What belongs where, in the order of computation, and what belongs nowhere."""

    matches: tuple[Match, ...]
    unmatched: tuple[Own, ...]


def match(reading: Reading, slots: Sequence[Slot], ruler: Ruler) -> Matching:
    """Give every array a slot of its own, as far as there is one that it fits."""
    named, rest = _named(reading, slots, ruler)
    ordered, left = _unnamed(rest, _free(slots, named), ruler)
    places = {id(slot): number for number, slot in enumerate(slots)}
    matches = sorted([*named, *ordered], key=lambda each: places[id(each.slot)])
    return Matching(matches=tuple(_meant(matches, slots)), unmatched=tuple(left))


def _named(reading: Reading, slots: Sequence[Slot], ruler: Ruler) -> tuple[list[Match], Reading]:
    """Match arrays by their names; return those that have none of a slot's too."""
    found: list[Match] = []
    for own in reading:
        found += _by_name(own, _free(slots, found), ruler)[:1]
    return found, _others(reading, found)


def _unnamed(reading: Reading, slots: Sequence[Slot], ruler: Ruler) -> tuple[list[Match], Reading]:
    """Match arrays by their order; by their values where more of them agree like this."""
    ordered = _by_order(in_order(reading), slots, ruler)
    valued = _agreeing(reading, slots, ruler)
    if len(valued) > sum(each.agrees for each in ordered):
        rest, free = _others(reading, valued), _free(slots, valued)
        ordered = [*valued, *_by_order(in_order(rest), free, ruler)]
    for own in _others(reading, ordered):
        last = _by_shape(own, _free(slots, ordered), ruler)
        ordered += [] if last is None else [last]
    return ordered, _others(reading, ordered)


def _others(reading: Reading, matches: Sequence[Match]) -> Reading:
    """Return the arrays that have no match."""
    placed = {id(each.own) for each in matches}
    return [own for own in reading if id(own) not in placed]


def _free(slots: Sequence[Slot], matches: Sequence[Match]) -> list[Slot]:
    """Return the slots that have no match."""
    taken = {id(each.slot) for each in matches}
    return [slot for slot in slots if id(slot) not in taken]


def _agreeing(reading: Reading, slots: Sequence[Slot], ruler: Ruler) -> list[Match]:
    """Match the arrays whose numbers are a slot's, whatever their order; values of layers first."""
    found: list[Match] = []
    ranks = {"value": 0, "before": 1, "input": 2}
    for own in reading:
        free = sorted(_free(slots, found), key=lambda slot: (ranks[slot.kind], slot.inert))
        right = (each for each in _all_made(own, free, ruler) if each.agrees)
        found += islice(right, 1)
    return found


def _made(own: Own, slot: Slot, ruler: Ruler) -> Match | None:
    ways = laid_out(own.array, slot.array.shape)
    return Match(own=own, slot=slot, ways=ways, ruler=ruler) if ways else None


def _by_name(own: Own, slots: Sequence[Slot], ruler: Ruler) -> list[Match]:
    """Return matches with slots that have the array's name, those of a layer's value first."""
    called = _called(folded(own.name), slots)
    return [replace(each, named=True) for each in _all_made(own, called, ruler)]


def _called(name: str, slots: Sequence[Slot]) -> list[Slot]:
    """Return the slots that a name means, then inputs that have it as their symbol."""
    inputs = [slot for slot in slots if slot.kind == "input" and name == slot.symbol]
    return [slot for slot in slots if name in slot.names] + inputs


def _all_made(own: Own, slots: Iterable[Slot], ruler: Ruler) -> Iterator[Match]:
    """Yield the matches of an array with those slots that it fits."""
    return filter(None, (_made(own, slot, ruler) for slot in slots))


def _by_order(reading: Reading, slots: Sequence[Slot], ruler: Ruler) -> list[Match]:
    """Align arrays with slots so that the orders are the same and most belongs together.

    The best alignment of the first arrays with the first slots is known from shorter ones.
    """
    made = [[_made(own, slot, ruler) for slot in slots] for own in reading]
    scores = np.array([[*map(_score, row)] for row in made])
    places = _aligned(scores.reshape(len(reading), len(slots)))
    return [*filter(None, (made[row][column] for row, column in places))]


def _aligned(scores: Array) -> list[tuple[int, int]]:
    """Return the places that are worth most together, rows and columns both rising."""
    best = _best(scores)
    found: list[tuple[int, int]] = []
    i, j = scores.shape
    while i and j:
        if best[i, j] == best[i - 1, j - 1] + scores[i - 1, j - 1]:
            i, j = i - 1, j - 1
            found.append((i, j))
        elif best[i, j] == best[i - 1, j]:
            i -= 1
        else:
            j -= 1
    return found[::-1]


def _best(scores: Array) -> Array:
    """Return what the first rows and columns are worth at best, for any number of both."""
    best = np.zeros((scores.shape[0] + 1, scores.shape[1] + 1))
    for i, j in np.ndindex(scores.shape):
        best[i + 1, j + 1] = max(best[i, j] + scores[i, j], best[i, j + 1], best[i + 1, j])
    return best


def _score(made: Match | None) -> float:
    """Weigh how well an array and a slot belong together; numbers that agree weigh most."""
    if made is None:
        return -1e9
    slot = made.slot
    before = bool(BEFORE_NAMES.fullmatch(folded(made.own.name)))
    if made.agrees:
        return {"value": 100.0, "before": 90.0 + 20 * before, "input": 80.0}[slot.kind] - slot.inert
    if slot.kind == "input":
        return -1e9
    weight = 10.0 + 4 * slot.last - 5 * slot.inert
    if (slot.kind == "before") != before:
        weight = 3.0
    return weight + _likeness(made)


def _likeness(made: Match) -> float:
    """Return up to 2 for arrays that are correlated."""
    own, right = made.laid.array, made.slot.array
    if not (is_numeric(own) and is_numeric(right)) or own.size < 2:
        return 0.0
    a = own.astype(np.float64).ravel()
    b = right[: len(own)].astype(np.float64).ravel()
    with np.errstate(all="ignore"):
        a, b = a - a.mean(), b - b.mean()
        cosine = float(a @ b / np.sqrt((a @ a) * (b @ b)))
    return 2 * max(cosine, 0.0) if np.isfinite(cosine) else 0.0


def _by_shape(own: Own, slots: Sequence[Slot], ruler: Ruler) -> Match | None:
    """Return the last layer whose value has the shape."""
    values = [slot for slot in slots if slot.kind == "value"]
    return next(_all_made(own, reversed(values), ruler), None)


def _meant(matches: Sequence[Match], slots: Sequence[Slot]) -> list[Match]:
    """Take values for those before an activation, or for inputs, only where more comes after.

    That is where their name says so, or where a later value is right. Otherwise they stand in the
    place of a layer's value: its activation is missing, or all that it does.
    """
    free = _free(slots, matches)
    last_right = max((each.slot.index for each in matches if each.agrees), default=-1)
    return [_in_place(each, free, last_right) for each in matches]


def _in_place(match: Match, free: Sequence[Slot], last_right: int) -> Match:
    if _is_told(match) or match.slot.index < last_right:
        return match
    return _moved(match, free) or match


def _is_told(match: Match) -> bool:
    """Tell what is a layer's value, or says by its name that it is something else."""
    name = folded(match.own.name)
    return match.slot.kind == "value" or match.named or bool(BEFORE_NAMES.fullmatch(name))


def _moved(match: Match, free: Sequence[Slot]) -> Match | None:
    """Return the match in the place of its layer's value, or an input's in that of the last."""
    values = [slot for slot in free if slot.kind == "value"]
    if match.slot.kind == "before":
        values = [slot for slot in values if slot.index == match.slot.index]
    return next(_all_made(match.own, reversed(values), match.ruler), None)
