"""What a process has to open besides the files that the user named."""

import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import ModuleSpec
from typing import Final

from keronyx.isolation import limits
from keronyx.isolation.landlock import READ, READ_FILE, WRITE_FILE

SYSTEM: Final = (
    "/usr",
    "/lib",
    "/lib64",
    "/nix/store",
    "/gnu/store",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/sys/bus/pci",
    "/sys/class",
    "/sys/devices",
    "/sys/fs/cgroup",
    "/dev/urandom",
)
"""Where libraries lie, and what they ask about the machine."""

OWN: Final = ("keronyx", "keronyx.converter", "keronyx.runtime")
"""The packages that the others of keronyx lie in."""

PACKAGES: Final = ("numpy", "h5py", "onnx", "onnxruntime", "click")
"""Whoever installed these put everything else beside them."""


def interpreter() -> Iterator[tuple[str, int]]:
    """Yield the rules for Python's and the packages' own files."""
    for path in (*SYSTEM, *_python(), *_packages()):
        yield path, READ
    yield os.devnull, READ_FILE | WRITE_FILE


def _python() -> set[str]:
    """Return the folders of Python itself and of what is installed, but no folder of the user's."""
    here = os.path.realpath(os.curdir)
    found = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    found.update(path for path in sys.path if path and os.path.realpath(path) != here)
    found.update(filter(None, os.environ.get("LD_LIBRARY_PATH", "").split(":")))
    return found


def _packages() -> set[str]:
    """Return the folders of keronyx, and where its dependencies lie."""
    places = (path for spec in _specs(OWN) for path in spec.submodule_search_locations or ())
    origins = filter(None, (spec.origin for spec in _specs(PACKAGES)))
    return {
        *map(os.path.realpath, places),
        *(os.path.dirname(os.path.dirname(each)) for each in origins),  # noqa: PTH120
    }


def _specs(names: Iterable[str]) -> Iterator[ModuleSpec]:
    return filter(None, map(importlib.util.find_spec, names))


def readable(paths: Iterable[str]) -> Iterator[str]:
    """Yield what reading these needs: a file alone, or with the others of its folder."""
    for path in paths:
        yield path
        if limits.has_others(path):
            yield limits.home(path)
