"""Operations on booleans, of which masks are made."""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Final

import numpy as np

from keronyx.converter.layers.masks import Filled, Holds, Joined, Logic, Spread
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers

LOGIC: Final[Mapping[str, Callable[..., Array]]] = {
    "and": lambda *arrays: reduce(np.logical_and, arrays),
    "or": lambda *arrays: reduce(np.logical_or, arrays),
    "not": np.logical_not,
}


@prepare_layer.register
def logic(layer: Logic, _numbers: Numbers) -> Step:
    """What NumPy makes of the truths."""
    return LOGIC[layer.function]


@prepare_layer.register
def holds(layer: Holds, _numbers: Numbers) -> Step:
    """Over the axes."""
    found = np.any if layer.function == "any" else np.all
    return lambda x: np.asarray(found(x, axis=layer.axes, keepdims=layer.keepdims))


@prepare_layer.register
def filled(layer: Filled, _numbers: Numbers) -> Step:
    """As many truths as the input has numbers."""
    return lambda x: np.full(x.shape, layer.value)


@prepare_layer.register
def spread(layer: Spread, _numbers: Numbers) -> Step:
    """The input again along axes of size 1."""

    def step(x: Array) -> Array:
        pairs = zip(x.shape, layer.shape, strict=True)
        return np.broadcast_to(x, [own if size is None else size for own, size in pairs])

    return step


@prepare_layer.register
def joined(layer: Joined, _numbers: Numbers) -> Step:
    """The inputs one behind the other."""
    return lambda *arrays: np.concatenate(arrays, axis=layer.axis)
