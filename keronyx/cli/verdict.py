"""Show what a check found."""

import math
from collections.abc import Iterator
from typing import Any

from keronyx.cli.show import Table, say, show, show_json
from keronyx.converter.errors import CheckError
from keronyx.runtime.proof.report import Difference, DifferenceError, Report

HEADERS = ("output", "compared with", "rows", "max abs", "max rel", "of tolerance")


def show_report(report: Report) -> None:
    """Print the verdict, and a line for each comparison."""
    batches = ", ".join(map(str, dict.fromkeys(report.batches)))
    verdict = "passed" if report.passed else "failed"
    others = " and ".join(_others(report))
    say(f"check {verdict}: {report.engine} against {others}, in batches of {batches}")
    show(Table(HEADERS, [*map(_cells, report.differences)], frozenset({2, 3, 4, 5})))


def _others(report: Report) -> Iterator[str]:
    """Yield what the engine was compared with."""
    if any(each.against == "numpy" for each in report.differences):
        yield "NumPy in float64"
    if report.witness:
        yield report.witness


def show_failure(error: CheckError, *, as_json: bool) -> None:
    """Print the numbers that an error brings along."""
    if not isinstance(error, DifferenceError):
        return
    if as_json:
        show_json({"check": report_record(error.report)})
    else:
        show_report(error.report)


def _cells(difference: Difference) -> tuple[object, ...]:
    return (
        difference.name,
        difference.against,
        difference.rows,
        f"{difference.max_abs:.1e}",
        f"{difference.max_rel:.1e}",
        f"{100 * difference.share:.2g} %" if math.isfinite(difference.share) else "differs",
    )


def report_record(report: Report) -> dict[str, Any]:
    """Return a report for JSON; null where a difference is no number."""
    return {
        "passed": report.passed,
        "engine": report.engine,
        "witness": report.witness or None,
        "batches": report.batches,
        "layer": report.layer or None,
        "outputs": [_record(difference) for difference in report.differences],
    }


def _record(difference: Difference) -> dict[str, Any]:
    return {
        "name": difference.name,
        "against": difference.against,
        "rows": difference.rows,
        "max_abs": _number(difference.max_abs),
        "max_rel": _number(difference.max_rel),
        "share": _number(difference.share),
        "rtol": difference.tolerance.rtol,
        "atol": difference.tolerance.atol,
        "passed": difference.passed,
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
