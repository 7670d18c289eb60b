"""No file but the named ones is opened, nothing is imported, run or written: watched from outside.

Python's own audit events tell it; what its C libraries do, ``test_access_calls`` tells.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="paths and pipes of POSIX")
if sys.platform != "win32":
    from accessed import HOSTILE, beside, known_roots, parts, places, weights_of
    from hostile import base

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


@parts(HOSTILE)
def test_python_opens_and_runs_nothing_else(tmp_path: Path, cases: Sequence[base.Case]) -> None:
    output = tmp_path / "out"
    output.mkdir()
    warm = [
        ["convert", *weights_of(case.write(places(tmp_path, f"warm{number}"))), *case.options]
        for number, case in enumerate(cases)
        if case.expect == "converted"
    ]
    named: list[list[Path]] = []
    commands = []
    for number, case in enumerate(cases):
        paths = case.write(places(tmp_path, str(number)))
        commands.append(["convert", *weights_of(paths), *case.options])
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
        for breach in breaches(events, output, beside(paths))
    ]
    assert not wrong
    assert sum(any(event == "open" for event, _ in events) for _, events in found) > 50
