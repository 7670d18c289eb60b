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
from keronyx.runtime.evaluate.functions import erf
from keronyx.runtime.evaluate.model import Step, prepare_layer
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


def _where(condition: Array, a: Array, b: Array) -> Array:
    return np.where(condition, a, b)


def _divide_down(a: Array, b: Array) -> Array:
    return np.floor(a / b)


def _rest(a: Array, b: Array) -> Array:
    """Return the rest of a division that rounds down, as C's fmod computes it."""
    rest: Array = np.fmod(a, b)
    return np.where((rest != 0) & ((rest < 0) != (b < 0)), rest + b, rest)


def _power(a: Array, b: Array) -> Array:
    """Return a to the power of b; ``np.power`` takes a root for 0.5, of -inf another."""
    return np.float_power(a, b).astype(np.result_type(a, b), copy=False)


ELEMENTWISE: Final[Mapping[str, Callable[..., Array]]] = {
    "absolute": np.abs,
    "add": np.add,
    "ceil": np.ceil,
    "cos": np.cos,
    "divide": np.divide,
    "equal": np.equal,
    "erf": erf,
    "exp": np.exp,
    "expm1": np.expm1,
    "floor": np.floor,
    "floor_divide": _divide_down,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "less": np.less,
    "less_equal": np.less_equal,
    "log": np.log,
    "log1p": np.log1p,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "multiply": np.multiply,
    "negative": np.negative,
    "not_equal": np.not_equal,
    "power": _power,
    "remainder": _rest,
    "round": np.rint,
    "sign": np.sign,
    "sin": np.sin,
    "sqrt": np.sqrt,
    "square": np.square,
    "subtract": np.subtract,
    "where": _where,
}


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
