"""What a fuzz target is, and how one sample is examined: in this process, or in one of its own."""

import faulthandler
import json
import os
import resource
import signal
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import FrameType
from typing import Final

from keronyx.converter.errors import CheckError, KeronyxError

SECONDS: Final = 10
"""Processor time of one sample."""

MEMORY: Final = 3 << 30
"""Address space of one sample in a process of its own."""

LONGEST: Final = 2000
"""Characters of a message: the command line's one line, several refusals joined."""

LIBRARY: Final = "library"
"""How a finding starts that is a fault of libhdf5 or onnxruntime, and none of ours."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """Something that reads what somebody else wrote.

    ``make`` returns a sample that nearly makes sense; ``read`` reads one, with a folder to put it
    in. ``apart`` says that a C library reads it, whose faults end a process.
    """

    name: str
    make: Callable[[Random], bytes]
    read: Callable[[bytes, Path], None]
    apart: bool = False


class SlowError(Exception):
    """A sample took more than ``SECONDS``."""


def examine(target: Target, data: bytes) -> str:
    """Return what rule a sample breaks: "" for none."""
    return examine_all(target, [data])[0]


def examine_all(target: Target, samples: Sequence[bytes]) -> list[str]:
    """Return for each sample what rule it breaks."""
    if not target.apart:
        return [_here(target, data) for data in samples]
    found: list[str] = []
    while len(found) < len(samples):
        found += _apart(target, samples[len(found) :])
    return found


def _here(target: Target, data: bytes) -> str:
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=_fastest()) as folder:
        return judged(target, data, Path(folder))


def _fastest() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a name of its own in it


def judged(target: Target, data: bytes, folder: Path) -> str:
    """Read a sample, and return what was wrong about the way it ended."""
    try:
        with warnings.catch_warnings(), _limited():
            warnings.simplefilter("error")
            target.read(data, folder)
    except CheckError as error:  # the two readings part: one of them is wrong
        return f"differs: {error}"
    except KeronyxError as error:
        text = str(error)
        fine = text.isprintable() and len(text) <= LONGEST and text
        return "" if fine else f"message of {len(text)} characters: {text[:200]!r}"
    except SlowError:
        return f"slow: more than {SECONDS} s"
    except BaseException as error:  # noqa: BLE001 - this is what is looked for
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if "/fuzz/" not in frame.filename] or list(frames)
        place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
        return f"{type(error).__name__} at {place}: {str(error)[:200]}"
    return ""


@contextmanager
def _limited() -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise SlowError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _apart(target: Target, samples: Sequence[bytes]) -> list[str]:
    """Examine samples in a child, up to the one that it dies of: that is the library's fault."""
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=_fastest()) as folder:
        reading, writing = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a fork beside threads: none of them is needed
            child = os.fork()
        if child == 0:
            os.close(reading)
            _in_child(target, samples, Path(folder), writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            said = pipe.read().decode()
        _, status = os.waitpid(child, 0)
    found: list[str] = [json.loads(line) for line in said.splitlines()]
    if len(found) < len(samples):
        died = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        found.append(f"{LIBRARY}: {signal.Signals(died).name if died else 'ended'}")
    return found


def _in_child(target: Target, samples: Sequence[bytes], folder: Path, writing: int) -> None:
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, most))
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        faulthandler.disable()
        for number, data in enumerate(samples):
            used = int(time.process_time()) + 1
            _, most = resource.getrlimit(resource.RLIMIT_CPU)
            resource.setrlimit(resource.RLIMIT_CPU, (used + 2 * SECONDS, most))
            place = folder / str(number)
            place.mkdir()
            os.write(writing, json.dumps(judged(target, data, place)).encode() + b"\n")
    finally:
        os._exit(0)
