"""What lies within the nested dictionaries and lists of a config, of whatever shape it may be."""

from collections.abc import Iterator
from typing import Any


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    """Walk all dictionaries, without recursion."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            yield item
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)


def under(value: Any, key: str) -> Any:
    """Return what a dictionary has under a key; None where it has not, or is none."""
    return value.get(key) if isinstance(value, dict) else None
