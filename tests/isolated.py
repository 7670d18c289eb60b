"""Programs that do to the command line's child what a hostile file would."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MODELS = Path(__file__).resolve().parents[1] / "models"
IRIS = MODELS / "iris" / "iris.h5"

DRIVER = """
import sys, os, itertools, signal, socket, time
import numpy as np
from keronyx.cli import main
from keronyx.converter.files import storage
from keronyx import checking

def misbehave(*_, **__):
    {deed}

{place} = misbehave
sys.exit(main())
"""
READING = "storage.h5py.File"
CHECKING = "checking.check"
HANG = "sum(itertools.repeat(0, 3 * 10**9))  # a minute in C, with the interpreter's lock"
CRASH = "os.kill(os.getpid(), signal.SIGSEGV)"
BLOW_UP = "return [np.zeros(10**8) for _ in range(5)]"

Done = subprocess.CompletedProcess[str]


def misbehaving(deed: str, place: str, *arguments: object, **options: Any) -> Done:
    """Run the command line while a function in it does something else."""
    program = DRIVER.format(deed=deed, place=place)
    return command("-c", program, *arguments, **options)


def keronyx(*arguments: object, **options: Any) -> Done:
    """Run the command line."""
    return command("-m", "keronyx", *arguments, **options)


def command(*arguments: object, **options: Any) -> Done:
    """Run this interpreter."""
    options = {"capture_output": True, "text": True, "timeout": 120, **options}
    return subprocess.run([sys.executable, *map(str, arguments)], check=False, **options)


ENDED = "it ended with"
IN_TURN = f"""
import json, sys
from keronyx.cli import main
from keronyx.runtime.session.predictor import default_engine
default_engine()
import h5py, onnx, keronyx.cli.convert, keronyx.runtime.proof.checking
for command in json.loads(sys.argv[1]):
    sys.argv[1:] = command
    print({ENDED!r}, main(), flush=True)
"""


def in_turn(commands: Sequence[Sequence[object]], **options: Any) -> Done:
    """Run the command line once for each command, from one process."""
    lines = [[*map(str, each)] for each in commands]
    return command("-c", IN_TURN, json.dumps(lines), **options)


def codes(done: Done) -> list[int]:
    """Return the exit codes of commands that ran in turn."""
    lines = [line for line in done.stdout.splitlines() if line.startswith(ENDED)]
    return [int(line.removeprefix(ENDED)) for line in lines]


def names(folder: Path) -> list[str]:
    """List everything in a folder, hidden files too."""
    return sorted(each.name for each in folder.iterdir())


def told(done: Done) -> str:
    """Return the one line of a refusal."""
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("keronyx: ")
    assert done.stderr.count("\n") == 1
    assert done.stderr.isascii()
    assert len(done.stderr) < 500
    return done.stderr
