"""Running sums, differences and areas along an axis."""

import numpy as np

from keronyx.converter.layers.ops_scans import Differences, Running, Trapezoid
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.ops_base import over
from keronyx.runtime.evaluate.precision import Numbers


@prepare_layer.register
def running(layer: Running, numbers: Numbers) -> Step:
    """NumPy's own, in the dtype of the numbers."""
    function = np.cumsum if layer.function.endswith("sum") else np.cumprod
    missing = 0.0 if function is np.cumsum else 1.0

    def step(x: Array) -> Array:
        if layer.function.startswith("nan"):
            x = np.nan_to_num(x, nan=missing, posinf=layer.largest, neginf=-layer.largest)
        return np.asarray(function(x, axis=layer.axis, dtype=x.dtype))

    return over(layer, numbers, step)


@prepare_layer.register
def differences(layer: Differences, numbers: Numbers) -> Step:
    """NumPy's own."""
    return over(layer, numbers, lambda x: np.diff(x, n=layer.n, axis=layer.axis))


@prepare_layer.register
def trapezoid(layer: Trapezoid, numbers: Numbers) -> Step:
    """The sum of the means of neighbours."""

    def step(y: Array) -> Array:
        steps = np.moveaxis(y, layer.axis, -1)
        means: Array = 0.5 * (steps[..., 1:] + steps[..., :-1])
        return np.asarray((means * layer.dx).sum(axis=-1))

    return over(layer, numbers, step)
