"""No file but the named ones is opened, nothing is imported, run or written: watched from outside.

Python's own audit events tell what Python does; strace tells what its C libraries do.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import test_external as external
from sampling import rank

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="paths and pipes of POSIX")
if sys.platform != "win32":
    from hostile import base, configs, files, recorded, storage

WATCH = """
import json, os, sys

commands = json.load(sys.stdin)
events = None

def watch(event, arguments):
    if events is not None:
        events.append((event, [str(each)[:300] for each in arguments[:3]]))

sys.addaudithook(watch)
from keronyx.cli import main
import multiprocessing, uuid, platform
platform.processor()

sys.stdout = sys.stderr = open(os.devnull, "w")
found = []
for number, command in enumerate(commands):
    events = [] if number >= int(os.environ["WARM"]) else None
    code = main(command)
    found.append((code, events or []))
    events = None
sys.__stdout__.write(json.dumps(found))
"""

FORBIDDEN = re.compile(
    r"import|exec|marshal\.load.*|pickle\..*|ctypes\..*|subprocess\..*|socket\..*|os\.(system|exec"
    r"|spawn|posix_spawn|fork|forkpty|startfile|putenv_x|chmod|chown|link|symlink)|shutil\..*"
    r"|urllib\..*|http\..*|ftplib\..*|webbrowser\..*|code\.__new__|cpython\.run.*|function\.__new__"
)
TREE_ONLY = "<unknown>"
"""The name under which NumPy has its headers parsed, which become a tree and no code.

A user's expression is parsed as ``<expression>``: no text of a file ever is.
"""

CHANGING = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC


def known_roots() -> list[str]:
    """Return where Python and its libraries are."""
    import keronyx  # noqa: PLC0415

    home = Path(keronyx.__file__).resolve().parents[1]
    roots = {sys.prefix, sys.base_prefix, home, *filter(None, map(os.path.realpath, sys.path))}
    return [str(root) for root in roots] + ["/usr", "/lib", "/lib64", "/proc", "/sys", "/dev"]


def breaches(events: list[Any], output: Path, named: Sequence[Path]) -> Iterator[str]:
    """Return what happened that should not have."""
    roots = tuple(known_roots())
    mine = {str(path) for path in named}
    for event, arguments in events:
        if (event == "compile" and arguments[1] != TREE_ONLY) or FORBIDDEN.fullmatch(event):
            yield f"{event} {arguments}"
        elif event in {"open", "os.open"}:
            path, mode, flags = arguments
            if mode == "None":
                writes = flags.isdecimal() and int(flags) & WRITING != 0
            else:
                writes = any(each in mode for each in "wax+")
            if path.isdecimal() or path == os.devnull or path.startswith(str(output)):
                continue
            if writes or not (path in mine or inside(path, mine) or path.startswith(roots)):
                yield f"{event} {arguments}"
        elif event in CHANGING and not arguments[0].startswith((str(output), ".keronyx")):
            yield f"{event} {arguments}"


def inside(path: str, named: set[str]) -> bool:
    """Tell whether a path is in a folder that was named."""
    return any(str(parent) in named for parent in Path(path).parents)


def places(tmp_path: Path, name: str) -> Path:
    """Return a folder for a model, with empty files around it that it must leave alone."""
    place = tmp_path / name / "in"
    place.mkdir(parents=True)
    (place / base.BESIDE).touch()
    return place


HOSTILE = [*configs.CASES, *storage.CASES, *files.CASES, *recorded.CASES[::5]]


def parts(cases: Sequence[base.Case]) -> pytest.MarkDecorator:
    """Return the parameter ``cases``: a third of them, and all of them in a sweep."""
    some = [case for case in cases if rank(case.name) % 3 == 0]
    every = pytest.param(cases, id="all", marks=pytest.mark.sweep)
    return pytest.mark.parametrize("cases", [pytest.param(some, id="some"), every])


@parts(HOSTILE)
def test_python_opens_and_runs_nothing_else(tmp_path: Path, cases: Sequence[base.Case]) -> None:
    output = tmp_path / "out"
    output.mkdir()
    warm = [
        ["convert", *_weights(case.write(places(tmp_path, f"warm{number}"))), *case.options]
        for number, case in enumerate(cases)
        if case.expect == "converted"
    ]
    named: list[list[Path]] = []
    commands = []
    for number, case in enumerate(cases):
        paths = case.write(places(tmp_path, str(number)))
        commands.append(["convert", *_weights(paths), *case.options])
        commands.append(["inspect", "--scan", str(paths[0]), *case.options])
        named += [paths, paths]
    for number, command in enumerate([*warm, *commands]):
        if command[0] == "convert":
            command += ["-q", "-o", str(output / f"{number}.onnx")]
    # The warming has everything imported that a conversion and its errors need.
    environment = {**os.environ, "WARM": str(2 * len(warm) + len(commands))}
    every = [*warm, *commands, *warm, *commands]
    done = subprocess.run(
        [sys.executable, "-c", WATCH],
        input=json.dumps(every),
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=output,
        timeout=580,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)[-len(commands) :]
    wrong = [
        (command[0], str(paths[0]), breach)
        for command, paths, (_, events) in zip(commands, named, found, strict=True)
        for breach in breaches(events, output, _beside(paths))
    ]
    assert not wrong
    assert sum(any(event == "open" for event, _ in events) for _, events in found) > 50


def _beside(paths: Sequence[Path]) -> list[Path]:
    """Return the named files, and the shards that a manifest may name beside it."""
    return [*paths, *(path.parent / "w.bin" for path in paths if path.name == "model.json")]


def _weights(paths: Sequence[Path]) -> list[str]:
    first, *others = map(str, paths)
    return [first, *(option for path in others for option in ("--weights", path))]


def can_trace() -> bool:
    """Tell whether strace is there and may trace."""
    if shutil.which("strace") is None:
        return False
    done = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False)  # noqa: S607
    return done.returncode == 0


traced = pytest.mark.skipif(not can_trace(), reason="strace is not installed, or may not trace")
CALLS = "open,openat,openat2,creat,connect,execve,rename,renameat,renameat2,mkdir,mkdirat"
CALL = re.compile(r'\d+ +(\w+)\((?:AT_FDCWD, |\d+(?:<[^>]*>)?, )?"((?:[^"\\]|\\.)*)"(.*)')
BEGUN = f"{os.devnull}/begun"
"""What is asked for, in vain, where a command begins."""

ONE_BY_ONE = f"""
import contextlib, json, os, sys
import h5py, onnx
import keronyx.cli.convert, keronyx.cli.scan, keronyx.runtime.proof.checking
from keronyx.cli import main
from keronyx.runtime.session.predictor import default_engine

default_engine()  # imports it, with its telemetry off

codes = []
for command in json.load(sys.stdin):
    with contextlib.suppress(OSError):
        open({BEGUN!r})
    sys.argv[1:] = command
    codes.append(main())
print(json.dumps(codes))
"""

Call = tuple[str, str, str]


def trace(tmp_path: Path, *commands: Sequence[object]) -> list[tuple[int, list[Call]]]:
    """Run commands one by one, and return of each the exit code and the system calls with paths."""
    log, here = tmp_path / "strace.log", tmp_path / "here"
    here.mkdir()
    options = ["-f", "-qq", "-s", "4096", "-e", f"trace={CALLS}", "-o", str(log)]
    done = subprocess.run(
        ["strace", *options, sys.executable, "-c", ONE_BY_ONE],  # noqa: S607
        input=json.dumps([[*map(str, command)] for command in commands]),
        capture_output=True,
        check=True,
        cwd=here,
        text=True,
        timeout=300,
    )
    lines = log.read_text("utf-8", "replace").splitlines()
    assert not [line for line in lines if "AF_INET" in line]
    found: list[list[Call]] = [[]]
    for match in filter(None, map(CALL.match, lines)):
        if match[2] == BEGUN:
            found.append([])
        found[-1].append((match[1], match[2], match[3]))
    codes: list[int] = json.loads(done.stdout.splitlines()[-1])
    return list(zip(codes, found[1:], strict=True))


def good(tmp_path: Path) -> list[list[object]]:
    """Return commands on good models."""
    found: list[list[object]] = []
    for number, write in enumerate((base.hdf5(), base.keras(), base.text(base.CONFIG))):
        place = tmp_path / f"good{number}"
        place.mkdir()
        paths = write(place)
        np.save(place / "rows.npy", np.zeros((2, 4), np.float32))
        found += [
            ["convert", *_weights(paths), "-o", place / "m.onnx"],
            ["predict", place / "m.onnx", "--input", place / "rows.npy"],
            ["check", place / "m.onnx", *_weights(paths)],
        ]
    return found


def watched(
    tmp_path: Path, *commands: Sequence[object]
) -> tuple[set[tuple[str, str]], list[tuple[int, list[Call]]]]:
    """Return the calls that good models make as well, what libraries look at, and the others."""
    known = good(tmp_path)
    found = trace(tmp_path, *known, *commands)
    usual = {(call, path) for _, calls in found[: len(known)] for call, path, _ in calls}
    return usual, found[len(known) :]


def strays(
    calls: list[tuple[str, str, str]],
    tmp_path: Path,
    usual: set[tuple[str, str]],
    *named: Path,
    output: Path | None = None,
) -> list[str]:
    """Return the calls that reach for something that was not named, nor is usual."""
    mine = {str(path) for path in named}
    roots = tuple(known_roots())
    found = []
    for call, path, rest in calls:
        writes = call not in {"open", "openat", "openat2", "execve"} or re.search(
            "O_WRONLY|O_RDWR|O_CREAT", rest
        )
        at_output = output is not None and (
            path.startswith((str(output.parent), ".keronyx")) or path == output.name
        )
        known = at_output or path in mine or (call, path) in usual
        if known or path in {".", "/", str(tmp_path / "here")}:
            continue
        outside = path.startswith(str(tmp_path)) or not path.startswith(roots)
        if outside or (writes and not path.startswith(("/dev/", "/proc/self"))):
            found.append(f"{call} {path}{rest}")
    return found


KINDS = (
    "link ", "numbers in", "virtual", "soft", "shard", "saved model layer", "vocabulary",
    "filter", "member config.json that", "pickled",
)  # fmt: skip


@traced
@parts([case for case in HOSTILE if case.name.startswith(KINDS)])
def test_system_calls_of_conversions(tmp_path: Path, cases: Sequence[base.Case]) -> None:
    commands: list[list[object]] = []
    every = []
    for number, case in enumerate(cases):
        paths = case.write(places(tmp_path, f"m{number}"))
        output = tmp_path / f"out{number}" / "m.onnx"
        output.parent.mkdir()
        commands.append(["convert", *_weights(paths), "-o", output])
        commands.append(["inspect", "--scan", paths[0]])
        every += [(case, paths, output)] * 2
    usual, found = watched(tmp_path, *commands)
    for command, (case, paths, output), (code, calls) in zip(commands, every, found, strict=True):
        folder = [paths[0].parent] if paths[0].name == "model.json" else []
        assert code == 2 or command[0] == "inspect" or case.expect != "refused", case.name
        assert any(path == str(paths[0]) for _, path, _ in calls), case.name
        wrong = strays(calls, tmp_path, usual, *_beside(paths), *folder, output=output)
        assert not wrong, case.name
        assert list(output.parent.iterdir()) in ([], [output])


@traced
def test_system_calls_of_reading_onnx(tmp_path: Path) -> None:
    commands: list[list[object]] = []
    every = []
    rows, keras = tmp_path / "rows.npy", tmp_path / "m.h5"
    np.save(rows, np.zeros((2, 4), np.float32))
    keras.write_bytes(base.hdf5_bytes())
    for kind in ("good", "above", "symbolic link", "hard link", "device"):
        entries = {"location": "w.data"} if kind == "good" else external.REFUSED[kind]
        place = tmp_path / kind
        place.mkdir()
        path = external.files(place, external.model(external.tensor(**entries)))
        commands += [["predict", path, "--input", rows], ["check", path, keras]]
        own = [path.parent / "w.data", Path("w.data")] if kind == "good" else []
        every += [(kind, [path, rows, keras, path.parent, *own])] * 2
    usual, found = watched(tmp_path, *commands)
    for command, (kind, named), (code, calls) in zip(commands, every, found, strict=True):
        assert not strays(calls, tmp_path, usual, *named), kind
        if command[0] == "predict":
            assert code == (0 if kind == "good" else 2)


def test_external_model_is_sound(tmp_path: Path) -> None:
    path = external.files(tmp_path, external.model(external.tensor(location="w.data")))
    onnx.checker.check_model(path)
