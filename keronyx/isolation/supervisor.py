"""Outside of the process that reads: whatever happens to it, it ends, and it is told in a line."""

import os
import queue
import re
import signal
import stat
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from keronyx.converter.errors import FileFormatError, KeronyxError
from keronyx.converter.output import STAGING
from keronyx.isolation.inbox import Inbox
from keronyx.isolation.limits import HOSTILE, SECONDS_VARIABLE, STALLED_AFTER, STALLED_FACTOR

TICK: Final = 0.5
GRACE: Final = 2.0
"""Seconds for tidying up after an interrupt, and for ending once everything was said."""

PIECE: Final = 1 << 20
KILL: Final = getattr(signal, "SIGKILL", signal.SIGTERM)
OURS: Final = re.compile(re.escape(STAGING) + "[0-9a-f]{16}")
CRASHES: Final = ("SIGSEGV", "SIGBUS", "SIGABRT", "SIGFPE", "SIGILL", "SIGTRAP", "SIGSYS")

INTERRUPTED, STALLED, GARBLED = "interrupted", "stalled", "garbled"
"""Why a child was ended from outside."""


@dataclass(frozen=True)
class Ended:
    """How a child ended: ``status`` as ``subprocess`` has it, ``cause`` where it was ended."""

    status: int
    cause: str
    said: Inbox

    @property
    def name(self) -> str:
        """The signal that it died of, if it did."""
        return signal.Signals(-self.status).name if self.status < 0 else ""

    def fault(self) -> KeronyxError | None:
        """Return what is to be told of a child that did not come to its own end."""
        if self._is_own_end:
            return None
        if self.cause == STALLED or self.name == "SIGXCPU":
            return self._slow()
        if self.cause == GARBLED:
            return KeronyxError(f"the process talked nonsense: {HOSTILE}")
        return self._death()

    @property
    def _is_own_end(self) -> bool:
        """Whether the child said that it was done, and ended as it said."""
        return self.said.done is not None and self.said.done == self.status

    def _slow(self) -> KeronyxError:
        more = f"{SECONDS_VARIABLE}={4 * self.said.seconds or 3600} allows more"
        if not self.said.reading:
            return KeronyxError("takes too much processor time", hint=more)
        what = f"cannot be read in {self.said.seconds} s: {HOSTILE}"
        return FileFormatError(what, hint=more, path=self.said.reading)

    def _death(self) -> KeronyxError:
        path = self.said.reading
        if path and self.name in CRASHES:
            return FileFormatError(f"made its reader crash ({self.name}): {HOSTILE}", path=path)
        if self.name == "SIGKILL":
            what = "the process was killed, most likely for want of memory"
            return KeronyxError(what, path=path)
        how = self.name or f"exit status {self.status}"
        return KeronyxError(f"the process ended without a word ({how})", path=path)


class Supervisor:
    """Listens to a child and ends it when it must.

    ``poll`` returns its status once it has ended, ``kill`` sends it a signal; ``channel`` is where
    it talks, and up to ``most`` bytes of numbers are taken from there. Seconds are counted while
    this process runs, so that a stopped one loses none.
    """

    def __init__(
        self,
        poll: Callable[[], int | None],
        kill: Callable[[int], None],
        channel: int,
        most: int | None = None,
    ) -> None:
        self._poll = poll
        self._kill = kill
        self._queue: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._said = Inbox(most)
        self._left: float | None = None
        self._cause = ""
        self._closed = False
        self._listener = threading.Thread(target=self._listen, args=(channel,), daemon=True)
        self._listener.start()

    def _listen(self, channel: int) -> None:
        with suppress(OSError):
            while data := os.read(channel, PIECE):
                self._queue.put(data)
        self._queue.put(b"")

    def run(self) -> Ended:
        """Wait for the end; whatever comes in between, the child is gone and has left nothing."""
        try:
            while (status := self._poll()) is None:
                self._wait()
            while not self._closed and self._take(GRACE):
                pass
        except BaseException:
            self._kill_and_wait()
            raise
        finally:
            self._tidy()
            self._listener.join(GRACE)  # whoever made the channel may close it now
        return Ended(status, self._cause, self._said)

    def _kill_and_wait(self) -> None:
        self._kill(KILL)
        while self._poll() is None:
            time.sleep(0.001)

    def interrupt(self, number: int) -> None:
        """Ask the child to end; soon it is not asked any more."""
        self._kill(number)
        self._cause = INTERRUPTED
        self._left = GRACE

    def _wait(self) -> None:
        if self._closed:
            time.sleep(0.001)  # it closes its files a moment before it is gone
            self._tick(0.001)
        elif not self._take(TICK):
            self._tick(TICK)

    def _tick(self, seconds: float) -> None:
        if self._left is None:
            return
        self._left -= seconds
        if self._left <= 0:
            self._left = None
            self._end(STALLED)

    def _end(self, cause: str) -> None:
        self._cause = self._cause or cause
        self._kill(KILL)

    def _take(self, seconds: float) -> bool:
        """Take in what the child said, and tell whether it said anything."""
        try:
            data = self._queue.get(timeout=seconds)
        except queue.Empty:
            return False
        steps = self._said.steps
        self._hear(data)
        if not data:
            self._closed = True
            self._left = GRACE
        elif steps != self._said.steps and not self._cause:
            self._allow_time(self._said.seconds)
        return bool(data)

    def _hear(self, data: bytes) -> None:
        """Understand what was said, or end a child that talks nonsense."""
        try:
            self._said.hear(data)
        except (ValueError, TypeError, RecursionError):
            self._end(GARBLED)

    def _allow_time(self, seconds: float) -> None:
        """Let the next step take as long as it was said to, and some; 0 is for ever."""
        self._left = STALLED_AFTER + STALLED_FACTOR * seconds if seconds else None

    def _tidy(self) -> None:
        """Remove folders of files that never became whole; only such as are named like ours."""
        for folder in self._said.folders:
            with suppress(OSError):
                if OURS.fullmatch(folder.name) and stat.S_ISDIR(folder.lstat().st_mode):
                    import shutil  # noqa: PLC0415 - hardly ever needed

                    shutil.rmtree(folder)
