"""One number of those along axes."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import numpy as np

from keronyx.converter.layers.ops_reductions import Reduction
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.ops_base import Function, over
from keronyx.runtime.evaluate.precision import Numbers


@prepare_layer.register
def reduction(layer: Reduction, numbers: Numbers) -> Step:
    """Over the axes; of integers in the dtype that they are in."""
    given = partial(REDUCED[layer.function], axis=layer.axis, keepdims=layer.keepdims)
    if layer.initial is not None:
        return over(layer, numbers, partial(given, initial=layer.initial))
    if layer.function.removeprefix("reduce_") in {"sum", "prod"}:
        return over(layer, numbers, lambda x: given(x, dtype=x.dtype))
    return over(layer, numbers, given)


def _mean(x: Array, **how: Any) -> Array:
    """Return the mean, of integers towards zero."""
    if x.dtype.kind == "f":
        return np.asarray(np.mean(x, **how))
    total = np.sum(x, dtype=x.dtype, **how)
    return np.asarray(np.trunc(total / (x.size // total.size)))


REDUCED: Final[Mapping[str, Function]] = {
    "all": np.all,
    "any": np.any,
    "count_nonzero": np.count_nonzero,
    "max": np.max,
    "mean": np.mean,
    "min": np.min,
    "prod": np.prod,
    "reduce_mean": _mean,
    "reduce_prod": np.prod,
    "reduce_sum": np.sum,
    "ptp": lambda x, **how: np.max(x, **how) - np.min(x, **how),
    "std": np.std,
    "sum": np.sum,
    "var": np.var,
}
