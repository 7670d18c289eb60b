"""Orders and one-hot numbers of TensorFlow, made of operations of ``keras.ops``."""

from collections.abc import Callable
from typing import Any, TypeAlias

from keronyx.converter.dialect.words import Config
from keronyx.converter.errors import UnsupportedConfigError, shorten

Make: TypeAlias = Callable[..., Any]
"""What makes an operation of parts: ``converter.dialect.composing.Composing``."""


def in_order(make: Make, given: Config) -> Any:
    """The numbers in order, rising or falling."""
    axis = given.get("axis", -1)
    rising = make("Sort", given["values"], axis=axis)
    return make("Flip", rising, axis=axis) if _falls(given) else rising


def places_in_order(make: Make, given: Config) -> Any:
    """The places in order, the first of equal ones before the others."""
    x = make("Negative", given["values"]) if _falls(given) else given["values"]
    return make("Argsort", x, axis=given.get("axis", -1))


def _falls(given: Config) -> bool:
    direction = given.get("direction", "ASCENDING")
    if direction not in ("ASCENDING", "DESCENDING"):
        raise UnsupportedConfigError(f"direction={shorten(repr(direction))}")
    return bool(direction == "DESCENDING")


def one_hot(make: Make, given: Config) -> Any:
    """One number where the place is that of the class, another elsewhere."""
    on, off = given.get("on_value"), given.get("off_value")
    axis = -1 if given.get("axis") is None else given["axis"]
    told = {"num_classes": given["depth"], "axis": axis}
    if on in (None, 1) and off in (None, 0):
        default = None if on is None else "float32" if isinstance(on, float) else "int32"
        return make("OneHot", given["indices"], **told, dtype=given.get("dtype") or default)
    places = make("OneHot", given["indices"], **told, dtype="bool")
    found = make("Where", places, 1.0 if on is None else on, 0.0 if off is None else off)
    return make("Cast", found, dtype=given["dtype"]) if given.get("dtype") else found
