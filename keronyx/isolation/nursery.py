"""An interpreter beside the caller's that has everything loaded, and forks a child for each file.

A fresh interpreter imports NumPy, h5py and onnxruntime, which takes longer than most files do. So
one stays for a while, has nothing of the caller's and reads nothing, and each request gets a child
of it, which is confined before it opens anything. For Linux alone: elsewhere, libraries do not
promise to survive a fork, and nothing would end the children with their parents.
"""

import gc
import json
import os
import select
import selectors
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Final

from keronyx.converter.errors import KeronyxError

IDLE: Final = 60.0
"""Seconds without a request after which the interpreter ends."""

BEGIN: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from keronyx.isolation.nursery import serve; serve()"
)
LOST: Final = -9
"""Status of a child of which nobody can tell any more how it ended."""


def can_serve() -> bool:
    """Tell whether children can be had this way here."""
    return sys.platform == "linux" and bool(sys.executable)


class Birth:
    """A child, as it is seen from the caller: where to write to it, and how it ended."""

    def __init__(self, nursery: "Nursery", fates: int, request: int, channel: int) -> None:
        self.request = request
        self.channel = channel
        self._nursery = nursery
        self._fates = fates
        self._said = b""
        self._status: int | None = None
        self._number = self._line(None)

    def _line(self, seconds: float | None) -> int | None:
        """Return the next number that is told of the child, None where none came in time."""
        while b"\n" not in self._said:
            if not select.select([self._fates], [], [], seconds)[0]:
                return None
            data = os.read(self._fates, 100)
            if not data:
                return LOST
            self._said += data
        line, _, self._said = self._said.partition(b"\n")
        return int(line)

    def poll(self) -> int | None:
        """Return the status as ``subprocess`` has it, None while the child lives."""
        if self._status is None:
            self._status = self._line(0)
        return self._status

    def kill(self, number: int) -> None:
        """Send a signal."""
        if self._status is None and self._number != LOST:
            with suppress(OSError):
                self._nursery.control.send(f"{self._number} {number}".encode())

    def close(self) -> None:
        """Give back what is left."""
        os.close(self._fates)
        os.close(self.channel)


class Nursery:
    """The interpreter, from outside."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.owner = os.getpid()
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        quiet = None if os.environ.get("KERONYX_DEBUG") else subprocess.DEVNULL
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - this very interpreter
                [sys.executable, "-P", "-c", BEGIN, path],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=quiet,
                start_new_session=True,
            )

    def bear(self) -> Birth:
        """Have a child; OSError where the interpreter is gone."""
        pipes = [os.pipe() for _ in range(3)]
        (asking, request), (channel, answering), (fates, fate) = pipes
        try:
            socket.send_fds(self.control, [b"fork"], [asking, answering, fate])
        except OSError:
            _close(request, channel, fates)
            raise
        finally:
            _close(asking, answering, fate)
        return Birth(self, fates, request, channel)

    def end(self) -> None:
        """Let it end: it does where nobody can ask it any more."""
        self.control.close()
        if self.owner == os.getpid():
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
        self._process.returncode = self._process.returncode or 0


_lock = threading.Lock()
_nurseries: list[Nursery] = []


def bear() -> Birth:
    """Have a child of the interpreter that is there, or of a new one."""
    path = json.dumps(sys.path)
    with _lock:
        for _ in range(2):
            nursery = _current(path)
            try:
                return nursery.bear()
            except OSError:  # it had nothing to do for too long
                _nurseries.remove(nursery)
                nursery.end()
    raise KeronyxError("no interpreter that could be started for isolation")


def _current(path: str) -> Nursery:
    """Return the interpreter that finds packages where this one does, and belongs to it.

    Others may have children that another thread waits for: they end once they are idle.
    """
    for nursery in _nurseries:
        if (nursery.path, nursery.owner) == (path, os.getpid()):
            return nursery
    if not _nurseries:
        import atexit  # noqa: PLC0415 - only where there is something to end

        atexit.unregister(_drop)
        atexit.register(_drop)
    _nurseries.append(Nursery(path))
    return _nurseries[-1]


def _drop() -> None:
    while _nurseries:
        _nurseries.pop().end()


def serve() -> None:
    """Fork a child for every request, until nobody asks any more."""
    from keronyx.isolation.worker import load  # noqa: PLC0415

    load()
    gc.freeze()  # what is here stays, so that no child copies it to count references
    Nurse(socket.socket(fileno=os.dup(0))).serve()


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


class Nurse:
    """The interpreter, from inside: it forks, passes signals on, and tells how children ended."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._fates: dict[int, int] = {}
        self._wakes, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def serve(self) -> None:
        """Do so until the other end is closed, or nothing was asked for long."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            selector.register(self._wakes, selectors.EVENT_READ)
            while self._attend(selector):
                self._reap()

    def _attend(self, selector: selectors.BaseSelector) -> bool:
        """Wait for what is asked, and do it; tell whether more may come."""
        ready = {key.fd for key, _ in selector.select(None if self._fates else IDLE)}
        if self._wakes in ready:
            os.read(self._wakes, 1000)
        if self._control.fileno() in ready:
            return self._take()
        return bool(ready or self._fates)

    def _take(self) -> bool:
        """Do what is asked; False where nobody will ask any more."""
        message, descriptors, _, _ = socket.recv_fds(self._control, 100, 3)
        if not message:
            return False
        if message == b"fork":
            self._fork(*descriptors)
        else:
            child, number = map(int, message.split())
            if child in self._fates:
                os.kill(child, number)
        return True

    def _fork(self, asking: int, answering: int, fate: int) -> None:
        nurse = os.getpid()
        child = os.fork()
        if child == 0:
            self._be_child(asking, answering, fate, nurse)
        self._fates[child] = fate
        _close(asking, answering)
        _tell(fate, child)

    def _be_child(self, asking: int, answering: int, fate: int, nurse: int) -> None:
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._control.close()
            os.dup2(asking, 0)
            _close(asking, fate, self._wakes, *self._fates.values())
            from keronyx.isolation.worker import work  # noqa: PLC0415

            work(answering, nurse)
        finally:
            os._exit(1)

    def _reap(self) -> None:
        for child in list(self._fates):
            found, status = os.waitpid(child, os.WNOHANG)
            if found:
                fate = self._fates.pop(child)
                _tell(fate, os.waitstatus_to_exitcode(status))
                os.close(fate)


def _tell(fate: int, number: int) -> None:
    with suppress(OSError):  # nobody waits for it any more
        os.write(fate, f"{number}\n".encode())
