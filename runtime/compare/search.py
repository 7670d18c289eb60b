"""Find the mistakes that give exactly somebody's numbers, by making each and looking."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from operator import attrgetter
from typing import Final

from keronyx.converter.errors import KeronyxError
from keronyx.converter.tensors import Array
from keronyx.runtime.compare import in_norms  # noqa: F401 - enters its mistakes
from keronyx.runtime.compare.bench import ROWS, Bench
from keronyx.runtime.compare.closeness import nearness
from keronyx.runtime.compare.fit import Laid
from keronyx.runtime.compare.in_inputs import on_inputs
from keronyx.runtime.compare.in_layers import LEFT_OUT
from keronyx.runtime.compare.in_numbers import in_all
from keronyx.runtime.compare.in_wires import around, between, within
from keronyx.runtime.compare.match import Match
from keronyx.runtime.compare.mistake import Mistake, together
from keronyx.runtime.traces import BEFORE

FEWEST: Final = 1500
MOST: Final = 4000
COST: Final = 400_000_000
LAYER: Final = 5_000
"""How many mistakes are tried: within bounds, as many as take this many weights in all, where a
layer counts for some too."""
TOLD: Final = 5


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A mistake that gives the numbers; ``explained`` counts the arrays that are as it has them."""

    sentence: str
    explained: int
    nearness: int
    size: int


class Search:
    """The arrays of somebody, the first of which that differs is to be explained."""

    def __init__(self, bench: Bench, matches: Sequence[Match], first: Match) -> None:
        self._bench = bench
        self._matches = matches
        self._first = first

    def explanations(self) -> tuple[Explanation, ...]:
        """Return what explains most of the arrays, simplest first.

        What is upstream of an array that is right comes last: only if nothing else explains it.
        """
        upstream = self._upstream(self._first.slot.tensor)
        everywhere, proven = upstream | self._suspected(), self._proven()
        found = self._tried(self._mistakes(upstream - proven, everywhere - proven))
        if not found and proven & upstream:
            found = self._tried(self._mistakes(upstream, everywhere))
        return self._simplest(found)

    def _suspected(self) -> set[int]:
        """Return what is upstream of any array that is wrong."""
        wrong = [match for match in self._matches if not match.agrees]
        return set[int]().union(*(self._upstream(match.slot.tensor) for match in wrong))

    def _proven(self) -> set[int]:
        """Return what is upstream of any array that is right, but for an activation behind it."""
        proven: set[int] = set()
        for match in self._matches:
            if match.agrees:
                behind = {match.slot.index} if match.slot.kind == "before" else set()
                proven |= self._upstream(match.slot.tensor) - behind
        return proven

    def _upstream(self, tensor: str) -> set[int]:
        """Return the numbers of the connections that a tensor is computed by."""
        wanted = {tensor.removesuffix(BEFORE)}
        found: set[int] = set()
        for index, connection in reversed([*enumerate(self._bench.connections)]):
            if not wanted.isdisjoint(connection.makes):
                found.add(index)
                wanted |= connection.reads
        return found

    def _mistakes(self, near: set[int], all_wrong: set[int]) -> Iterator[Mistake]:
        """Yield mistakes that can make the first difference, together with others like them."""
        connections = self._bench.connections
        suspects, more = sorted(near), sorted(all_wrong)
        alike = [*_safely(within(connections, more)), *_safely(around(connections, more))]
        inside = [*_safely(within(connections, suspects)), *_groups(alike)]
        wired = _safely(around(connections, suspects))
        given = on_inputs(connections, self._bench.model.inputs, self._bench.rows)
        return chain(
            (each for each in inside if not each.rare),
            wired,
            in_all(connections, [*range(len(connections))]),
            given,
            between(connections, suspects),
            (each for each in inside if each.rare),
        )

    def _tried(self, mistakes: Iterable[Mistake]) -> list[Explanation]:
        model = self._bench.model
        count = COST // (model.parameters + LAYER * len(model.connections) + 1)
        some = islice(mistakes, min(max(count, FEWEST), MOST))
        return [*filter(None, map(self._explanation, some))]

    def _explanation(self, mistake: Mistake) -> Explanation | None:
        """Return how much a mistake explains; None where it does not explain the first array."""
        values = self._reproducing(mistake)
        own = None if values is None else self._share(self._first, values)
        if values is None or own is None:
            return None
        shares = [self._share(match, values) for match in self._matches]
        return Explanation(
            sentence=mistake.sentence,
            explained=sum(share is not None for share in shares),
            nearness=own,
            size=max(len(mistake.layers), 1),
        )

    def _reproducing(self, mistake: Mistake) -> dict[str, Array] | None:
        """Return what a mistake gives, where the first few rows are somebody's."""
        if not mistake.whole:
            few = self._bench.values(mistake.changes, few=True)
            if few is None or self._share(self._first, few, ROWS) is None:
                return None
        return self._bench.values(mistake.changes)

    def _share(
        self, match: Match, values: Mapping[str, Array], rows: int | None = None
    ) -> int | None:
        """Return how near an array is to what a mistake gives; None where it is not."""
        right = _given(match, values)
        arrays = (_rows(way, rows) for way in match.ways)
        differences = [match.ruler.difference(own, right) for own in arrays if _fits(own, right)]
        return min((nearness(each) for each in differences if each.passed), default=None)

    def _simplest(self, found: Sequence[Explanation]) -> tuple[Explanation, ...]:
        """Return the explanations of most arrays, each sentence once, the nearest first."""
        ranks = [(-each.explained, each.nearness) for each in found]
        best = min(ranks, default=None)
        chosen = {
            each.sentence: each for each, rank in zip(found, ranks, strict=True) if rank == best
        }
        return tuple(sorted(chosen.values(), key=attrgetter("size")))[:TOLD]


def _fits(own: Array, right: Array) -> bool:
    """Tell whether there can be the first rows of the right array."""
    return own.shape[1:] == right.shape[1:] and len(own) <= len(right)


def _given(match: Match, values: Mapping[str, Array]) -> Array:
    """Return what stands in a slot; a layer without an activation has one value only."""
    tensor = match.slot.tensor
    if tensor in values:
        return values[tensor]
    if tensor.removesuffix(BEFORE) in values and match.slot.kind == "before":
        return values[tensor.removesuffix(BEFORE)]
    return match.slot.array


def _rows(way: Laid, rows: int | None) -> Array:
    return way.array if rows is None or not way.array.ndim else way.array[:rows]


def _safely(mistakes: Iterator[Mistake]) -> Iterator[Mistake]:
    """Stop where a layer does not take what another mistake would give it."""
    try:
        yield from mistakes
    except KeronyxError:
        return


def _groups(mistakes: Sequence[Mistake]) -> Iterator[Mistake]:
    """Make the same mistake in all layers, in all but the last, and in those of one activation."""
    kinds: dict[str, list[Mistake]] = {}
    for each in mistakes:
        if each.kind:
            kinds.setdefault(each.kind, []).append(each)
    for kind, alike in sorted(kinds.items(), key=lambda pair: pair[0] != LEFT_OUT):
        yield from map(together, _choices(kind, alike))


def _choices(kind: str, alike: list[Mistake]) -> Iterator[list[Mistake]]:
    """Yield several mistakes of a kind to be made at once, no choice twice."""
    choices = [alike, alike[:-1], *(_by_what(alike) if kind == LEFT_OUT else ())]
    different = {tuple(map(id, chosen)): chosen for chosen in choices}
    return (chosen for chosen in different.values() if len(chosen) > 1)


def _by_what(mistakes: Sequence[Mistake]) -> list[list[Mistake]]:
    """Part mistakes by what is wrong."""
    found: dict[str, list[Mistake]] = {}
    for each in mistakes:
        found.setdefault(each.what, []).append(each)
    return list(found.values())
