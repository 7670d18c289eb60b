"""How much memory and time a process may take, by the size of what it was given to read."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from keronyx.converter.errors import UsageError, shorten

MB: Final = 1_000_000

HOSTILE: Final = "the file is malformed or hostile"
"""What is told of a file that goes beyond them."""

READING_MEMORY: Final = 384 * MB
READING_MEMORY_FACTOR: Final = 4
"""What libhdf5 and what comes of it may take: this, and this times the size of the file."""

READING_SECONDS: Final = 3
READING_SECONDS_PER_MB: Final = 2
"""Processor time until libhdf5 has to be back; it takes a tenth of that."""

STALLED_AFTER: Final = 60
STALLED_FACTOR: Final = 10
"""The same in seconds of the clock, for a library that waits for ever."""

MEMORY: Final = 2_000 * MB
MEMORY_PER_PROCESSOR: Final = 64 * MB
MEMORY_FACTOR: Final = 8
ROWS_MEMORY_FACTOR: Final = 64
"""What the whole may take: a base, threads' stacks and buffers, and by the sizes of the files."""

SECONDS: Final = 600
SECONDS_PER_MB: Final = 10
"""Processor time of the whole; threads that wait count too, so this is for every processor."""

ENTRIES: Final = 100_000
"""Most files of a folder that are counted."""

ALONE: Final = (b"\x89HDF\r\n\x1a\n", b"PK\x03\x04", b"\x93NUMPY")
"""First bytes of files that need no other file beside them."""

MEMORY_VARIABLE: Final = "KERONYX_MEMORY"
SECONDS_VARIABLE: Final = "KERONYX_SECONDS"
"""Environment variables that replace the limits, in MB and in seconds; 0 is no limit."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits of a whole process, in bytes and in seconds of processor time; None is none."""

    memory: int | None
    seconds: int | None

    @classmethod
    def of(cls, models: Iterable[str], rows: Iterable[str]) -> "Limits":
        """Return the limits for reading these models and these tables.

        What comes through a pipe has no size, and so takes the limits away.
        """
        model, row = _total(models), _total(rows)
        memory = seconds = None
        if model is not None and row is not None:
            processors = os.cpu_count() or 1
            memory = MEMORY + processors * MEMORY_PER_PROCESSOR
            memory += MEMORY_FACTOR * model + ROWS_MEMORY_FACTOR * row
            seconds = (SECONDS + model * SECONDS_PER_MB // MB) * (1 + row // MB) * processors
        return cls(
            memory=_said(MEMORY_VARIABLE, MB, memory), seconds=_said(SECONDS_VARIABLE, 1, seconds)
        )


def reading_seconds(size: int) -> int:
    """Return the processor time that libhdf5 may take for so many bytes."""
    seconds = READING_SECONDS + size * READING_SECONDS_PER_MB // MB
    return _said(SECONDS_VARIABLE, 1, seconds) or 0


def reading_memory(size: int) -> int:
    """Return the bytes that may be added while libhdf5 reads a file."""
    return READING_MEMORY + READING_MEMORY_FACTOR * size


def _said(variable: str, unit: int, otherwise: int | None) -> int | None:
    """Return what the environment says of a limit."""
    text = os.environ.get(variable, "")
    if not text:
        return otherwise
    if not _is_whole(text):
        raise UsageError(
            f"{variable}={shorten(text)!r}", hint="give a whole number, 0 for no limit"
        )
    return int(text) * unit or None


def _is_whole(text: str) -> bool:
    """Tell a number of no more digits than anything has."""
    return text.isascii() and text.isdigit() and len(text) <= 12


def _total(paths: Iterable[str]) -> int | None:
    total = 0
    for size in map(size_of, paths):
        if size is None:
            return None
        total += size
    return total


def size_of(path: str) -> int | None:
    """Return how many bytes a path stands for; None where that is not known."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return _folder_size(home(path)) if is_prefix(path) else 0
    if stat.S_ISDIR(status.st_mode):
        return _folder_size(path)
    if not stat.S_ISREG(status.st_mode):
        return None
    return status.st_size if is_alone(path) else max(status.st_size, _folder_size(home(path)))


def is_prefix(path: str) -> bool:
    """Tell what the names of a checkpoint's files begin with, where nothing else has that name."""
    return not os.path.lexists(path) and os.path.isfile(f"{path}.index")  # noqa: PTH113


def has_others(path: str) -> bool:
    """Tell whether a path means files beside it, too."""
    is_file = os.path.isfile(os.path.realpath(path))  # noqa: PTH113
    return is_prefix(path) or (is_file and not is_alone(path))


def home(path: str) -> str:
    """Return the folder that a file is in."""
    return os.path.dirname(os.path.realpath(path))  # noqa: PTH120


def is_alone(path: str) -> bool:
    """Tell whether a regular file needs no other beside it."""
    try:
        with Path(path).open("rb") as file:
            return file.read(8).startswith(ALONE)
    except OSError:
        return True


def _folder_size(path: str) -> int:
    """Return how many bytes are in a folder, and in those that are in it."""
    total = 0
    with suppress(OSError):
        for entry in islice(_entries(path), ENTRIES):
            total += entry.stat().st_size if entry.is_file() else 0
    return total


def _entries(path: str, depth: int = 1) -> Iterator["os.DirEntry[str]"]:
    """Yield what is in a folder, and in those that are in it."""
    with os.scandir(path) as entries:
        for entry in entries:
            yield entry
            if depth and entry.is_dir(follow_symlinks=False):
                yield from _entries(entry.path, depth - 1)
