"""What a prediction of one row costs in each host, in times of the C++ one with bound buffers.

A trained net of 33 inputs, and a graph that only hands its 33 numbers on, which is what onnxruntime
itself costs. Each contender is a process of its own on one processor; they take turns, and the
ratios are those of one round. Projects are built with what tests/test_host_*.py need too; what
cannot be built here is left out with a line.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnxruntime
from onnx import TensorProto, helper
from rich.console import Console
from rich.table import Table

from keronyx.hosting import host

HERE: Final = Path(__file__).resolve().parent
NET: Final = HERE.parent / "models" / "diabetes-33" / "diabetes-33.h5"
INPUT: Final = "features"
FEATURES: Final = 33
BLOCKS: Final = 60
CALLS: Final = 500
BASE: Final = "C++, bound"

CMAKE: Final = """\
cmake_minimum_required(VERSION 3.20)
project(driver LANGUAGES CXX)
add_subdirectory(project)
add_executable(driver driver.cpp)
target_link_libraries(driver PRIVATE bench_model)
"""

PACKAGE: Final = "Microsoft.ML.OnnxRuntime"

Command = list[str]


class LeftOutError(Exception):
    """A contender cannot be built here; says why."""


@dataclass(frozen=True)
class Contender:
    """A host: what it is called, and what builds a driver for a model and returns its command."""

    name: str
    build: Callable[[Path, Path], Command]


def main() -> None:
    """Print a table of ratios."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--measure", metavar="MODEL", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        _measure_python(given.measure)
        return
    console = Console()
    with tempfile.TemporaryDirectory() as place:
        for title, source in (("diabetes-33", NET), ("identity of 33", _identity(Path(place)))):
            folder = Path(place, source.stem)
            folder.mkdir()
            commands = _commands(console, source, folder)
            console.print(_table(title, [_round(commands) for _ in range(given.rounds)]))


def _identity(place: Path) -> Path:
    """Write a graph that hands its input on."""
    shape = ["n", FEATURES]
    ports = [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n in (INPUT, "same")]
    node = helper.make_node("Identity", [INPUT], ["same"])
    graph = helper.make_graph([node], "identity", ports[:1], ports[1:])
    opset = helper.make_opsetid("", 17)
    model = helper.make_model(graph, producer_name="keronyx", ir_version=8, opset_imports=[opset])
    path = place / "identity.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def _commands(console: Console, source: Path, folder: Path) -> list[Command]:
    """Build all contenders that can be built."""
    commands = []
    for contender in CONTENDERS:
        place = folder / contender.name
        place.mkdir()
        try:
            commands.append(_pinned() + contender.build(source, place))
        except LeftOutError as error:
            console.print(f"{contender.name} is left out: {error}")
    return commands


def _pinned() -> Command:
    """Keep a process on one processor, where that can be said."""
    return ["taskset", "-c", "0"] if shutil.which("taskset") else []


def _round(commands: Sequence[Command]) -> dict[str, float]:
    """Let each contender run once; return the nanoseconds by name."""
    times: dict[str, float] = {}
    for command in commands:
        said = _call(command)
        times |= {
            name: float(spent) for name, spent in re.findall(r"^(.+): (\d+)$", said, re.MULTILINE)
        }
    return times


def _table(title: str, rounds: Sequence[dict[str, float]]) -> Table:
    """Return the ratios of every contender to the base."""
    base = BASE if BASE in rounds[0] else next(iter(rounds[0]))
    table = Table("host", "ratio", "least", title=f"one row of {title}; 1 is {base}")
    for name in rounds[0]:
        ratio = median(each[name] / each[base] for each in rounds)
        least = min(each[name] for each in rounds)
        table.add_row(name, f"{ratio:.2f}", f"{least / 1000:.2f} us")
    return table


def _call(command: Sequence[str | Path], **more: Any) -> str:
    """Run a program and return what it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    if done.returncode:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines() or ["nothing was said"]
        raise LeftOutError(f"{Path(command[0]).name}: {lines[-1]}")
    return done.stdout


def _cpp(source: Path, place: Path) -> Command:
    """Build the driver around the project for C++, from one CMake file."""
    include, library = os.environ.get("KERONYX_ORT_INCLUDE"), os.environ.get("KERONYX_ORT_LIB")
    if not shutil.which("cmake") or not include or not library:
        raise LeftOutError("it needs cmake, KERONYX_ORT_INCLUDE and KERONYX_ORT_LIB")
    host(source, "cpp", place / "project", name="bench")
    (place / "CMakeLists.txt").write_text(CMAKE)
    shutil.copy(HERE / "hosts" / "driver.cpp", place)
    paths = [
        f"-DONNXRUNTIME_INCLUDE_DIR={include}",
        f"-DONNXRUNTIME_LIBRARY={Path(library, 'libonnxruntime.so')}",
    ]
    _call(["cmake", "-S", place, "-B", place / "build", "-DCMAKE_BUILD_TYPE=Release", *paths])
    _call(["cmake", "--build", place / "build"])
    return [str(place / "build" / "driver"), str(place / "project" / "model.onnx")]


def _csharp(source: Path, place: Path) -> Command:
    """Build the driver in the place of the program of the project for C#."""
    dotnet, feed = shutil.which("dotnet"), os.environ.get("KERONYX_ORT_NUGET", "")
    packages = sorted(Path(feed).glob(f"{PACKAGE}.[0-9]*.nupkg")) if feed else []
    if not dotnet or not packages:
        raise LeftOutError("it needs dotnet on the PATH and KERONYX_ORT_NUGET")
    project = place / "project"
    host(source, "csharp", project, name="bench")
    shutil.copy(HERE / "hosts" / "driver.cs", project / "Program.cs")
    major, minor = _call([dotnet, "--version"]).split(".")[:2]
    framework = f"net{major}.{minor}" if int(major) > 4 else f"netcoreapp{major}.{minor}"
    properties = {
        "TargetFramework": framework,
        "OnnxRuntimeVersion": packages[-1].stem.removeprefix(f"{PACKAGE}."),
        "RestoreSources": feed,
        "UseSharedCompilation": "false",
    }
    options = [f"-p:{name}={value}" for name, value in properties.items()]
    quiet = {"DOTNET_CLI_HOME": str(place), "NUGET_PACKAGES": str(place / "packages")}
    environment = {**os.environ, **quiet, "MSBUILDDISABLENODEREUSE": "1"}
    _call(
        [dotnet, "build", "-c", "Release", "-o", place / "out", project, *options], env=environment
    )
    return [dotnet, "exec", str(place / "out" / "Bench.dll"), str(project / "model.onnx")]


def _node(source: Path, place: Path) -> Command:
    """Put the driver into the project for Node.js."""
    node, modules = shutil.which("node"), os.environ.get("KERONYX_NODE_HOSTS", "")
    if not node or not Path(modules, "node_modules", "onnxruntime-node").exists():
        raise LeftOutError("it needs node on the PATH and KERONYX_NODE_HOSTS")
    project = place / "project"
    host(source, "node", project, name="bench")
    (project / "node_modules").symlink_to(Path(modules, "node_modules").resolve())
    shutil.copy(HERE / "hosts" / "driver.mjs", project)
    return [node, str(project / "driver.mjs"), str(project / "model.onnx")]


def _python(source: Path, place: Path) -> Command:
    """Measure in another process of this Python."""
    host(source, "cpp", place / "project", name="bench")
    return [sys.executable, __file__, "--measure", str(place / "project" / "model.onnx")]


def _measure_python(model: str) -> None:
    """Time onnxruntime from Python: as most call it, and with bound buffers."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name, row = session.get_outputs()[0].name, np.zeros((1, FEATURES), np.float32)
    _report("Python, run", lambda: session.run(None, {INPUT: row}))
    size = session.run(None, {INPUT: row})[0].shape
    binding = session.io_binding()
    binding.bind_ortvalue_input(INPUT, onnxruntime.OrtValue.ortvalue_from_numpy(row))
    found = onnxruntime.OrtValue.ortvalue_from_numpy(np.zeros(size, np.float32))
    binding.bind_ortvalue_output(name, found)
    _report("Python, io_binding", lambda: session.run_with_iobinding(binding))


def _report(name: str, call: Callable[[], Any]) -> None:
    """Print the nanoseconds of a call, in the fastest of many blocks of calls."""
    least = float("inf")
    for _ in range(BLOCKS):
        start = time.perf_counter_ns()
        for _ in range(CALLS):
            call()
        least = min(least, (time.perf_counter_ns() - start) / CALLS)
    sys.stdout.write(f"{name}: {least:.0f}\n")


CONTENDERS: Final = (
    Contender("C++", _cpp),
    Contender("C#", _csharp),
    Contender("Node.js", _node),
    Contender("Python", _python),
)


if __name__ == "__main__":
    main()
