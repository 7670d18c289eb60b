"""Operands of an operation in arrays: in the dtype in which Keras meets them."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from keronyx.converter.layers.operands import Constant
from keronyx.converter.layers.ops_base import Applied
from keronyx.converter.layers.promotion import hardened
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step
from keronyx.runtime.evaluate.precision import DType, Numbers, working

Function: TypeAlias = Callable[..., Array]
"""What is computed of the operands that there are."""


def over(layer: Applied, numbers: Numbers, function: Function) -> Step:
    """Return a step that calls the function on all operands, met in one dtype."""

    def step(*inputs: Array) -> Array:
        given = [name_of(array) for array in inputs]
        dtype = working(layer.computes_in(*given), numbers.precision)
        gives = working(layer.infer_dtype(*given), numbers.precision)
        operands = layer.filled(inputs, lambda constant: held(constant, numbers, dtype))
        found = function(*(array.astype(dtype, copy=False) for array in operands))
        return np.asarray(found).astype(gives, copy=False)

    return step


def in_types(
    layer: Applied, numbers: Numbers, inputs: tuple[Array, ...], *dtypes: str
) -> list[Array]:
    """Return operands each in a dtype of its own; the last one is that of all others, too."""
    given = layer.filled(inputs, lambda constant: constant)
    every = (*dtypes, *[dtypes[-1]] * len(given))
    return [
        _in_type(each, numbers, working(name, numbers.precision))
        for each, name in zip(given, every, strict=False)
    ]


def _in_type(each: Array | Constant, numbers: Numbers, dtype: DType) -> Array:
    if isinstance(each, Constant):
        return held(each, numbers, dtype)
    return each.astype(dtype, copy=False)


def name_of(array: Array) -> str:
    """Return Keras's name for what an array holds."""
    return "string" if array.dtype.kind in "OU" else array.dtype.name


def held(constant: Constant, numbers: Numbers, dtype: DType) -> Array:
    """Return a constant of the file; floating numbers are rounded to what Keras holds them in."""
    if dtype.kind != "f":
        return constant.array.astype(dtype)
    return np.asarray(numbers.constant(constant.array), dtype)


def strong(constant: Constant, numbers: Numbers) -> Array:
    """Return a constant as a tensor of its own."""
    return held(constant, numbers, working(hardened(constant.dtype), numbers.precision))
