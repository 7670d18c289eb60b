"""One and several: what is said over and over of sequences and mappings."""

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any, Protocol, TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")
Key = TypeVar("Key")


class Named(Protocol):
    """Whatever has a name."""

    @property
    def name(self) -> str:
        """What it is called."""


NamedItem = TypeVar("NamedItem", bound=Named)
Place_contra = TypeVar("Place_contra", contravariant=True)
Held_co = TypeVar("Held_co", covariant=True)


class Holding(Protocol[Place_contra, Held_co]):
    """A sequence or a mapping."""

    def __getitem__(self, place: Place_contra, /) -> Held_co: ...


def as_tuple(given: Item | tuple[Item, ...]) -> tuple[Item, ...]:
    """Return a tuple as it is, and anything else as the tuple of it."""
    return given if isinstance(given, tuple) else (given,)


def present(items: Iterable[Item | None]) -> list[Item]:
    """Return what is not None."""
    return [item for item in items if item is not None]


def picked(
    holding: Holding[Place_contra, Held_co], places: Iterable[Place_contra]
) -> tuple[Held_co, ...]:
    """Return what is held at places."""
    return tuple(holding[place] for place in places)


def keyed(items: Iterable[NamedItem]) -> dict[str, NamedItem]:
    """Return what has names by them."""
    return {item.name: item for item in items}


def mapped(make: Callable[[Item], Made], mapping: Mapping[Key, Item]) -> dict[Key, Made]:
    """Return what is made of every value, by its key."""
    return {key: make(value) for key, value in mapping.items()}


def are_all(kind: Any, items: Iterable[object]) -> bool:
    """Tell whether all are instances of a class, or of one of several."""
    return all(isinstance(item, kind) for item in items)


def without(items: Iterable[Item], gone: Container[Any]) -> list[Item]:
    """Return the items that are not among others."""
    return [item for item in items if item not in gone]


def lacking(mapping: Mapping[Key, Item], gone: Container[Any]) -> dict[Key, Item]:
    """Return a mapping without some keys."""
    return {key: value for key, value in mapping.items() if key not in gone}


def called(items: Iterable[Named]) -> list[str]:
    """Return what items are called."""
    return [item.name for item in items]


def only(
    mapping: Holding[Place_contra, Held_co], keys: Iterable[Place_contra]
) -> dict[Place_contra, Held_co]:
    """Return a mapping's values at some keys alone."""
    return {key: mapping[key] for key in keys}
