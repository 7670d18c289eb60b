"""One number of those along axes."""

from collections.abc import Mapping
from functools import partial
from typing import Final

import numpy as np

from keronyx.converter.layers.ops_reductions import Reduction
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.ops_base import Function, over
from keronyx.runtime.evaluate.precision import Numbers


@prepare_layer.register
def reduction(layer: Reduction, numbers: Numbers) -> Step:
    """Over the axes; of integers in the dtype that they are in."""
    given = partial(REDUCED[layer.function], axis=layer.axis, keepdims=layer.keepdims)
    if layer.initial is not None:
        return over(layer, numbers, partial(given, initial=layer.initial))
    if layer.function in {"sum", "prod"}:
        return over(layer, numbers, lambda x: given(x, dtype=x.dtype))
    return over(layer, numbers, given)


REDUCED: Final[Mapping[str, Function]] = {
    "all": np.all,
    "any": np.any,
    "count_nonzero": np.count_nonzero,
    "max": np.max,
    "mean": np.mean,
    "min": np.min,
    "prod": np.prod,
    "ptp": lambda x, **how: np.max(x, **how) - np.min(x, **how),
    "std": np.std,
    "sum": np.sum,
    "var": np.var,
}
