"""Families of layers: a module of one name in each room, read when a model first needs it."""

from collections.abc import Callable, Iterator
from functools import cache, singledispatch, update_wrapper
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Final, Generic, TypeVar

from keronyx.converter.several import called

T = TypeVar("T")

DESCRIPTIONS: Final = __name__.replace("families", "layers")
"""The room in which the classes of layers stand."""


def read(room: str, family: str) -> None:
    """Import what a room, a package by its full name, has of a family.

    That is the module of the family's name, and those whose names begin with it: ``core_folded``.
    """
    for name in _modules(room) if family in _modules(room) else ():
        if name == family or name.startswith(f"{family}_"):
            import_module(f"{room}.{name}")


def read_all(room: str) -> None:
    """Import every module of a room."""
    for name in _modules(room):
        import_module(f"{room}.{name}")


@cache
def _modules(room: str) -> tuple[str, ...]:
    return tuple(called(iter_modules(import_module(room).__path__)))


def families_of(kind: type) -> Iterator[str]:
    """Yield the families in which readings of a class stand, and of those it inherits from."""
    for each in kind.__mro__:
        room, _, family = each.__module__.rpartition(".")
        if room == DESCRIPTIONS:
            yield family
            yield from filter(None, [getattr(each, "readings", "")])


@cache
def _read_for(room: str, kind: type) -> None:
    for family in families_of(kind):
        read(room, family)


class ByFamily(Generic[T]):
    """A function with one body a class of layers, as of ``functools.singledispatch``.

    The bodies for classes of ``converter/layers/<family>.py`` are registered by the module of the
    family's name in the room of the function, which is imported when a layer first asks for one.
    """

    def __init__(self, front: Callable[..., T]) -> None:
        self._bodies = singledispatch(front)
        self._room = front.__module__.rpartition(".")[0]
        self.register = self._bodies.register
        self.registry = self._bodies.registry
        update_wrapper(self, front)

    def __call__(self, layer: Any, *args: Any, **kwargs: Any) -> T:
        """Call the body for the layer's class with the layer and all else."""
        return self.dispatch(type(layer))(layer, *args, **kwargs)

    def dispatch(self, kind: type) -> Callable[..., T]:
        """Return the body for a class of layers."""
        _read_for(self._room, kind)
        return self._bodies.dispatch(kind)
