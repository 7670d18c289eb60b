"""Activation layers."""

from dataclasses import replace

from keronyx.converter.formula.expression import (
    Cases,
    Equation,
    Expression,
    Number,
    Relation,
    Symbol,
    apply,
    cases,
    each,
)
from keronyx.converter.formula.functions import Z, larger, smaller
from keronyx.converter.formula.model import Meaning, activated, express
from keronyx.converter.layers import activations
from keronyx.converter.layers.functions import Function


@express.register
def activation(layer: activations.Activation, x: Expression) -> Meaning:
    """A built-in function."""
    return _only(x, layer.activation)


def _only(x: Expression, function: Function) -> Meaning:
    """Apply a function to the input, which is a value of its own."""
    meaning = activated(x, function)
    return Meaning(value=meaning.value, definitions=meaning.definitions, numbers=meaning.numbers)


@express.register
def relu(layer: activations.ReLU, x: Expression) -> Meaning:
    """``relu`` with the layer's arguments."""
    return _only(
        x,
        Function.of(
            "relu",
            negative_slope=layer.negative_slope,
            max_value=layer.max_value,
            threshold=layer.threshold,
        ),
    )


@express.register
def leaky_relu(layer: activations.LeakyReLU, x: Expression) -> Meaning:
    """``leaky_relu`` with the layer's slope."""
    return _only(x, Function.of("leaky_relu", negative_slope=layer.negative_slope))


@express.register
def elu(layer: activations.ELU, x: Expression) -> Meaning:
    """``elu`` with the layer's alpha."""
    return _only(x, Function.of("elu", alpha=layer.alpha))


@express.register
def thresholded_relu(layer: activations.ThresholdedReLU, x: Expression) -> Meaning:
    """Return x above theta, else 0."""
    body = cases(Z, Relation(Z, ">", Number(layer.theta)), 0)
    return Meaning(
        value=apply("thresholded_relu", x),
        definitions=(Equation(apply("thresholded_relu", Z), body),),
    )


@express.register
def softmax(layer: activations.Softmax, x: Expression, mask: Expression | None = None) -> Meaning:
    """Softmax along one axis, or several together."""
    meaning = _only(x, Function.of("softmax", axis=layer.axis))
    return meaning if mask is None else replace(meaning, note="of what the mask lets count")


@express.register
def prelu(_layer: activations.PReLU, x: Expression) -> Meaning:
    """A learned slope below 0."""
    return Meaning(value=larger(x, 0) + each(Symbol("alpha"), smaller(x, 0)))


@express.register
def parametric_softplus(_layer: activations.ParametricSoftplus, x: Expression) -> Meaning:
    """A learned softplus."""
    inside = 1 + apply("exp", each(Symbol("beta"), x))
    return Meaning(value=each(Symbol("alpha"), apply("ln", inside)))


@express.register
def srelu(_layer: activations.SReLU, x: Expression) -> Meaning:
    """Three lines."""
    left, right = Symbol("t_left"), Symbol("r")
    pieces = (
        (left + each(Symbol("a_left"), x - left), Relation(x, "<", left)),
        (x, Relation(x, "<", right)),
    )
    return Meaning(
        value=Cases(pieces, right + each(Symbol("a_right"), x - right)),
        definitions=(Equation(right, left + abs(Symbol("t_right"))),),
    )
