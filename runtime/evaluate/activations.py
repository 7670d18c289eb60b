"""Activation layers, and the activation functions of other layers."""

from collections.abc import Callable
from functools import partial

import numpy as np

from keronyx.converter.layers.activations import (
    ELU,
    Activation,
    LeakyReLU,
    ParametricSoftplus,
    PReLU,
    ReLU,
    Softmax,
    SReLU,
    ThresholdedReLU,
)
from keronyx.converter.layers.functions import Expressed, Function
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate import functions
from keronyx.runtime.evaluate.expressed import prepare_formula
from keronyx.runtime.evaluate.model import Step, inert, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers


def prepare_function(function: Function, numbers: Numbers) -> Callable[[Array], Array]:
    """Return the function with its arguments, rounded as Keras does when they meet a tensor."""
    if function.is_linear:
        return inert
    if isinstance(function, Expressed):
        return prepare_formula(function.body, numbers)
    arguments = {
        key: numbers.scalar(value) if isinstance(value, float) else value
        for key, value in function.arguments.items()
    }
    return partial(functions.FUNCTIONS[function.name], **arguments)


@prepare_layer.register
def activation(layer: Activation, numbers: Numbers) -> Step:
    """Apply a built-in function."""
    return prepare_function(layer.activation, numbers)


@prepare_layer.register
def relu(layer: ReLU, numbers: Numbers) -> Step:
    """``keras.activations.relu`` with the layer's arguments."""
    return partial(
        functions.relu,
        negative_slope=numbers.scalar(layer.negative_slope),
        max_value=None if layer.max_value is None else numbers.scalar(layer.max_value),
        threshold=numbers.scalar(layer.threshold),
        multiplies=layer.multiplies,
    )


@prepare_layer.register
def leaky_relu(layer: LeakyReLU, numbers: Numbers) -> Step:
    """``keras.activations.leaky_relu`` with the layer's slope."""
    return partial(functions.leaky_relu, negative_slope=numbers.scalar(layer.negative_slope))


@prepare_layer.register
def elu(layer: ELU, numbers: Numbers) -> Step:
    """``keras.activations.elu`` with the layer's alpha."""
    return partial(functions.elu, alpha=numbers.scalar(layer.alpha))


@prepare_layer.register
def thresholded_relu(layer: ThresholdedReLU, numbers: Numbers) -> Step:
    """Keras 2: ``inputs * cast(greater(inputs, theta))``."""
    theta = numbers.scalar(layer.theta)
    return lambda x: x * (x > theta)


@prepare_layer.register
def softmax(layer: Softmax, numbers: Numbers) -> Step:
    """Softmax of what a mask lets count, whose rest each version keeps out in its own way."""
    plain = _softmax(layer)
    single = np.dtype("float64" if numbers.policy.compute == "float64" else "float32")

    def step(x: Array, mask: Array | None = None) -> Array:
        if mask is None:
            return plain(x)
        if layer.masked == "put and cut":
            return np.where(mask, plain(np.where(mask, x, -1e9)), 0)
        found = plain(functions.added(x, mask, numbers).astype(single)).astype(x.dtype)
        return found * mask if layer.masked == "add and cut" else found

    return step


def _softmax(layer: Softmax) -> Callable[[Array], Array]:
    """Return softmax along one axis, or as Keras spells it for several."""
    if isinstance(layer.axis, tuple) and len(layer.axis) > 1:
        return partial(functions.softmax_of_several, axes=layer.axis)
    return partial(functions.softmax, axis=layer.axis)


@prepare_layer.register
def prelu(layer: PReLU, numbers: Numbers) -> Step:
    """``relu(inputs) - alpha * relu(-inputs)``."""
    alpha = numbers(layer.alpha)
    return lambda x: np.maximum(x, 0) - alpha * np.maximum(-x, 0)


@prepare_layer.register
def parametric_softplus(layer: ParametricSoftplus, numbers: Numbers) -> Step:
    """Keras 1: ``alphas * softplus(betas * x)``."""
    alpha, beta = numbers(layer.alpha), numbers(layer.beta)
    return lambda x: alpha * functions.softplus(beta * x)


@prepare_layer.register
def srelu(layer: SReLU, numbers: Numbers) -> Step:
    """Keras 1: the left and middle piece are one clipped relu, the right one another."""
    left, right = numbers(layer.t_left), np.abs(numbers(layer.t_right))
    left_slope, right_slope = numbers(layer.a_left), numbers(layer.a_right)

    def step(x: Array) -> Array:
        from_left = x - left
        middle = np.clip(from_left, 0, right)
        below = left_slope * np.maximum(-from_left, 0)
        above = right_slope * np.maximum(x - (left + right), 0)
        y: Array = left + middle - below + above
        return y

    return step
