"""``keronyx inspect --scan``: say what in a file Keras would run or read, without doing it."""

from typing import Any

from keronyx.cli.show import say, show_json
from keronyx.converter.errors import UsageError, shorten
from keronyx.converter.scan import Scan, scan

FOUND = 1
CLEAN = "nothing that Keras would run, import or read from elsewhere"


def run_scan(*, source: str, as_json: bool, **others: Any) -> int:
    """Print what was found; 1 where there is something, an error where not all could be read."""
    if any(others.values()):
        raise UsageError("--scan goes with --json alone", hint="scan one file at a time")
    result = scan(source)
    _show(result, as_json=as_json)
    if result.error is not None:
        raise result.error
    return FOUND if result.findings else 0


def _show(result: Scan, *, as_json: bool) -> None:
    if as_json:
        show_json(_record(result))
    else:
        _print(result)


def _print(result: Scan) -> None:
    for finding in result.findings:
        say(finding)
    if result.more:
        say(f"and {result.more} more")
    if not result.findings and result.error is None:
        say(f"{shorten(result.path, 200)}: {CLEAN}")


def _record(result: Scan) -> dict[str, Any]:
    return {
        "path": result.path,
        "sha256": result.sha256 or None,
        "findings": [
            {
                "kind": finding.kind,
                "where": finding.where,
                "what": finding.what,
                "effect": finding.effect,
            }
            for finding in result.findings
        ],
        "more": result.more,
        "error": None if result.error is None else str(result.error),
    }
