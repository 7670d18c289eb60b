"""What it costs to read files in a process of their own: CPU time with it and without, in turn.

The kernel's accounts of a process hold those of the children it waited for. A child ends at once,
without taking the interpreter and its libraries apart, so that it can cost less than nothing.
"""

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from convert import measure
from rich.console import Console
from rich.progress import track
from rich.table import Table

DIGITS = Path(__file__).resolve().parents[1] / "models" / "digits" / "digits.keras"
SWITCH = "KERONYX_ISOLATION"
PYTHON = (
    "import keronyx, sys\nfor _ in range({times}): keronyx.convert(sys.argv[1], isolate={isolate})"
)

Pair = tuple[Sequence[str], Sequence[str]]
"""The same work in a process of its own, and in the caller's."""


def pairs(folder: Path) -> dict[str, Pair]:
    """Return what is measured, by name."""
    cli = [sys.executable, "-m", "keronyx"]
    output = str(folder / "digits.onnx")
    commands = {
        "keronyx --version": [*cli, "--version"],
        "keronyx inspect": [*cli, "inspect", str(DIGITS)],
        "keronyx convert": [*cli, "convert", str(DIGITS), "-o", output],
    }
    found: dict[str, Pair] = {
        name: (["env", f"{SWITCH}=1", *command], ["env", f"{SWITCH}=0", *command])
        for name, command in commands.items()
    }
    for times in (1, 21):
        apart, here = (
            [sys.executable, "-c", PYTHON.format(times=times, isolate=isolate), str(DIGITS)]
            for isolate in (True, False)
        )
        found[f"{times} x keronyx.convert(isolate=True)"] = (apart, here)
    return found


def main() -> None:
    """Measure every pair and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    asked = parser.parse_args()
    console = Console()
    table = Table("", "apart, CPU ms", "here, CPU ms", "difference", "ratio", title="medians")
    with tempfile.TemporaryDirectory(prefix="keronyx-bench-") as folder:
        os.chdir(folder)
        for name, commands in pairs(Path(folder)).items():
            rounds = track(range(asked.rounds), name, console=console, transient=True)
            costs = [tuple(measure(command).cpu for command in commands) for _ in rounds]
            apart, here = (statistics.median(column) * 1000 for column in zip(*costs, strict=True))
            gaps = statistics.median((a - b) * 1000 for a, b in costs)
            ratio = statistics.median(a / b for a, b in costs)
            table.add_row(name, f"{apart:.0f}", f"{here:.0f}", f"{gaps:+.0f}", f"{ratio:.2f}")
    console.print(table)


if __name__ == "__main__":
    main()
