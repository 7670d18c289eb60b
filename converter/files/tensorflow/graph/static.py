"""Operations on what is known: shapes, and numbers of the file that no input changes."""

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, Final

import numpy as np

from keronyx.converter.errors import FileFormatError
from keronyx.converter.files.tensorflow.graph.program import Node
from keronyx.converter.files.tensorflow.graph.values import Open, Value, known, numbers
from keronyx.converter.files.variables import AXIS
from keronyx.converter.limits import current, limited
from keronyx.converter.tensors import Array

POINTWISE: Final[Mapping[str, Callable[..., Any]]] = {
    "Add": np.add,
    "AddV2": np.add,
    "BiasAdd": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "RealDiv": np.divide,
    "FloorDiv": np.floor_divide,
    "FloorMod": np.mod,
    "Maximum": np.maximum,
    "Minimum": np.minimum,
    "Pow": np.power,
    "Neg": np.negative,
    "Abs": np.abs,
    "Square": np.square,
    "Sqrt": np.sqrt,
    "Rsqrt": lambda x: np.divide(np.ones((), x.dtype), np.sqrt(x)),
    "Reciprocal": np.reciprocal,
    "Exp": np.exp,
    "Log": np.log,
    "Greater": np.greater,
    "GreaterEqual": np.greater_equal,
    "Less": np.less,
    "LessEqual": np.less_equal,
    "Equal": np.equal,
    "NotEqual": np.not_equal,
    "LogicalNot": np.logical_not,
    "LogicalAnd": np.logical_and,
    "LogicalOr": np.logical_or,
    "SelectV2": np.where,
}
"""Functions of numbers, each of which NumPy computes in the dtype of these."""

REDUCED: Final[Mapping[str, Callable[..., Any]]] = {
    "Prod": np.prod,
    "Sum": np.sum,
    "Max": np.max,
    "Min": np.min,
    "Mean": np.mean,
    "All": np.all,
    "Any": np.any,
}


def computed(node: Node, given: list[Value]) -> Array | None:
    """Return what an operation makes of known numbers; None for one that is not in the tables."""
    arrays = [known(each) for each in given]
    bounded([sum(each.size for each in arrays)])
    for each in filter(_is_of_objects, arrays):
        _check_sizes(each)
    if node.kind in MOVED:
        return np.asarray(MOVED[node.kind](node, *arrays))
    if any(_varies(each) for each in arrays) and node.kind not in {"Mul", "Prod"}:
        return None
    if node.kind in REDUCED:
        return _reduced(node, *arrays)
    function = POINTWISE.get(node.kind)
    bounded(np.broadcast_shapes(*(each.shape for each in arrays)))
    with np.errstate(all="ignore"):
        return None if function is None else np.asarray(function(*arrays))


def bounded(shape: Sequence[int]) -> None:
    """Refuse more numbers than a constant may have."""
    if prod(shape) > current().constant_elements:
        what = f"numbers of shape {tuple(shape)}"
        raise FileFormatError(what, hint=limited("constant_elements"))


def _is_of_objects(array: Array) -> bool:
    return array.dtype == object


def _check_sizes(array: Array) -> None:
    """Refuse sizes that no tensor has: Python's whole numbers may have any length."""
    if any(isinstance(each, int) and abs(each) >= AXIS for each in array.reshape(-1)):
        raise FileFormatError("a size that no tensor has")


def _varies(array: Array) -> bool:
    return array.dtype == object and any(isinstance(each, Open) for each in array.reshape(-1))


def _reduced(node: Node, x: Array, axes: Array) -> Array:
    keep = bool(node.integer("keep_dims"))
    function = REDUCED[node.kind]
    found = np.asarray(function(x, axis=tuple(numbers(axes)), keepdims=keep))
    return found if x.dtype == object else found.astype(found.dtype if x.dtype == bool else x.dtype)


def _cast(node: Node, x: Array) -> Array:
    target = node.dtype("DstT")
    if x.dtype == object:
        if not target.startswith("int"):
            raise FileFormatError(f"a size that varies is cast to {target}")
        return x
    return x.astype(target)


def _sliced(node: Node, x: Array, *places: Array) -> Array:
    return np.asarray(x[keys_of(node, [numbers(each) for each in places])])


def keys_of(node: Node, places: list[list[int]]) -> tuple[Any, ...]:
    """Return the subscript that a StridedSlice means: places, slices, and None for a new axis."""
    begin, end, step = places
    masks = {
        name: node.integer(f"{name}_mask")
        for name in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
    }
    keys: list[Any] = []
    for place, start in enumerate(begin):
        told = {name for name, mask in masks.items() if mask >> place & 1}
        keys.append(_key(told, start, end[place], step[place]))
    return tuple(keys)


def _key(told: set[str], start: int, stop: int, step: int) -> Any:
    if "ellipsis" in told:
        return Ellipsis
    if "new_axis" in told:
        return None
    if "shrink_axis" in told:
        return start
    return slice(None if "begin" in told else start, None if "end" in told else stop, step)


def _range(_node: Node, *ends: Array) -> Array:
    start, stop, step = map(int, ends)
    bounded([len(range(start, stop, step))])
    return np.arange(start, stop, step)


def _filled(_node: Node, shape: Array, x: Array) -> Array:
    bounded(numbers(shape))
    return np.full(numbers(shape), x)


def _gathered(_node: Node, x: Array, places: Array, axis: Array | None = None) -> Array:
    bounded([x.size, max(places.size, 1)] if x.ndim != 1 else [places.size])
    return np.take(x, places.astype(np.int64), axis=numbers(axis)[0] if axis is not None else 0)


def _packed(node: Node, *arrays: Array) -> Array:
    """Stack numbers, of which some may be sizes that vary."""
    if not any(map(_varies, arrays)):
        return np.stack(arrays, axis=node.integer("axis"))
    return np.stack([each.astype(object) for each in arrays], axis=node.integer("axis"))


def _concatenated(_node: Node, *arrays: Array) -> Array:
    *parts, axis = arrays
    return np.concatenate(parts, axis=numbers(axis)[0])


MOVED: Final[Mapping[str, Callable[..., Any]]] = {
    "Identity": lambda _node, x: x,
    "Cast": _cast,
    "StridedSlice": _sliced,
    "GatherV2": _gathered,
    "Pack": _packed,
    "ConcatV2": _concatenated,
    "Reshape": lambda _node, x, shape: x.reshape(numbers(shape)),
    "ExpandDims": lambda _node, x, axis: np.expand_dims(x, numbers(axis)[0]),
    "Squeeze": lambda node, x: np.squeeze(x, tuple(node.integers("squeeze_dims")) or None),
    "Transpose": lambda _node, x, order: np.transpose(x, numbers(order)),
    "Range": _range,
    "Fill": _filled,
    "ZerosLike": lambda _node, x: np.zeros_like(x),
    "OnesLike": lambda _node, x: np.ones_like(x),
}
"""Operations that move numbers, which may be sizes."""
