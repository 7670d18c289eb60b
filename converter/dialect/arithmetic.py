"""Sums and products in the graph of a Keras 3 model, ``x + 3.0``: operations, no layers."""

from collections.abc import Iterator
from itertools import filterfalse
from typing import Any, Final

from keronyx.converter.architecture import LayerConfig
from keronyx.converter.dialect.values import policy_of
from keronyx.converter.layers.base import FLOATS
from keronyx.converter.layers.operations import Elementwise

FUNCTIONS: Final = {
    "Add": "add",
    "Subtract": "subtract",
    "Multiply": "multiply",
    "Divide": "divide",
    "TrueDivide": "divide",
}


def arithmetic_of(name: str, class_name: str, nodes: Any) -> LayerConfig | None:
    """Return the operation on floating tensors of one dtype and plain numbers, None for any other.

    An operation is called once, with its operands in their places.
    """
    function = FUNCTIONS.get(class_name)
    given = _operands(nodes)
    if function is None or len(given) != 2:
        return None
    dtypes = {*map(dtype_of, filterfalse(is_number, given))}
    if len(dtypes) != 1 or not dtypes <= {*FLOATS}:
        return None
    operands = tuple(float(each) if is_number(each) else None for each in given)
    return LayerConfig(
        kind=Elementwise,
        name=name,
        config={"function": function, "operands": operands, "quantization": None},
        dtype=policy_of(*dtypes),
    )


def given_once(nodes: Any) -> tuple[list[Any], dict[str, Any]]:
    """Return what the only call is given, in places and by name; nothing where that is unclear."""
    if not isinstance(nodes, list) or len(nodes) != 1 or not isinstance(nodes[0], dict):
        return [], {}
    args, kwargs = nodes[0].get("args", []), nodes[0].get("kwargs", {})
    if not isinstance(args, list) or not isinstance(kwargs, dict):
        return [], {}
    return args, kwargs


def _operands(nodes: Any) -> list[Any]:
    """Return what the only call is given: by its place, then by its name; nothing where unclear."""
    args, kwargs = given_once(nodes)
    named = list(_named(kwargs, len(args)))
    return [*args, *named] if len(named) == len(kwargs) else []


def _named(kwargs: dict[str, Any], first: int) -> Iterator[Any]:
    """Yield the operands that are given by name, in their order."""
    return (kwargs[key] for key in ("x1", "x2")[first:] if key in kwargs)


def is_number(value: Any) -> bool:
    """Tell whether an operand is a plain number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def dtype_of(value: Any) -> str:
    """Return the dtype of a tensor; nothing for what is none."""
    if not isinstance(value, dict) or value.get("class_name") != "__keras_tensor__":
        return ""
    config = value.get("config")
    return str(config.get("dtype")) if isinstance(config, dict) else ""
