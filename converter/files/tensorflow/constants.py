"""Tensors in TensorFlow's messages: the constants of a graph.

Source: tensorflow/core/framework/tensor.proto
"""

import math
from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from keronyx.converter.errors import FileFormatError
from keronyx.converter.files.tensorflow.bundle import DTYPES, STRING
from keronyx.converter.files.variables import BFLOAT16, plain_shape, widened
from keronyx.converter.limits import current, limited
from keronyx.converter.tensors import Array
from keronyx.converter.wire import Message

DAMAGED: Final = "a constant of the graph is damaged"

FLOATS, INTEGERS, PACKED, HALVES = 5, 7, 4, 13
LISTS: Final = {1: FLOATS, 2: 6, 9: 10, 10: 11, 19: HALVES, 14: HALVES, 22: 16, 23: 17}
"""Where the numbers of a type stand, if not as bytes; the smaller integers stand as int32."""


def strings_of(tensor: Message) -> list[bytes]:
    """Return the strings of a TensorProto."""
    if tensor.integer(1) != STRING:
        raise FileFormatError(DAMAGED)
    found = list(map(bytes, tensor.blocks(8)))
    return [*_filled(found, math.prod(_shape(tensor)), b"")]


def array_of(tensor: Message) -> Array:
    """Return the numbers of a TensorProto in native order, bfloat16 as float32.

    Of fewer numbers than the shape asks for, the last one is repeated. Raises FileFormatError where
    it is damaged, holds no numbers, or comes to more than a limit allows.
    """
    code = tensor.integer(1)
    dtype = DTYPES.get(code)
    if dtype is None:
        raise FileFormatError(f"a constant of the graph has TensorFlow's type {code}")
    shape = _shape(tensor)
    if PACKED in tensor:
        data = bytes(tensor.data(PACKED))
        if len(data) != math.prod(shape) * dtype.itemsize:
            raise FileFormatError(DAMAGED)
        flat = np.frombuffer(data, dtype)
    else:
        flat = np.array([*_filled(_numbers(tensor, code, dtype), math.prod(shape), 0)], dtype)
    return widened(flat).reshape(shape).astype(_native(dtype), copy=False)


def _native(dtype: "np.dtype[Any]") -> "np.dtype[Any]":
    return np.dtype("f4") if dtype == BFLOAT16 else dtype.newbyteorder("=")


def _shape(tensor: Message) -> tuple[int, ...]:
    shape = plain_shape((each.integer(1) for each in tensor.message(2).messages(2)), "constant")
    if math.prod(shape) > current().constant_elements:
        what = f"a constant of shape {shape}"
        raise FileFormatError(what, hint=limited("constant_elements"))
    return shape


def _numbers(tensor: Message, code: int, dtype: "np.dtype[Any]") -> list[Any]:
    field = LISTS.get(code, INTEGERS)
    if field in {FLOATS, 6}:
        return _reals(tensor, field, "<f4" if field == FLOATS else "<f8")
    found = tensor.integers(field)
    if field == HALVES:
        return np.array(found, np.uint16).view(dtype).tolist() if dtype != BFLOAT16 else _raw(found)
    return found


def _raw(found: Iterable[int]) -> list[Any]:
    return [*np.array([*found], "<u2").view(BFLOAT16)]


def _reals(tensor: Message, field: int, code: str) -> list[float]:
    """Return real numbers, packed or not."""
    found: list[float] = []
    width = np.dtype(code).itemsize
    for value in tensor.fields.get(field, ()):
        data = value.to_bytes(width, "little") if isinstance(value, int) else bytes(value)
        if len(data) % width:
            raise FileFormatError(DAMAGED)
        found += np.frombuffer(data, code).tolist()
    return found


def _filled(found: list[Any], count: int, nothing: Any) -> Iterable[Any]:
    """Return as many as there are elements: the last one again and again."""
    if len(found) > count:
        raise FileFormatError(DAMAGED)
    return [*found, *[found[-1] if found else nothing] * (count - len(found))]
