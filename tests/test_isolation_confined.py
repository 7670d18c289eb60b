"""What a confined process may not do, and that every command has what it needs there."""

import os
import shutil
from pathlib import Path

import isolated
import pytest
from isolated import (
    CHECKING,
    IRIS,
    codes,
    command,
    in_turn,
    keronyx,
    misbehaving,
    names,
)

from keronyx.isolation import landlock

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
confined = pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")


FORBIDDEN = {
    "read another file": (0, "open('/etc/hostname')"),
    "list another folder": (0, "os.listdir('/etc')"),
    "write another file": (0, "open('../b', 'w')"),
    "make a folder": (0, "os.mkdir('b')"),
    "change the source": (0, "open({source!r}, 'r+')"),
    "read beside the output": (0, "open('secret')"),
    "write beside the output": (0, "open('secret', 'w')"),
    "start a program": (0, "os.execv('/bin/sh', ['sh', '-c', 'exit 0'])"),
    "connect": (landlock.NETWORK_FROM, "socket.create_connection(('127.0.0.1', 9))"),
    "signal another process": (landlock.SCOPES_FROM, "os.kill(os.getppid(), 0)"),
}

ATTEMPTS = """import builtins
    for name, deed in {deeds!r}:
        try:
            eval(deed)
        except PermissionError:
            print(name)
"""


@confined
def test_what_a_child_may_not_do(tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    deeds = [
        (name, deed.format(source=str(IRIS)))
        for name, (version, deed) in FORBIDDEN.items()
        if version <= landlock.version()
    ]
    program = ATTEMPTS.format(deeds=deeds)
    done = misbehaving(program, CHECKING, "convert", IRIS, "-o", "a.onnx", "-q", cwd=tmp_path)
    assert done.stdout.splitlines() == [name for name, _ in deeds]
    assert names(tmp_path) == ["secret"]


ALONE = """
import os, sys
from keronyx.cli import main
from keronyx.isolation import landlock, worker
restrict = landlock.restrict
def telling(rules):
    os.write(1, b"%d " % len(os.listdir("/proc/self/task")))
    return restrict(rules)
landlock.restrict = telling
sys.exit(main())
"""


@confined
def test_no_thread_is_older_than_its_confinement(tmp_path: Path) -> None:
    source = shutil.copy(IRIS, tmp_path)
    for arguments in (["convert"], ["inspect"], ["trace"], ["code", "--to", "c"]):
        done = command("-c", ALONE, *arguments, source)
        assert done.stdout.startswith("1 "), arguments


@confined
def test_every_command_has_what_it_needs(tmp_path: Path) -> None:
    wine, digits = isolated.MODELS / "wine", isolated.MODELS / "digits" / "digits.keras"
    source = [wine / "wine.json", "--weights", wine / "wine.weights.h5"]
    rows = wine / "rows.csv"
    commands: list[list[object]] = [
        ["convert", digits, "--external-data", "-o", tmp_path / "digits.onnx"],
        ["check", tmp_path / "digits.onnx", digits],
        ["convert", *source, "-o", tmp_path / "wine.onnx"],
        ["check", tmp_path / "wine.onnx", *source, "--samples", wine / "recorded.npz"],
        ["predict", tmp_path / "wine.onnx", "-i", rows, "-o", tmp_path / "out.npz"],
        ["trace", *source, "-i", rows, "--out", tmp_path / "trace.npz"],
        ["inspect", *source],
        ["code", *source, "--to", "c", "-o", tmp_path / "wine.c"],
        ["layers"],
    ]
    done = in_turn(commands, cwd=tmp_path)
    assert codes(done) == [0] * len(commands)
    known = "the columns are taken in the table's order"
    assert [each for each in done.stderr.splitlines() if known not in each] == []
    data = rows.read_text(encoding="utf-8")
    asked = ["predict", *source, "--engine", "numpy", "-i", "/dev/stdin"]
    assert "is no table" in keronyx(*asked, input=data, cwd=tmp_path).stderr
    left = ["digits.onnx", "digits.onnx.data", "out.npz", "trace.npz", "wine.c", "wine.onnx"]
    assert names(tmp_path) == left
