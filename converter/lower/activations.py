"""Activation layers."""

import numpy as np

from keronyx.converter.layers import activations
from keronyx.converter.lower.base import (
    compute_type,
    lower_layer,
    numbers,
    row_axis,
    scalar,
    weight,
)
from keronyx.converter.lower.builder import Builder
from keronyx.converter.lower.functions import (
    activate,
    elu,
    leaky_relu,
    relu,
    softmax,
    softmax_of_several,
    softplus,
)
from keronyx.converter.lower.terms import Term, above, kept, maximum, minimum, where
from keronyx.converter.lower.values import Value
from keronyx.converter.program.memory import REALS
from keronyx.converter.several import as_tuple


@lower_layer.register
def activation(layer: activations.Activation, code: Builder, x: Value) -> Value:
    """The function; the rectifier of integers stays in their type."""
    function = layer.activation
    if x.dtype not in REALS and not function.is_linear and any(function.arguments.values()):
        raise layer.refuse(f"activation={function.name!r} with arguments of {x.dtype} numbers")
    return activate(code, layer, x, function)


@lower_layer.register
def re_lu(layer: activations.ReLU, code: Builder, x: Value) -> Value:
    """The function with the layer's arguments."""
    most = None if layer.max_value is None else scalar(layer.max_value, layer)
    slope, threshold = scalar(layer.negative_slope, layer), scalar(layer.threshold, layer)
    return code.map(
        lambda a: relu(
            a,
            negative_slope=slope,
            max_value=most,
            threshold=threshold,
            multiplies=layer.multiplies,
        ),
        x,
    )


@lower_layer.register
def leaky_re_lu(layer: activations.LeakyReLU, code: Builder, x: Value) -> Value:
    """The function with the layer's slope."""
    slope = scalar(layer.negative_slope, layer)
    return code.map(lambda a: leaky_relu(a, negative_slope=slope), x)


@lower_layer.register
def elu_layer(layer: activations.ELU, code: Builder, x: Value) -> Value:
    """The function with the layer's alpha."""
    alpha = scalar(layer.alpha, layer)
    return code.map(lambda a: elu(a, alpha=alpha), x)


@lower_layer.register
def thresholded_re_lu(layer: activations.ThresholdedReLU, code: Builder, x: Value) -> Value:
    """``inputs * cast(greater(inputs, theta))``."""
    theta = scalar(layer.theta, layer)
    return code.map(lambda a: kept(a, a > theta), x)


@lower_layer.register
def softmax_layer(layer: activations.Softmax, code: Builder, x: Value) -> Value:
    """Softmax along one axis or several."""
    axes = as_tuple(layer.axis)
    kind = softmax if len(axes) == 1 else softmax_of_several
    return kind(code, x, tuple(row_axis(layer, axis, x.rank) for axis in axes))


@lower_layer.register
def p_re_lu(layer: activations.PReLU, code: Builder, x: Value) -> Value:
    """x, or alpha * x below 0."""
    alpha = weight(code, layer, "alpha")
    return code.map(lambda a, slope: where(a > 0, a, slope * a), x, alpha)


@lower_layer.register
def parametric_softplus(layer: activations.ParametricSoftplus, code: Builder, x: Value) -> Value:
    """Alpha * softplus(beta * x)."""
    alpha, beta = weight(code, layer, "alpha"), weight(code, layer, "beta")
    return code.map(lambda a, scale, steep: scale * softplus(steep * a), x, alpha, beta)


@lower_layer.register
def s_re_lu(layer: activations.SReLU, code: Builder, x: Value) -> Value:
    """The middle piece, and what goes beyond it on either side times that side's slope."""
    left = weight(code, layer, "t_left")
    spread = numbers(layer.t_left, layer) + np.abs(numbers(layer.t_right, layer))
    right = code.constant("t_right_actual", spread, compute_type(layer, code))
    slopes = weight(code, layer, "a_left"), weight(code, layer, "a_right")

    def pieces(a: Term, low: Term, high: Term, falling: Term, rising: Term) -> Term:
        middle = maximum(minimum(a, high), low)
        return middle - falling * above(low - a, 0) + rising * above(a - high, 0)

    return code.map(pieces, x, left, right, *slopes)
