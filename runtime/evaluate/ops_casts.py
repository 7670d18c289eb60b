"""Other dtypes, and numbers in the shape of an array."""

import numpy as np

from keronyx.converter.layers.ops_casts import Alike, Converted, Measured
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.ops_base import held, name_of, over
from keronyx.runtime.evaluate.precision import FLOATS, Numbers, rounded, working


@prepare_layer.register
def converted(layer: Converted, numbers: Numbers) -> Step:
    """The numbers in the target, rounded to what it holds."""
    target = layer.target

    def step(x: Array) -> Array:
        if target is None:
            return x
        kept = _within(x, target) if layer.function == "saturate_cast" else x
        found = kept.astype(working(target, numbers.precision))
        return rounded(found, target) if target in FLOATS else found

    return step


def _within(x: Array, target: str) -> Array:
    """Keep to the least and the largest that the target holds."""
    if target == "bool":
        return np.clip(x, 0, 1)
    if target == "bfloat16":
        return np.clip(x, -3.3895313892515355e38, 3.3895313892515355e38)
    limits = np.finfo(target) if target in FLOATS else np.iinfo(target)
    return np.clip(x, limits.min, limits.max)


@prepare_layer.register
def alike(layer: Alike, numbers: Numbers) -> Step:
    """As many of one number as the array has."""

    def step(*inputs: Array) -> Array:
        named = layer.infer_dtype(*(name_of(array) for array in inputs))
        dtype = working(named, numbers.precision)
        x, *others = layer.filled(inputs, lambda constant: held(constant, numbers, dtype))
        value = others[0] if others else np.asarray(layer.value)
        return np.broadcast_to(value.astype(dtype), x.shape)

    return step


@prepare_layer.register
def measured(layer: Measured, numbers: Numbers) -> Step:
    """How many numbers, or axes."""
    counted = np.size if layer.function == "size" else np.ndim
    return over(layer, numbers, lambda x: np.asarray(counted(x)))
