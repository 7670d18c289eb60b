"""HDF5's plugins switched off: for a filter it does not know, libhdf5 would load libraries."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SWITCH: Final = "HDF5_PLUGIN_PRELOAD"
OFF: Final = "::"
"""The value that libhdf5 takes for "no plugins at all"."""

_lock = threading.Lock()
_users: list[str | None] = []
"""What the variable was before each of those that are inside now."""


@contextmanager
def without_plugins() -> Iterator[None]:
    """Switch plugins off for the time of a ``with`` block.

    libhdf5 looks at the variable when it wants its first plugin, and keeps to that. The caller's
    own use of plugins is left alone unless a file asked for one in here.
    """
    with _lock:
        _users.append(None if _users else os.environ.get(SWITCH))
        os.environ[SWITCH] = OFF
    try:
        yield
    finally:
        _leave()


def _leave() -> None:
    """Put back what the first one found, once the last one is out."""
    with _lock:
        before = _users[0]
        _users.pop()
        if not _users:
            if before is None:
                del os.environ[SWITCH]
            else:
                os.environ[SWITCH] = before
