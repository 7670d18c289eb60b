"""Which of the parameters of a command are paths, and what is done with them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from keronyx.isolation.child import Named

MODELS: Final = frozenset({"model", "source", "weights", "biases"})
ROWS: Final = frozenset({"classes", "columns", "compare", "data", "samples"})
WRITTEN: Final = frozenset({"out", "output"})
TREES: Final = frozenset({"host"})
"""Commands that write a whole folder."""
BESIDE: Final = frozenset({"code", "convert"})
"""Commands that write beside their source where they are not told where."""
SUFFIXES: Final = frozenset({".onnx", ".c", ".hpp", ".cs", ".mjs", ".py"})
"""What is written beside a source."""
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
        standing=tuple(_standing(command, asked)),
        free=any(asked.get(option) for option in FREE),
    )


def _paths(asked: Mapping[str, Any], names: frozenset[str]) -> tuple[str, ...]:
    return tuple(path for name, path in asked.items() if name in names and isinstance(path, str))


def _standing(command: str, asked: Mapping[str, Any]) -> Iterator[str]:
    """Yield the files that may stand where something is written."""
    for path in _written(command, asked):
        yield from (path, f"{path}.data")
    weights = asked.get("weights_file")
    if isinstance(weights, str):
        yield from (str(Path(folder, Path(weights).name)) for folder in _folders(command, asked))


def _written(command: str, asked: Mapping[str, Any]) -> Iterable[str]:
    """Return what is written: what is named as that, or else what may be beside the source."""
    paths = _paths(asked, WRITTEN)
    return paths if paths or command not in BESIDE else _beside(Path(asked["source"]))


def _beside(source: Path) -> Iterator[str]:
    """Yield what an output's default name may be: the source's, made fit for code or as it is."""
    try:
        found = [each for each in source.parent.iterdir() if each.suffix in SUFFIXES]
    except (OSError, ValueError):
        return
    name = _letters(source.stem)
    yield from (str(each) for each in found if _letters(each.stem).endswith(name))


def _letters(text: str) -> str:
    """Return what code keeps of a name: its first letters and digits."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]", "", plain)[:40]


def _folders(command: str, asked: Mapping[str, Any]) -> Iterator[str]:
    """Yield the folders in which something appears."""
    paths = _paths(asked, WRITTEN)
    if not paths and command in BESIDE:
        paths = _paths(asked, frozenset({"source"}))
    yield from map(_folder, map(Path, paths))


def _folder(target: Path) -> str:
    """Return the folder that a file is in, or that which a folder is in."""
    return str(target.resolve().parent if target.name in {"", ".."} else target.parent)
