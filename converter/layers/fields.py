"""Read a raw configuration value as the type that a layer's field declares, or refuse it."""

import math
import types
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import MISSING, fields
from functools import partial
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from keronyx.converter.errors import UnsupportedConfigError, UsageError, shorten
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.functions import Function
from keronyx.converter.layers.operands import Constant, Slot

LARGEST = 2**63 - 1


class MisfitError(ValueError):
    """A value is not of the declared type."""


def typed(kind: type[Layer], config: Mapping[str, Any]) -> dict[str, Any]:
    """Return every config field of the class with a value of its declared type.

    Fields that are absent take the class's default. Raises UnsupportedConfigError that names
    every key that is missing or does not fit.
    """
    hints = _hints(kind)
    result: dict[str, Any] = {}
    faults: list[str] = []
    for item in fields(kind):
        if item.name not in kind.config_keys():
            continue
        if item.name in config:
            try:
                result[item.name] = _read(hints[item.name], config[item.name])
            except MisfitError:
                faults.append(f"{item.name}={shorten(repr(config[item.name]))}")
        elif item.default is MISSING:
            faults.append(f"no {item.name}")
        else:
            result[item.name] = item.default
    if faults:
        raise UnsupportedConfigError(", ".join(faults))
    return result


def check_readable(kind: type[Layer]) -> None:
    """Raise UsageError for a config field whose declared type no value can be read as."""
    try:
        hints = _hints(kind)
    except NameError as error:
        raise UsageError(f"{kind.__name__}: {error}") from error
    for name in kind.config_keys():
        if not _is_readable(hints[name]):
            shown = getattr(hints[name], "__name__", str(hints[name]))
            raise UsageError(
                f"{kind.__name__}.{name} is declared {shown}",
                hint="declare int, float, bool, str, None, Any, Literal, tuple[..., ...] or unions",
            )


def holding(kind: type[Layer]) -> tuple[str, ...]:
    """Return the config keys of the class that hold a layer, or layers in a list."""
    hints = _hints(kind)
    return tuple(key for key in kind.config_keys() if _mentions(hints[key], Layer))


def _mentions(hint: Any, kind: type) -> bool:
    return hint is kind or any(_mentions(each, kind) for each in get_args(hint))


def _is_readable(hint: Any) -> bool:
    origin = get_origin(hint)
    if origin is None:
        return isinstance(hint, Hashable) and hint in READERS
    if origin is Literal:
        return True
    inner = (each for each in get_args(hint) if each is not Ellipsis)
    return origin in (Union, types.UnionType, tuple) and all(map(_is_readable, inner))


def _hints(kind: type[Layer]) -> dict[str, Any]:
    if kind not in _HINTS:
        _HINTS[kind] = get_type_hints(kind)
    return _HINTS[kind]


_HINTS: dict[type[Layer], dict[str, Any]] = {}


def _read(hint: Any, value: Any) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _one_of(get_args(hint), value)
    if origin is Literal:
        return _check(value in get_args(hint) and not isinstance(value, bool), value)
    if origin is tuple:
        return _read_items(get_args(hint), _check(isinstance(value, list | tuple), value))
    return READERS[hint](value)


def _read_items(items: tuple[Any, ...], value: Sequence[Any]) -> tuple[Any, ...]:
    """Read a tuple of any length, or of as many as there are types."""
    if items[-1] is Ellipsis:
        return tuple(_read(items[0], each) for each in value)
    _check(len(value) == len(items), value)
    return tuple(map(_read, items, value))


def _one_of(hints: tuple[Any, ...], value: Any) -> Any:
    for hint in hints:
        try:
            return _read(hint, value)
        except MisfitError:
            continue
    raise MisfitError


def _check(condition: object, value: Any) -> Any:
    if not condition:
        raise MisfitError
    return value


def _integer(value: Any) -> int:
    """Take integers, also spelled as floats without a fraction (Keras writes both)."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    _check(number and math.isfinite(value) and value == int(value), value)
    _check(abs(value) <= LARGEST, value)
    return int(value)


def _float(value: Any) -> float:
    _check(isinstance(value, int | float) and not isinstance(value, bool), value)
    return float(value)


def _any(value: Any) -> Any:
    """Take a number, or a list of numbers nested to any depth."""
    if isinstance(value, list | tuple):
        return tuple(map(_any, value))
    return _float(value)


def _own(kind: type, value: Any) -> Any:
    """Take what the dialect has made already."""
    return _check(isinstance(value, kind), value)


READERS: Mapping[Any, Callable[[Any], Any]] = {
    int: _integer,
    float: _float,
    bool: lambda value: bool(_check(isinstance(value, bool | int) and value in (0, 1), value)),
    str: lambda value: _check(isinstance(value, str), value),
    types.NoneType: lambda value: _check(value is None, value),
    Function: lambda value: _check(isinstance(value, Function), value),
    Any: _any,
    **{kind: partial(_own, kind) for kind in (Slot, Constant, slice, types.EllipsisType)},
    # A wrapped layer is still a LayerConfig here, and becomes a Layer when it is described.
    Layer: lambda value: value,
}
