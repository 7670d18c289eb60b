"""What a conversion costs as a whole process: from the file on disk to a checked .onnx.

Processes run in turn (A B C A B C ...), so that a busy machine slows all of them alike; ratios are
medians over the rounds. This process stays small on purpose: Linux counts the parent's memory
towards the peak of a child that it starts.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from image_nets import NETS as IMAGE_NETS
from rich.console import Console
from rich.progress import track
from rich.table import Table

HERE = Path(__file__).resolve().parent
USABLE = "import onnxruntime, sys; onnxruntime.InferenceSession(sys.argv[1])"
QUIET = {
    **os.environ,
    "CUDA_VISIBLE_DEVICES": "",
    "ORT_DISABLE_TELEMETRY": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


@dataclass(frozen=True)
class Cost:
    """One process: CPU and wall seconds, peak memory in MiB, and whether it exited with 0."""

    cpu: float
    wall: float
    peak: float
    done: bool


@dataclass
class Contender:
    """A command to measure, the file that it must leave, and what its runs cost."""

    name: str
    command: Sequence[str]
    target: Path | None = None
    costs: list[Cost] = field(default_factory=list)

    def run(self) -> None:
        """Run the command once and keep what it cost."""
        if self.target:
            self.target.unlink(missing_ok=True)
        self.costs.append(measure(self.command))

    def verdict(self) -> str:
        """Say whether the last run left a file that onnxruntime opens."""
        if not self.costs[-1].done:
            return "failed"
        if self.target is None:
            return ""
        done = subprocess.run(
            [sys.executable, "-c", USABLE, str(self.target)],
            check=False,
            capture_output=True,
            env=QUIET,
        )
        return "yes" if done.returncode == 0 else "bad file"


def measure(command: Sequence[str]) -> Cost:
    """Run a command to its end; the kernel's own accounts say what it used."""
    start = time.perf_counter()
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=QUIET,
    ) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10  # bytes there, kilobytes elsewhere
    return Cost(
        cpu=used.ru_utime + used.ru_stime,
        wall=time.perf_counter() - start,
        peak=used.ru_maxrss / unit,
        done=process.returncode == 0,
    )


def contenders(source: Path, keras_pythons: Sequence[str]) -> list[Contender]:
    """Return what is compared: keronyx first, the floor last."""
    convert = [sys.executable, "-m", "keronyx", "convert", str(source), "-o"]
    ours = source.with_name("ours.onnx")
    unchecked = source.with_name("unchecked.onnx")
    found = [
        Contender("keronyx", [*convert, str(ours)], ours),
        Contender("keronyx --no-check", [*convert, str(unchecked), "--no-check"], unchecked),
    ]
    for number, python in enumerate(keras_pythons):
        for route in ("export", "tf2onnx"):
            target = source.with_name(f"{route}-{number}.onnx")
            command = [python, str(HERE / "keras_routes.py"), route, str(source), str(target)]
            found.append(Contender(f"{route} ({Path(python).parents[1].name})", command, target))
    floor = [sys.executable, "-c", "import h5py, numpy"]
    return [*found, Contender("floor: import h5py, numpy", floor)]


def saved(net: str, folder: Path, keras_pythons: Sequence[str]) -> Path:
    """Save a net: the dense ones without Keras, those of ``image_nets.py`` with the first one."""
    if net not in IMAGE_NETS:
        source = folder / f"{net}.h5"
        command = [sys.executable, str(HERE / "nets.py"), net, str(source)]
    elif keras_pythons:
        source = folder / f"{net}.keras"
        command = [keras_pythons[0], str(HERE / "image_nets.py"), net, str(source)]
    else:
        raise SystemExit(f"{net} needs --keras-python")
    subprocess.run(command, check=True, env=QUIET, stderr=subprocess.DEVNULL)
    return source


def row(contender: Contender, first: Contender) -> list[str]:
    """Return a line of the table, set against the first contender round by round."""
    pairs = list(zip(contender.costs, first.costs, strict=True))
    return [
        contender.name,
        f"{min(cost.cpu for cost in contender.costs):.3f}",
        f"{statistics.median(ours.cpu / other.cpu for ours, other in pairs):.2f}",
        f"{statistics.median(cost.wall for cost in contender.costs):.3f}",
        f"{statistics.median(ours.wall / other.wall for ours, other in pairs):.2f}",
        f"{max(cost.peak for cost in contender.costs):.0f}",
        contender.verdict(),
    ]


def main() -> None:
    """Measure every net and print a table each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nets", nargs="+", default=["small", "digits", "residual"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keras-python", action="append", default=[], metavar="PATH")
    asked = parser.parse_args()
    console = Console()
    for net in asked.nets:
        with tempfile.TemporaryDirectory(prefix="keronyx-bench-") as folder:
            source = saved(net, Path(folder), asked.keras_python)
            found = contenders(source, asked.keras_python)
            for _ in track(range(asked.rounds), net, console=console, transient=True):
                for contender in found:
                    contender.run()
            table = Table("", "CPU s", "ratio", "wall s", "ratio", "peak MiB", "usable", title=net)
            for contender in found:
                table.add_row(*row(contender, found[0]))
            console.print(table)


if __name__ == "__main__":
    main()
