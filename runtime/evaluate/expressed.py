"""Layers and activations that a user's formula stands for, and the operations it is made of."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.expressed import Lambda, Replaced
from keronyx.converter.layers.operations import (
    Cast,
    Elementwise,
    ExpandDims,
    Reduce,
    Slice,
    Squeeze,
)
from keronyx.converter.layers.tree import Node, layers_of, walk
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.ops_pointwise import ELEMENTWISE
from keronyx.runtime.evaluate.precision import Numbers, working


def prepare_formula(body: Node, numbers: Numbers) -> Step:
    """Prepare every operation of a formula."""
    steps: dict[Layer, Step] = {
        layer: prepare_layer(layer, numbers.held(layer)) for layer in layers_of(body)
    }
    return lambda *arrays: walk(body, arrays, lambda layer, *given: steps[layer](*given))


@prepare_layer.register(Lambda)
@prepare_layer.register(Replaced)
def replaced(layer: Replaced, numbers: Numbers) -> Step:
    """What the formula says."""
    return prepare_formula(layer.body, numbers)


@prepare_layer.register
def elementwise(layer: Elementwise, numbers: Numbers) -> Step:
    """The function of the inputs and the constants, which take the dtype of the inputs."""
    function = ELEMENTWISE[layer.function]
    plain = [None if each is None else np.asarray(each) for each in layer.operands]
    floating = [None if each is None else numbers.constant(each) for each in plain]

    def step(*arrays: Array) -> Array:
        given, dtype = iter(arrays), arrays[-1].dtype
        if dtype.kind in "fb":  # of a bool, the constants are what is chosen from
            return function(*(next(given) if each is None else each for each in floating))
        whole = (next(given) if each is None else each.astype(dtype) for each in plain)
        return function(*whole)

    return step


@prepare_layer.register
def cast(layer: Cast, numbers: Numbers) -> Step:
    """The array in another dtype."""
    if layer.target is not None:
        target = working(layer.target, numbers.precision)
        return lambda x: x.astype(target, copy=False)
    floating = numbers.dtype
    return lambda x: x.astype(floating, copy=False) if x.dtype.kind == "f" else x


REDUCED: Final[Mapping[str, Callable[..., Array]]] = {
    "max": np.max,
    "mean": np.mean,
    "min": np.min,
    "sum": np.sum,
}


@prepare_layer.register
def reduce(layer: Reduce, _numbers: Numbers) -> Step:
    """Over the axes."""
    function = REDUCED[layer.function]
    return lambda x: function(x, axis=layer.axes, keepdims=layer.keepdims)


@prepare_layer.register
def expand_dims(layer: ExpandDims, _numbers: Numbers) -> Step:
    """An axis more."""
    return lambda x: np.expand_dims(x, layer.axis)


@prepare_layer.register
def squeeze(layer: Squeeze, _numbers: Numbers) -> Step:
    """An axis less."""
    return lambda x: np.squeeze(x, layer.axis)


@prepare_layer.register
def cut(layer: Slice, _numbers: Numbers) -> Step:
    """A part of an axis."""
    part = slice(layer.start, layer.stop, layer.step)

    def step(x: Array) -> Array:
        places: list[slice] = [slice(None)] * x.ndim
        places[layer.axis] = part
        return x[tuple(places)]

    return step
