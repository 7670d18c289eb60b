"""Layers of users' own: what reads a class that Keras does not have, by the names in files."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from keronyx.converter.dialect.tables import (
    ACCEPTED,
    CLASSES,
    FAMILY_OF,
    IGNORED,
    MODELS,
    UNREADABLE,
)
from keronyx.converter.errors import UnsupportedConfigError, UsageError, shorten
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.fields import check_readable


@dataclass(frozen=True)
class Custom:
    """A class that a user registered, and the config keys that do not change its numbers."""

    kind: type[Layer]
    ignored: frozenset[str]

    def check_keys(self, config: Mapping[str, Any]) -> None:
        """Raise for keys that the class has no field for."""
        known = {*self.kind.config_keys(), *self.ignored, *IGNORED}
        unknown = sorted(key for key in config if key not in known and not _is_usual(key, config))
        if unknown:
            listed = ", ".join(repr(shorten(key)) for key in unknown)
            raise UnsupportedConfigError(
                f"{self.kind.__name__} has no field for {listed}",
                hint="give it one, or register it with these keys as ignored",
            )


def _is_usual(key: str, config: Mapping[str, Any]) -> bool:
    """Tell a key of Keras's own with a value that changes nothing."""
    return config[key] in (AUTOCAST if key == "autocast" else ACCEPTED.get(key, ()))


AUTOCAST: Final = (True, None)
"""Keras 3.15 says of layers that are not its own whether it casts their inputs."""

_REGISTERED: Final[dict[str, Custom]] = {}


def register(name: str, kind: type[Layer], ignored: Sequence[str] = ()) -> None:
    """Enter a class under the name that files give it.

    Raises UsageError for the name of a class that Keras has, for one that is taken, and for a
    class that is no dataclass or has a field that no config value fits.
    """
    _check_name(name, kind)
    if "__dataclass_fields__" not in vars(kind):  # what it inherits makes any layer look like one
        raise UsageError(
            f"{kind.__name__} is no dataclass",
            hint="put @dataclass(frozen=True, kw_only=True, eq=False) below register_layer",
        )
    check_readable(kind)
    _REGISTERED[name] = Custom(kind, frozenset(ignored))


def _check_name(name: str, kind: type[Layer]) -> None:
    taken = {*FAMILY_OF, *CLASSES, *UNREADABLE, *MODELS}
    if not name or name in taken:
        raise UsageError(
            f"cannot register {name!r}, which Keras has itself",
            hint="a class of yours that is called so is registered with its package, 'Mine>Dense'",
        )
    if name in _REGISTERED and _REGISTERED[name].kind is not kind:
        raise UsageError(f"{name!r} is registered already", hint="unregister_layer first")


def unregister(name: str) -> None:
    """Forget a class; raises UsageError where there is none."""
    if _REGISTERED.pop(name, None) is None:
        raise UsageError(f"no layer {name!r} is registered")


@contextmanager
def layer_scope() -> Iterator[None]:
    """Forget, in the end, whatever was registered meanwhile."""
    before = dict(_REGISTERED)
    try:
        yield
    finally:
        _REGISTERED.clear()
        _REGISTERED.update(before)


def find_custom(names: Sequence[str]) -> Custom | None:
    """Return what was registered for the first name that is known."""
    return next((_REGISTERED[name] for name in names if name in _REGISTERED), None)


def names_of(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names that a class may be registered by, the most telling first."""
    class_name = str(raw.get("class_name"))
    bare = class_name.rpartition(">")[2]
    module, registered = raw.get("module"), raw.get("registered_name")
    found = [registered, class_name, f"{module}>{bare}" if module else "", bare]
    return tuple(dict.fromkeys(name for name in found if isinstance(name, str) and name))
