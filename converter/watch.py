"""How a process that watches over this one, where there is one, learns what is being done.

libhdf5 can crash, never return, or take memory without end on a malformed file, and nothing in
its own process can stop it. So whoever calls it says when it starts and when it is back.
"""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path


class Watch:
    """What is told. This one has nobody to tell it to."""

    def reading(self, _path: str, _size: int) -> AbstractContextManager[None]:
        """Say that a C library reads a file of ``size`` bytes for the time of a ``with`` block."""
        return nullcontext()

    def staging(self, _parent: Path) -> Path | None:
        """Return a folder that was made for files on their way into ``parent``, if there is one."""
        return None

    def making(self, folder: Path) -> None:
        """Say that a folder will be made that must not stay, whatever happens."""


_watches = [Watch()]


def watch() -> Watch:
    """Return who is to be told."""
    return _watches[-1]


def tell_from_now_on(told: Watch) -> None:
    """Tell everything to ``told``, as long as the process lives."""
    _watches.append(told)
