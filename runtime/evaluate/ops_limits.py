"""Numbers chosen, rounded, kept within limits, or put in the place of others."""

import numpy as np

from keronyx.converter.layers.ops_limits import Chosen, Clipped, Close, Replenished, Rounded
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.ops_base import in_types, name_of, over
from keronyx.runtime.evaluate.precision import Numbers


@prepare_layer.register
def chosen(layer: Chosen, numbers: Numbers) -> Step:
    """The one or the other."""

    def step(*inputs: Array) -> Array:
        dtype = layer.computes_in(*map(name_of, inputs))
        return np.where(*in_types(layer, numbers, inputs, "bool", dtype))

    return step


@prepare_layer.register
def clipped(layer: Clipped, numbers: Numbers) -> Step:
    """The smaller, then the larger."""

    def step(x: Array) -> Array:
        least, most = (np.asarray(each).astype(x.dtype) for each in (layer.x_min, layer.x_max))
        found: Array = np.maximum(np.minimum(x, most), least)
        return found

    return over(layer, numbers, step)


@prepare_layer.register
def rounded(layer: Rounded, numbers: Numbers) -> Step:
    """Halves to even."""
    factor = 10.0**layer.decimals

    def step(x: Array) -> Array:
        if x.dtype.kind != "f" and layer.decimals >= 0:
            return x
        return np.rint(x * factor) / factor

    return over(layer, numbers, step)


@prepare_layer.register
def close(layer: Close, numbers: Numbers) -> Step:
    """The distance against what is allowed; infinities are apart from themselves."""

    def step(a: Array, b: Array) -> Array:
        if a.dtype.kind != "f":
            return np.equal(a, b)
        near: Array = np.abs(a - b) <= layer.atol + layer.rtol * np.abs(b)
        both: Array = np.isnan(a) & np.isnan(b)
        return near | both if layer.equal_nan else near

    return over(layer, numbers, step)


@prepare_layer.register
def replenished(layer: Replenished, numbers: Numbers) -> Step:
    """Other numbers for NaN and infinities."""
    kinds = {"bfloat16": 3.3895313892515355e38}
    name = layer.dtype.compute
    most = kinds[name] if name in kinds else float(np.finfo(name).max)
    above = most if layer.posinf is None else layer.posinf
    below = -most if layer.neginf is None else layer.neginf

    def step(x: Array) -> Array:
        return np.nan_to_num(x, nan=layer.nan, posinf=above, neginf=below)

    return over(layer, numbers, lambda x: step(x) if x.dtype.kind == "f" else x)
