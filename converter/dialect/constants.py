"""What stands in a call beside tensors: Python's numbers, arrays, slices, lists of these."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from keronyx.converter.errors import UnsupportedConfigError, shorten
from keronyx.converter.layers.operands import Constant
from keronyx.converter.tensors import Array

KEPT_IN: Final[Mapping[str, str]] = {"bfloat16": "float32"}
DTYPES: Final = frozenset(
    {"bool", "float16", "bfloat16", "float32", "float64"}
    | {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
)


def plain(value: Any) -> Any:
    """Return an option with lists of Python's things in the place of what files write for them."""
    if isinstance(value, list):
        return list(map(plain, value))
    written = value.get("class_name") if isinstance(value, dict) else None
    read = OBJECTS.get(written) if isinstance(written, str) else None
    return read(value.get("config") or {}) if read else value


def constant(value: Any) -> Constant:
    """Return numbers as an operand; raises UnsupportedConfigError for what is none."""
    if isinstance(value, Constant):
        return value
    array = _array(value)
    if isinstance(value, list):
        return Constant(
            array, {"int64": "int32", "float64": "float32"}.get(str(array.dtype), "bool")
        )
    weak = "float" if isinstance(value, float) else "int"
    return Constant(array, "bool" if isinstance(value, bool) else weak)


def _array(value: Any) -> Array:
    """Return nested numbers as an array; of Python's own kinds alone."""
    try:
        array = np.asarray(value)
    except ValueError:
        raise _refused(value) from None
    if array.dtype not in ("bool", "int64", "float64"):
        raise _refused(value)
    return array


def _refused(value: Any) -> UnsupportedConfigError:
    return UnsupportedConfigError(f"call argument {shorten(repr(value))}")


def _tensor(config: Any) -> Constant:
    dtype, value = config.get("dtype"), config.get("value")
    if dtype not in DTYPES:
        raise UnsupportedConfigError(f"a constant of dtype {shorten(repr(dtype))}")
    try:
        array = np.asarray(value)
    except ValueError:
        raise _refused(value) from None
    if array.dtype.kind not in "bif":
        raise _refused(value)
    return Constant(array.astype(KEPT_IN.get(dtype, dtype)), dtype)


def _slice(config: Any) -> slice:
    bounds = list(map(config.get, ("start", "stop", "step")))
    if not all(each is None or type(each) is int for each in bounds):
        raise UnsupportedConfigError(f"a slice {shorten(repr(bounds))}")
    return slice(*bounds)


OBJECTS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "__tensor__": _tensor,
    "__numpy__": _tensor,
    "__slice__": _slice,
    "__ellipsis__": lambda _config: Ellipsis,
}
"""Readers of what Keras writes as objects with a class of their own."""
