"""Show where somebody's values part from a trace, and why."""

import math
from collections.abc import Sequence
from typing import Any

from keronyx.cli.show import Table, say, show
from keronyx.converter.tensors import Array
from keronyx.runtime.compare import Compared, Verdict
from keronyx.runtime.compare.verdict import HEAD
from keronyx.runtime.tables.files import listed

HEADERS = ("yours", "layer", "value", "shape", "max abs", "verdict")


def show_verdict(verdict: Verdict) -> None:
    """Print a line for each array, then the first that differs and what explains it."""
    show(Table(HEADERS, [*map(_cells, verdict.compared)], frozenset({4})))
    for name in verdict.unmatched:
        say(f"{name} fits no layer")
    say("")
    if verdict.first is None:
        say(verdict.sentence)
        return
    _show_first(verdict.first, verdict.explanations)
    if verdict.rest:
        say(f"  {verdict.rest}")


def _show_first(first: Compared, explanations: Sequence[str]) -> None:
    """Print which array is the first to differ, and why, or else its numbers."""
    say(f"{first.label} is the first to differ")
    for sentence in explanations:
        say(f"  {sentence}")
    if not explanations:
        say("  none of the classical mistakes explains it")
        say(f"  yours  {_head(first.own)}")
        say(f"  right  {_head(first.right)}")


def _cells(each: Compared) -> list[str]:
    differs = "agrees" if each.agrees else "differs"
    return [
        each.name or "-",
        each.layer,
        each.symbol,
        f"({', '.join(map(str, each.own.shape))})",
        f"{each.difference.max_abs:.1e}",
        f"{differs}, {each.note}" if each.note else differs,
    ]


def _head(array: Array) -> str:
    """Spell the first numbers of the first row."""
    row = (array[:1] if array.ndim else array).ravel()
    shown = [f"{value:.6g}" if isinstance(value, float) else str(value) for value in row.tolist()]
    return " ".join([*shown[:HEAD], *(["…"] if len(shown) > HEAD else [])])


def verdict_record(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict for JSON."""
    first = verdict.first
    return {
        "agrees": verdict.agrees,
        "sentence": verdict.sentence,
        "first": None if first is None else first.layer,
        "explanations": verdict.explanations,
        "rest": verdict.rest or None,
        "unmatched": verdict.unmatched,
        "compared": [_record(each) for each in verdict.compared],
    }


def _record(each: Compared) -> dict[str, Any]:
    size = each.difference.max_abs
    heads = listed({"yours": each.own[:1].ravel()[:HEAD], "right": each.right[:1].ravel()[:HEAD]})
    return {
        "name": each.name,
        "layer": each.layer,
        "symbol": each.symbol,
        "before_activation": each.before,
        "note": each.note or None,
        "agrees": each.agrees,
        "max_abs": size if math.isfinite(size) else None,
        **heads,
    }
