"""Inside the process that reads: limits are set before a file is opened, and steps are told."""

import json
import math
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

from keronyx.converter.errors import FileFormatError
from keronyx.converter.output import staging_name
from keronyx.converter.watch import Watch, tell_from_now_on
from keronyx.isolation import limits
from keronyx.isolation.limits import MB, Limits

if sys.platform != "win32":
    import resource

ENDING: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""Signals that ask a process to end."""


@dataclass(frozen=True, kw_only=True)
class Named:
    """Paths that the user named.

    ``models`` and ``rows`` are read; in ``places`` files are written that appear at once, below
    ``trees`` whole folders. ``standing`` are files that may be replaced: what they are is read off
    them. ``free`` is for a library that reads and writes where it likes.
    """

    models: Sequence[str] = ()
    rows: Sequence[str] = ()
    places: Sequence[str] = ()
    trees: Sequence[str] = ()
    standing: Sequence[str] = ()
    free: bool = False


class Child(Watch):
    """Tells the other process through a pipe."""

    def __init__(self, channel: int) -> None:
        self._channel = channel
        self._staging: dict[str, Path] = {}
        self.limits = Limits(memory=None, seconds=None)
        self.landlock = 0

    def tell(self, **what: Any) -> None:
        """Send one line; where nobody listens any more, there is nothing left to do."""
        self.send(json.dumps(what).encode() + b"\n")

    def send(self, data: bytes | memoryview) -> None:
        """Send bytes."""
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._channel, view) :]
        except OSError:
            raise KeyboardInterrupt from None

    def confine(self, named: Named) -> None:
        """Take away what reading these files does not need."""
        if named.free:
            return
        self.limits = Limits.of(named.models, named.rows)
        self._limit()
        self._restrict(named)
        if os.environ.get("KERONYX_DEBUG"):
            sys.stderr.write(f"keronyx: {self.limits}, Landlock {self.landlock or 'is missing'}\n")

    def _limit(self) -> None:
        if sys.platform == "win32":
            return
        _lower(resource.RLIMIT_DATA, self.limits.memory)
        seconds = self.limits.seconds
        _lower(resource.RLIMIT_CPU, seconds, None if seconds is None else seconds + 10)

    def _restrict(self, named: Named) -> None:
        from keronyx.isolation import landlock, paths  # noqa: PLC0415 - not for `--help`

        if not landlock.version():
            return
        rules = dict(paths.interpreter())
        rules |= dict.fromkeys(named.standing, landlock.READ_FILE)
        rules |= dict.fromkeys(paths.readable([*named.models, *named.rows]), landlock.READ)
        for place in named.places:
            folder = self._stage(Path(place))
            if folder is not None:
                rules[place] = rules.get(place, 0) | landlock.PLACE
                rules[str(folder)] = landlock.FILL
        rules |= dict.fromkeys(named.trees, landlock.FILL)
        self.landlock = landlock.restrict(rules)

    def _stage(self, parent: Path) -> Path | None:
        """Make the folder in which files will grow, since later nothing can be opened beside."""
        folder = staging_name(parent)
        self.making(folder)
        try:
            folder.mkdir(mode=0o700)
        except (OSError, ValueError):
            return None  # whoever writes there later says what is wrong
        self._staging[os.path.realpath(parent)] = folder
        return folder

    def staging(self, parent: Path) -> Path | None:
        """Return the folder that was made beside."""
        return self._staging.get(os.path.realpath(parent))

    def making(self, folder: Path) -> None:
        """Say that a folder must not stay."""
        self.tell(folder=str(folder.absolute()))

    @contextmanager
    def reading(self, path: str, size: int) -> Iterator[None]:
        """Give a C library what it needs for this file, and not more."""
        seconds = limits.reading_seconds(size)
        self.tell(reading=path, seconds=seconds)
        before = self._tighten(seconds, size)
        try:
            yield
        except MemoryError as error:
            more = limits.reading_memory(size) // MB
            hint = f"{limits.MEMORY_VARIABLE}=0 takes the limit away"
            what = f"takes more than {more} MB to read: {limits.HOSTILE}"
            raise FileFormatError(what, hint=hint, path=path) from error
        finally:
            for which, value in before.items():
                resource.setrlimit(which, value)
            self.tell(reading="", seconds=0)

    def _tighten(self, seconds: int, size: int) -> dict[int, tuple[int, int]]:
        """Set the limits of reading, and return those there were."""
        if sys.platform == "win32":
            return {}
        which = (resource.RLIMIT_CPU, resource.RLIMIT_DATA)
        before = {each: resource.getrlimit(each) for each in which}
        if seconds:
            _soften(resource.RLIMIT_CPU, math.ceil(time.process_time() + seconds))
        if self.limits.memory is not None:
            _soften_data(limits.reading_memory(size))
        return before

    def want_of_memory(self) -> str:
        """Say that memory was not enough, and how much there was."""
        memory = self.limits.memory
        if memory is None:
            return "not enough memory"
        variable = limits.MEMORY_VARIABLE
        return f"not enough memory in {memory // MB} MB; {variable}={2 * memory // MB} allows more"

    def end(self, code: int) -> None:
        """Remove what was made beforehand, and say how it ended."""
        for folder in self._staging.values():
            with suppress(OSError):
                for left in folder.iterdir():
                    left.unlink()
                folder.rmdir()
        self.tell(done=code)


def _soften_data(more: int) -> None:
    """Allow so much memory more, where it is known how much there is in use."""
    used = _data_in_use()
    if used and sys.platform != "win32":
        _soften(resource.RLIMIT_DATA, used + more)


_children: list[Child] = []


def begin(channel: int, parent: int) -> Child:
    """Make this process a child that ends with its parent, and tell where to find it."""
    child = Child(channel)
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    _end_with(parent)
    if sys.platform != "win32" and not os.environ.get("KERONYX_DEBUG"):
        _lower(resource.RLIMIT_CORE, 0)
    _children.append(child)
    tell_from_now_on(child)
    return child


def _end_with(parent: int) -> None:
    """End when the parent does, which it may have done already; only Linux knows how."""
    if sys.platform == "linux":
        from keronyx.isolation import landlock  # noqa: PLC0415

        landlock.end_with_parent(signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)


def current() -> Child | None:
    """Return the child that this process is, if it is one."""
    return _children[-1] if _children else None


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """End once: a second signal must not disturb the tidying up after the first."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def hush() -> None:
    """Keep C libraries' own words from the terminal; Python's go where they went."""
    if sys.stderr is None or os.environ.get("KERONYX_DEBUG"):
        return
    with suppress(OSError, ValueError):
        ours = os.dup(2)
        encoding = sys.stderr.encoding
        sys.stderr = open(ours, "w", 1, encoding, "backslashreplace", closefd=False)  # noqa: SIM115
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _lower(which: int, soft: int | None, hard: int | None = None) -> None:
    """Set a limit for good, where there is none that is lower."""
    if soft is None:
        return
    limit = resource.getrlimit(which)[1]
    hard = soft if hard is None else hard
    if limit != resource.RLIM_INFINITY:
        soft, hard = min(soft, limit), min(hard, limit)
    with suppress(ValueError, OSError):
        resource.setrlimit(which, (soft, hard))


def _soften(which: int, value: int) -> None:
    """Lower a limit for a while."""
    soft, hard = resource.getrlimit(which)
    if soft == resource.RLIM_INFINITY or value < soft:
        with suppress(ValueError, OSError):
            resource.setrlimit(which, (value, hard))


def _data_in_use() -> int:
    """Return the bytes of data that the process has; 0 where nobody says."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - the fastest way
            return int(file.read().split()[5]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 0
