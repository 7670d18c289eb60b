"""Lowering's front: one function a layer class, found by the class, and its weights."""

import numpy as np

from keronyx.converter.errors import Reason
from keronyx.converter.families import ByFamily
from keronyx.converter.layers.base import Layer
from keronyx.converter.lower.builder import Builder
from keronyx.converter.lower.values import Value
from keronyx.converter.program.memory import DType, Real
from keronyx.converter.tensors import Array, Variable


@ByFamily
def lower_layer(layer: Layer, code: Builder, *inputs: Value) -> Value:
    """Add the statements of one call of a layer, and return its output."""
    del code, inputs
    raise layer.unsupported("not in source code", Reason.NOT_IN_SOURCE)


def call(layer: Layer, code: Builder, *inputs: Value) -> Value:
    """Call a layer as Keras does: inputs cast, and the output in the dtype that it states."""
    stated = layer.infer_dtype(*(value.dtype for value in inputs))
    dtype = known_type(layer, code, stated)
    with code.within(layer):
        arguments = [cast(code, value, _argument(layer, code, value, dtype)) for value in inputs]
        return cast(code, lower_layer(layer, code, *arguments), dtype)


def _argument(layer: Layer, code: Builder, value: Value, dtype: DType) -> DType:
    """Return the type in which a layer takes an input."""
    if layer.keeps_dtype:
        return dtype
    return compute_type(layer, code) if layer.autocast else value.dtype


def cast(code: Builder, value: Value, dtype: DType) -> Value:
    """Return the value in another type."""
    return value if value.dtype == dtype else code.map(lambda x: x.to(dtype), value)


def known_type(layer: Layer, code: Builder, dtype: str) -> DType:
    """Return the type that holds a Keras dtype, or refuse the layer."""
    found = code.type_of(dtype)
    if found is None:
        raise layer.refuse(f"{dtype} numbers", "source code knows none")
    return found


def compute_type(layer: Layer, code: Builder) -> Real:
    """Return the floating type that a layer computes in."""
    return "float64" if layer.dtype.compute == "float64" else code.real


def rounded(array: Array, dtype: str) -> Array:
    """Return the numbers as a narrow floating type holds them, in a type that NumPy has."""
    if array.dtype.kind != "f" or dtype == "float64":
        return array
    with np.errstate(over="ignore"):
        if dtype != "bfloat16":
            return array.astype(dtype)
        bits = array.astype(np.float32).view(np.uint32)
    even = (bits >> np.uint32(16)) & np.uint32(1)
    short = (bits + np.uint32(0x7FFF) + even) & np.uint32(0xFFFF0000)
    return np.where(np.isnan(array), np.float32("nan"), short.view(np.float32))


def exact(variable: Variable | None, layer: Layer, absent: float = 0.0) -> Array:
    """Return a variable in float64, as layers use it that keep more digits than they compute in."""
    if variable is None:
        return np.asarray(absent)
    return rounded(variable.load(), layer.dtype.variable).astype(np.float64)


def numbers(variable: Variable, layer: Layer) -> Array:
    """Return a variable as the layer computes with it: rounded to its compute dtype."""
    array = variable.load()
    if array.dtype.kind != "f":
        return array
    stored = rounded(array, layer.dtype.variable)
    return rounded(stored, layer.dtype.compute).astype(np.float64)


def scalar(value: float, layer: Layer) -> float:
    """Return a number of the config as Keras rounds it where it meets a tensor."""
    return float(rounded(np.asarray(value, np.float64), layer.dtype.compute))


def weight(code: Builder, layer: Layer, name: str) -> Value:
    """Return a variable of the layer, to broadcast against others."""
    array = numbers(getattr(layer, name), layer)
    return code.constant(name, array, compute_type(layer, code))


def row_axis(layer: Layer, axis: int, rank: int) -> int:
    """Return an axis of a row of ``rank`` axes; ``axis`` counts the batch."""
    found = layer.axis_of(axis, rank + 1) - 1
    if found < 0:
        raise layer.refuse(f"axis {axis} is the batch", "source code computes one row at a time")
    return found
