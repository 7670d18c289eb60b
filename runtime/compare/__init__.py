"""Hold somebody's own values against a trace: where they part, and which mistake it is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from keronyx.converter.errors import UsageError
from keronyx.converter.tensors import Array
from keronyx.runtime.compare.bench import Bench
from keronyx.runtime.compare.closeness import Ruler
from keronyx.runtime.compare.match import Match, Matching
from keronyx.runtime.compare.match import match as matched
from keronyx.runtime.compare.own import Own, Reading, all_names, own_values, read_own
from keronyx.runtime.compare.patterns import patterns as patterns_of
from keronyx.runtime.compare.search import Search
from keronyx.runtime.compare.slots import Slot
from keronyx.runtime.compare.slots import slots as slots_of
from keronyx.runtime.compare.verdict import Compared, Verdict
from keronyx.runtime.tables.files import PathLike
from keronyx.runtime.traces import Trace

ALL: Final = "this explains all of your values"

__all__ = ["Compared", "Verdict", "compare_file", "compare_values"]


def compare_file(trace: Trace, path: PathLike) -> Verdict:
    """Compare the values in an .npz, .npy, .json or .csv file with a trace.

    Raises UsageError where none of them fits any layer.
    """
    try:
        return _compare(trace, read_own(path))
    except UsageError as error:
        raise error.at(path=str(path)) from error.__cause__


def compare_values(trace: Trace, values: Any) -> Verdict:
    """Compare arrays with a trace: by name, in a list, or the final one alone."""
    return _compare(trace, own_values(values))


def _compare(trace: Trace, readings: Sequence[Reading]) -> Verdict:
    places = slots_of(trace)
    ruler = Ruler.of(trace.model)
    matching = _best([matched(reading, places, ruler) for reading in readings])
    if matching is None:
        raise _fits_nothing(readings, places)
    bench = Bench(trace, befores=any(each.slot.kind == "before" for each in matching.matches))
    matches = _rounded(bench, matching.matches)
    verdict = _compared(matches, matching.unmatched)
    wrong = [each for each in matches if not each.agrees]
    return _judged(verdict, bench, matches, wrong[0], places) if wrong else verdict


def _compared(matches: Sequence[Match], unmatched: Sequence[Own]) -> Verdict:
    """Tell every array, before it is said what is wrong with one."""
    return Verdict(
        compared=tuple(map(Compared.of, matches)),
        unmatched=tuple(_spelled(own.name, own.array.shape) for own in unmatched),
    )


def _judged(
    verdict: Verdict,
    bench: Bench,
    matches: Sequence[Match],
    first: Match,
    places: Sequence[Slot],
) -> Verdict:
    """Add what is wrong with the first array that differs, and whether that is all."""
    found, complete = _explained(bench, matches, first, places)
    return replace(
        verdict,
        first=Compared.of(first),
        explanations=found,
        rest=ALL if complete else _rest(bench, matches, first),
    )


def _rounded(bench: Bench, matches: Sequence[Match]) -> list[Match]:
    """Mark the arrays that differ because they were computed in float32."""
    single = None if all(each.agrees for each in matches) else bench.single()
    if single is None:
        return list(matches)
    return [replace(each, rounded=True) if _rounds(each, single) else each for each in matches]


def _rounds(match: Match, single: Mapping[str, Array]) -> bool:
    """Tell whether an array differs from the right one, and not from that in float32."""
    right = single[match.slot.tensor]
    return not match.agrees and match.ruler.agree(match.laid.array, right)


def _best(matchings: Sequence[Matching]) -> Matching | None:
    """Return the first reading that leaves nothing over, sooner one in which all agrees."""
    return min(
        (each for each in matchings if each.matches),
        key=lambda each: (
            len(each.unmatched) > 0,
            not all(one.agrees for one in each.matches),
        ),
        default=None,
    )


def _fits_nothing(readings: Sequence[Reading], places: Sequence[Slot]) -> UsageError:
    given = all_names(readings[0]) if readings else "nothing"
    expected = ", ".join(slot.described for slot in places if slot.kind != "input")
    return UsageError(f"no layer gives values of shape {given}", hint=f"expected {expected}")


def _spelled(name: str, shape: tuple[int, ...]) -> str:
    return f"'{name}' {shape}" if name else str(shape)


def _explained(
    bench: Bench, matches: Sequence[Match], first: Match, places: Sequence[Slot]
) -> tuple[tuple[str, ...], bool]:
    """Return the sentences of all mistakes that give the numbers; whether they give all of them."""
    if first.slot.kind == "input":
        return (), False
    found = Search(bench, matches, first).explanations()
    if found:
        complete = len(matches) > 1 and found[0].explained == len(matches)
        return tuple(each.sentence for each in found), complete
    return tuple(patterns_of(first, places, bench.connections)), False


def _rest(bench: Bench, matches: Sequence[Match], first: Match) -> str:
    """Say whether all later values follow from the first wrong one."""
    later = matches[matches.index(first) + 1 :]
    whole = first.laid.array.shape == first.slot.array.shape
    if not later or first.slot.kind != "value" or not whole:
        return ""
    values = bench.following({first.slot.tensor: first.laid.array})
    return "" if values is None else _following(later, values)


def _following(later: Sequence[Match], values: Mapping[str, Array]) -> str:
    for each in later:
        if not each.ruler.agree(each.laid.array, values.get(each.slot.tensor, each.slot.array)):
            return f"{each.slot.label} does not follow from your values there either"
    return "all later values follow from yours there: nothing else is wrong"
