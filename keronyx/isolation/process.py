"""The command line's process: it forks at once, and the child does everything."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Final

from keronyx.converter.errors import KeronyxError
from keronyx.isolation import child
from keronyx.isolation.supervisor import INTERRUPTED, Ended, Supervisor

SWITCH: Final = "KERONYX_ISOLATION"
"""Environment variable; 0 has the command line read files in its own process."""


def can_fork() -> bool:
    """Tell whether a child can be forked from here: not on Windows, nor with threads."""
    wanted = os.environ.get(SWITCH) != "0"
    return wanted and hasattr(os, "fork") and threading.active_count() == 1


def run_in_child(work: Callable[[], int]) -> tuple[int | None, KeronyxError | str | None]:
    """Run ``work`` in a child, and return its exit code, or what there is to tell.

    The child stays in the terminal's process group, so that Ctrl-C, Ctrl-Z and reading from the
    terminal are as ever.
    """
    ours, theirs = os.pipe()
    _flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, child.ENDING)
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        _be_child(work, theirs, parent)
    os.close(theirs)
    ended = _supervise(pid, ours)
    fault = ended.fault()
    if fault is not None and ended.cause == INTERRUPTED:
        return None, INTERRUPTED
    return (ended.status, None) if fault is None else (None, fault)


def _supervise(pid: int, channel: int) -> Ended:
    supervisor = Supervisor(lambda: _poll(pid), lambda number: _kill(pid, number), channel)

    def forward(number: int, _frame: FrameType | None) -> None:
        supervisor.interrupt(number)

    for number in child.ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, forward)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, child.ENDING)
    return supervisor.run()


_statuses: dict[int, int] = {}


def _poll(pid: int) -> int | None:
    if pid not in _statuses:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            _statuses[pid] = os.waitstatus_to_exitcode(status)
    return _statuses.get(pid)


def _kill(pid: int, number: int) -> None:
    if _poll(pid) is None:  # the number may belong to another process by now
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _be_child(work: Callable[[], int], channel: int, parent: int) -> None:
    """Do the work and end without the interpreter's own end, where C libraries like to crash."""
    code = 1
    try:
        inside = child.begin(channel, parent)
        child.hush()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, child.ENDING)
        code = work()
        _flush()
        inside.end(code)
    finally:
        os._exit(code)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
