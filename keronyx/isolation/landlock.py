"""Linux's Landlock, through its three system calls: which files a process may still open."""

import ctypes
import os
import struct
import sys
from collections.abc import Iterable, Mapping
from typing import Final

CREATE, ADD_RULE, RESTRICT = 444, 445, 446
"""Numbers of the system calls, the same on every processor but Alpha."""

VERSION_ONLY: Final = 1
BENEATH: Final = 1
OLDEST: Final = 2
"""The first version that lets a file be moved from one folder to another."""

NO_NEW_PRIVILEGES: Final = 38

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << bit for bit in range(6))
MAKE_DIR, MAKE_REG, REFER, TRUNCATE, DEVICE = (1 << bit for bit in (7, 8, 13, 14, 15))
FILE_RIGHTS: Final = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | DEVICE
"""What can be allowed of a single file."""

READ: Final = READ_FILE | READ_DIR
FILL: Final = READ | WRITE_FILE | REMOVE_FILE | REMOVE_DIR | MAKE_REG | MAKE_DIR | REFER | TRUNCATE
"""Everything that is needed inside a folder of one's own."""
PLACE: Final = READ_DIR | REMOVE_FILE | REMOVE_DIR | MAKE_REG | REFER
"""Move files into a folder and replace those of the same name; no file there can be opened."""

HANDLED: Final = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""By version: every right that is taken away from what no rule allows."""
NETWORK_FROM, NETWORK = 4, 3
"""Connecting to and listening on TCP ports."""
SCOPES_FROM, SCOPES = 6, 3
"""Sockets without a file, and signals to processes outside."""


def version() -> int:
    """Return the version of Landlock that the kernel has, 0 where it has none that is enough."""
    if sys.platform != "linux":
        return 0
    found = _call(CREATE, None, 0, VERSION_ONLY)
    return found if found >= OLDEST else 0


def restrict(rules: Mapping[str, int]) -> int:
    """Allow what the rules say by path, and nothing else of the file system; no network either.

    It holds for the calling thread and those that it starts, and cannot be undone. Returns the
    version of Landlock, 0 where the kernel has none and nothing is restricted.
    """
    supported = version()
    if not supported:
        return 0
    fields = _handled(supported)
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    ruleset = _call(CREATE, attributes, len(attributes), 0)
    if ruleset < 0:
        return 0
    try:
        _add(ruleset, rules.items(), fields[0])
        ok = _prctl(NO_NEW_PRIVILEGES, 1) == 0 and _call(RESTRICT, ruleset, 0) == 0
    finally:
        os.close(ruleset)
    return supported if ok else 0


def _handled(supported: int) -> list[int]:
    """Return what a version of Landlock can restrict: of files, of the network, of signals."""
    fields = [HANDLED[max(each for each in HANDLED if each <= supported)]]
    if supported >= NETWORK_FROM:
        fields.append(NETWORK)
    if supported >= SCOPES_FROM:
        fields.append(SCOPES)
    return fields


def _add(ruleset: int, rules: Iterable[tuple[str, int]], handled: int) -> None:
    for path, rights in rules:
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except (OSError, ValueError):
            continue  # what is not there needs no rule
        try:
            if not os.path.isdir(place):  # noqa: PTH112
                rights &= FILE_RIGHTS  # noqa: PLW2901
            _call(ADD_RULE, ruleset, BENEATH, struct.pack("=Qi", rights & handled, place), 0)
        finally:
            os.close(place)


def _prctl(option: int, value: int) -> int:
    return int(ctypes.CDLL(None).prctl(option, ctypes.c_ulong(value), *[ctypes.c_ulong(0)] * 3))


def end_with_parent(number: int) -> None:
    """Have Linux send this process a signal when its parent has ended."""
    if sys.platform == "linux":
        _prctl(1, number)


def _call(number: int, *arguments: int | bytes | None) -> int:
    plain = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    return int(ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *plain))
