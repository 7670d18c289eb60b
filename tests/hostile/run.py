"""Run the command line on a hostile file, in a process that is limited and measured."""

import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

PRELOADED = [
    "h5py",
    "onnx",
    "onnxruntime",
    "yaml",
    "keronyx.cli.convert",
    "keronyx.cli.program",
    "keronyx.cli.scan",
    "keronyx.converter.files.archive",
    "keronyx.converter.files.reach",
    "keronyx.converter.files.yaml_text",
    "keronyx.runtime.proof.checking",
]
SECONDS = 20
"""Processor time after which a process is killed."""


class Ended(NamedTuple):
    """How a command ended: its output, its exit code (None: it did not return), what it took."""

    out: str
    err: str
    code: int | None
    seconds: float
    megabytes: float


def run(folder: Path, *commands: Sequence[object]) -> list[Ended]:
    """Run the command line once for each command; its output goes to files in a folder."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    receiving, sending = context.Pipe(duplex=False)
    lines = [list(map(str, command)) for command in commands]
    process = context.Process(target=_child, args=(lines, str(folder), sending))
    process.start()
    sending.close()
    process.join(10 * SECONDS)
    if process.exitcode is None:
        process.kill()
        process.join()
    found = [_ended(folder, number, receiving) for number in range(len(commands))]
    receiving.close()
    return found


def _ended(folder: Path, number: int, receiving: Connection) -> Ended:
    out, err = (_text(folder / f"{number}.{name}") for name in ("out", "err"))
    try:
        code, seconds, megabytes = receiving.recv()
    except EOFError:
        code, seconds, megabytes = None, float("inf"), float("inf")
    return Ended(out, err, code, seconds, megabytes)


def _text(path: Path) -> str:
    return path.read_text("utf-8", "replace") if path.exists() else ""


def _child(commands: list[list[str]], folder: str, sending: Connection) -> None:
    from keronyx.cli import main  # noqa: PLC0415

    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number, arguments in enumerate(commands):
        for descriptor, name in ((1, "out"), (2, "err")):
            path = f"{folder}/{number}.{name}"
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
        started, before = time.process_time(), _peak()
        code = main(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
        sending.send((code, time.process_time() - started, _peak() - before))
    sending.close()
    os._exit(0)


def _peak() -> float:
    """Return the most memory that the process had, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
