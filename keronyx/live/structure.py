"""Nested structures of tensors, in the order in which Keras counts them: dictionaries by key."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any


def leaves(structure: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what a structure of dictionaries, lists and tuples holds, and the keys that lead there.

    A place in a list has no key: ``{"a": x, "b": [y, z]}`` gives a, b and b.
    """
    if isinstance(structure, Mapping):
        for name in sorted(structure):
            yield from leaves(structure[name], f"{key}/{name}" if key else str(name))
    elif isinstance(structure, list | tuple):
        for item in structure:
            yield from leaves(item, key)
    else:
        yield key, structure


def mapped(structure: Any, change: Callable[[Any], Any]) -> Any:
    """Return the structure with every leaf changed, in the order of ``leaves``."""
    if isinstance(structure, Mapping):
        return {name: mapped(structure[name], change) for name in sorted(structure)}
    if isinstance(structure, list | tuple):
        kind = tuple if isinstance(structure, tuple) else list
        return kind(mapped(item, change) for item in structure)
    return change(structure)
