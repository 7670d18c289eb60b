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


def test_python_opens_and_runs_nothing_else(tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.mkdir()
    warm = [
        ["convert", *_weights(case.write(places(tmp_path, f"warm{number}"))), *case.options]
        for number, case in enumerate(HOSTILE)
        if case.expect == "converted"
    ]
    named: list[list[Path]] = []
    commands = []
    for number, case in enumerate(HOSTILE):
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
    assert sum(any(event == "open" for event, _ in events) for _, events in found) > 100


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


def trace(tmp_path: Path, *command: object) -> tuple[int, list[tuple[str, str, str]]]:
    """Run the command line, and return its exit code and the system calls with paths."""
    log, here = tmp_path / "strace.log", tmp_path / "here"
    here.mkdir(exist_ok=True)
    options = ["-f", "-qq", "-s", "4096", "-e", f"trace={CALLS}", "-o", str(log)]
    keronyx = [sys.executable, "-m", "keronyx", *map(str, command)]
    done = subprocess.run(
        ["strace", *options, *keronyx],  # noqa: S607
        capture_output=True,
        check=False,
        cwd=here,
        timeout=300,
    )
    lines = log.read_text("utf-8", "replace").splitlines()
    assert not [line for line in lines if "AF_INET" in line]
    matches = map(CALL.match, lines)
    return done.returncode, [(m[1], m[2], m[3]) for m in matches if m]


@pytest.fixture(scope="session")
def usual(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """The system calls that are made for good models as well: what libraries look at."""
    found: set[tuple[str, str]] = set()
    for number, write in enumerate((base.hdf5(), base.keras(), base.text(base.CONFIG))):
        place = tmp_path_factory.mktemp(f"good{number}")
        paths = write(place)
        found |= _pairs(trace(place, "convert", *_weights(paths), "-o", place / "m.onnx")[1])
        np.save(place / "rows.npy", np.zeros((2, 4), np.float32))
        rows = ["--input", place / "rows.npy"]
        found |= _pairs(trace(place, "predict", place / "m.onnx", *rows)[1])
        found |= _pairs(trace(place, "check", place / "m.onnx", *_weights(paths))[1])
    return found


def _pairs(calls: list[tuple[str, str, str]]) -> set[tuple[str, str]]:
    return {(call, path) for call, path, _ in calls}


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
LEADING = [case.name for case in HOSTILE if case.name.startswith(KINDS)]
SOME = sorted(LEADING)[::3]


@traced
@pytest.mark.parametrize("name", SOME, ids=lambda name: ascii(name)[1:-1])
def test_system_calls_of_a_conversion(
    tmp_path: Path, usual: set[tuple[str, str]], name: str
) -> None:
    [case] = [each for each in HOSTILE if each.name == name]
    paths = case.write(places(tmp_path, "m"))
    output = tmp_path / "out" / "m.onnx"
    output.parent.mkdir()
    named = [*_beside(paths), *([paths[0].parent] if paths[0].name == "model.json" else [])]
    for command in (["convert", *_weights(paths), "-o", output], ["inspect", "--scan", paths[0]]):
        code, calls = trace(tmp_path, *command)
        assert code == 2 or command[0] == "inspect" or case.expect != "refused"
        assert any(path == str(paths[0]) for _, path, _ in calls)
        assert not strays(calls, tmp_path, usual, *named, output=output)
    assert list(output.parent.iterdir()) in ([], [output])


@traced
@pytest.mark.parametrize("kind", ["good", "above", "symbolic link", "hard link", "device"])
@pytest.mark.parametrize("command", ["predict", "check"])
def test_system_calls_of_reading_onnx(
    tmp_path: Path, usual: set[tuple[str, str]], kind: str, command: str
) -> None:
    entries = {"location": "w.data"} if kind == "good" else external.REFUSED[kind]
    path = external.files(tmp_path, external.model(external.tensor(**entries)))
    rows, keras = tmp_path / "rows.npy", tmp_path / "m.h5"
    np.save(rows, np.zeros((2, 4), np.float32))
    keras.write_bytes(base.hdf5_bytes())
    arguments = [path, "--input", rows] if command == "predict" else [path, keras]
    code, calls = trace(tmp_path, command, *arguments)
    named = [
        path,
        rows,
        keras,
        *([path.parent / "w.data", Path("w.data")] if kind == "good" else []),
    ]
    assert not strays(calls, tmp_path, usual, *named, path.parent)
    if command == "predict":
        assert code == (0 if kind == "good" else 2)


def test_external_model_is_sound(tmp_path: Path) -> None:
    path = external.files(tmp_path, external.model(external.tensor(location="w.data")))
    onnx.checker.check_model(path)
