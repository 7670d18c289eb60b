"""No file but the named ones is opened, whatever C libraries do: strace tells the system calls."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
import test_external as external

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="paths and pipes of POSIX")
if sys.platform != "win32":
    from accessed import HOSTILE, beside, known_roots, parts, places, weights_of
    from hostile import base


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
            ["convert", *weights_of(paths), "-o", place / "m.onnx"],
            ["predict", place / "m.onnx", "--input", place / "rows.npy"],
            ["check", place / "m.onnx", *weights_of(paths)],
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
        commands.append(["convert", *weights_of(paths), "-o", output])
        commands.append(["inspect", "--scan", paths[0]])
        every += [(case, paths, output)] * 2
    usual, found = watched(tmp_path, *commands)
    for command, (case, paths, output), (code, calls) in zip(commands, every, found, strict=True):
        folder = [paths[0].parent] if paths[0].name == "model.json" else []
        assert code == 2 or command[0] == "inspect" or case.expect != "refused", case.name
        assert any(path == str(paths[0]) for _, path, _ in calls), case.name
        wrong = strays(calls, tmp_path, usual, *beside(paths), *folder, output=output)
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
