"""Comparisons and truths in the graph of a Keras 3 model: operations, of which masks are made."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from keronyx.converter.architecture import LayerConfig
from keronyx.converter.dialect.arithmetic import dtype_of, given_once, is_number
from keronyx.converter.dialect.words import listed
from keronyx.converter.layers.base import FLOAT32, FLOATS, DTypePolicy, Layer
from keronyx.converter.layers.fields import typed
from keronyx.converter.layers.masks import Filled, Holds, Joined, Logic, Spread
from keronyx.converter.layers.operations import Elementwise, ExpandDims, Squeeze
from keronyx.converter.several import lacking

COMPARED: Final[Mapping[str, str]] = {
    "Equal": "equal",
    "NotEqual": "not_equal",
    "Less": "less",
    "LessEqual": "less_equal",
    "Greater": "greater",
    "GreaterEqual": "greater_equal",
}
DECIDED: Final[Mapping[str, str]] = {"LogicalAnd": "and", "LogicalOr": "or", "LogicalNot": "not"}
HELD: Final[Mapping[str, str]] = {"Any": "any", "All": "all"}
FILLED: Final[Mapping[str, bool]] = {"OnesLike": True, "ZerosLike": False}
MOVED: Final[Mapping[str, type[Layer]]] = {
    "BroadcastTo": Spread,
    "ExpandDims": ExpandDims,
    "Squeeze": Squeeze,
}
"""Operations by the class that they have in files, and what they are here."""

COMPARABLE: Final = ("float32", "float64", "int32", "int64")
"""What is compared as it is; numbers of 16 bits are kept in more."""

Config = dict[str, Any]
Read = tuple[type[Layer], Config]
"""A class and its config."""


def logic_of(name: str, class_name: str, config: Config, nodes: Any) -> LayerConfig | None:
    """Return the operation that makes booleans of tensors, or moves them; None for any other.

    An operation is called once; what it is told stands in its config or in its call. Raises
    UnsupportedConfigError for what cannot be.
    """
    read = READINGS.get(class_name)
    given, named = given_once(nodes)
    if read is None or not given:
        return None
    told = lacking({**config, **named}, ["name"])
    found = read(class_name, told, given)
    if found is None:
        return None
    kind, fields = found
    whole = {**fields, "quantization": None}
    policy = DTypePolicy(*[dtype_of(given[0])] * 2) if dtype_of(given[0]) in FLOATS else FLOAT32
    return LayerConfig(kind=kind, name=name, config=whole, dtype=policy)


def _compared(class_name: str, told: Config, given: list[Any]) -> Read | None:
    """Read a comparison of tensors of one dtype, or of one with a number.

    A file may say float32 of what is integers.
    """
    dtypes = {dtype_of(each) for each in given if not is_number(each)}
    if told or len(given) != 2 or len(dtypes) != 1 or not dtypes <= {*COMPARABLE}:
        return None
    numbers = [_number(each) if is_number(each) else None for each in given]
    return Elementwise, {"function": COMPARED[class_name], "operands": tuple(numbers)}


def _number(value: float) -> float:
    """Return a whole number as an integer, which compares with tensors of any kind."""
    return int(value) if isinstance(value, int) or value.is_integer() else value


def _decided(class_name: str, told: Config, given: list[Any]) -> Read | None:
    count = 1 if class_name == "LogicalNot" else 2
    if told or len(given) != count or not _are_booleans(given):
        return None
    return Logic, {"function": DECIDED[class_name]}


def _held(class_name: str, told: Config, given: list[Any]) -> Read | None:
    axes = told.pop("axis", None)
    if not isinstance(axes, int | list) or not _are_booleans(given) or told.keys() > {"keepdims"}:
        return None
    return _typed(Holds, {**told, "function": HELD[class_name], "axes": listed(axes)})


def _filled(class_name: str, told: Config, given: list[Any]) -> Read | None:
    if told != {"dtype": "bool"} or len(given) != 1:
        return None
    return Filled, {"value": FILLED[class_name]}


def _moved(class_name: str, told: Config, given: list[Any]) -> Read | None:
    if len(given) != 1 or not _are_booleans(given):
        return None
    return _typed(MOVED[class_name], told)


def _joined(_class_name: str, told: Config, given: list[Any]) -> Read | None:
    (parts, *others) = given
    if others or not isinstance(parts, list) or not _are_booleans(parts):
        return None
    return _typed(Joined, told)


def _typed(kind: type[Layer], told: Config) -> Read | None:
    return None if told.keys() - {*kind.config_keys()} else (kind, typed(kind, told))


def _are_booleans(given: list[Any]) -> bool:
    return set(map(dtype_of, given)) == {"bool"}


READINGS: Final[Mapping[str, Callable[[str, Config, list[Any]], Read | None]]] = {
    **dict.fromkeys(COMPARED, _compared),
    **dict.fromkeys(DECIDED, _decided),
    **dict.fromkeys(HELD, _held),
    **dict.fromkeys(FILLED, _filled),
    **dict.fromkeys(MOVED, _moved),
    "Concatenate": _joined,
}
