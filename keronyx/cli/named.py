"""Which of the parameters of a command are paths, and what is done with them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from keronyx.isolation.child import Named

MODELS: Final = frozenset({"model", "source", "weights"})
ROWS: Final = frozenset({"columns", "compare", "data", "samples"})
WRITTEN: Final = frozenset({"out", "output"})
TREES: Final = frozenset({"host"})
"""Commands that write a whole folder."""
BESIDE: Final = frozenset({"code", "convert"})
"""Commands that write beside their source where they are not told where."""
FREE: Final = frozenset({"trust"})
"""Options that let another library read the file, which may open what it likes."""


def named(command: str, asked: Mapping[str, Any]) -> Named:
    """Return the paths among what a command was asked."""
    folders = tuple(_folders(command, asked))
    return Named(
        models=_paths(asked, MODELS),
        rows=_paths(asked, ROWS),
        places=() if command in TREES else folders,
        trees=folders if command in TREES else (),
        free=any(asked.get(option) for option in FREE),
    )


def _paths(asked: Mapping[str, Any], names: frozenset[str]) -> tuple[str, ...]:
    return tuple(path for name, path in asked.items() if name in names and isinstance(path, str))


def _folders(command: str, asked: Mapping[str, Any]) -> Iterator[str]:
    """Yield the folders in which something appears."""
    paths = _paths(asked, WRITTEN)
    if not paths and command in BESIDE:
        paths = _paths(asked, frozenset({"source"}))
    for path in paths:
        target = Path(path)
        yield str(target.resolve().parent if target.name in {"", ".."} else target.parent)
