"""What the default run takes of a large set: a few of everything, by a rule that stays the same.

The rest is behind the marker ``sweep``: ``pytest -m sweep`` runs it, ``pytest -m ""`` runs all.
"""

import zlib
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

import pytest

Item = TypeVar("Item")

MOST = 3
"""How many of a group are taken."""


IS_WHOLE = [False]
"""Whether everything is run, as pytest was told; before the tests are imported."""


def examples(some: int, every: int) -> int:
    """Return how many examples hypothesis draws: ``some``, or ``every`` one under ``-m ""``."""
    return every if IS_WHOLE[0] else some


def rank(name: str) -> int:
    """Return a number that depends on a name alone, and orders names as if drawn."""
    return zlib.crc32(name.encode())


def sample(
    items: Iterable[Item],
    name: Callable[[Item], str],
    groups: Callable[[Item], Iterable[Hashable]],
    most: int = MOST,
) -> list[Item]:
    """Return the items that are among the first of any group of theirs, in their own order.

    However many items there are, no more are taken than there are groups times ``most``.
    """
    every = list(items)
    seen: Counter[Hashable] = Counter()
    taken = set()
    for place in sorted(range(len(every)), key=lambda place: rank(name(every[place]))):
        mine = tuple(groups(every[place]))
        if any(seen[group] < most for group in mine):
            taken.add(place)
        seen.update(mine)
    return [item for place, item in enumerate(every) if place in taken]


def swept(
    items: Iterable[Item],
    name: Callable[[Item], str],
    groups: Callable[[Item], Iterable[Hashable]],
    most: int = MOST,
) -> list[Any]:
    """Return all items as test parameters, marked where they are not in the sample."""
    every = list(items)
    taken = {name(item) for item in sample(every, name, groups, most)}
    return [
        pytest.param(item, id=name(item), marks=[] if name(item) in taken else pytest.mark.sweep)
        for item in every
    ]
