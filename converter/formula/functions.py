"""The built-in activation functions as mathematics, each with its arguments filled in."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from keronyx.converter.formula.expression import (
    Bracket,
    Cases,
    Equation,
    Expression,
    Number,
    Relation,
    Root,
    Symbol,
    apply,
    at,
    cases,
    total,
    wrap,
)
from keronyx.converter.layers.functions import Function

Axis = int | tuple[int, ...]
Z: Final = Symbol("z")
HERE: Final = at(Z, "i")
THERE: Final = at(Z, "j")


def larger(a: Expression | float, b: Expression | float) -> Expression:
    """Return the larger of two."""
    return apply("max", a, b)


def smaller(a: Expression | float, b: Expression | float) -> Expression:
    """Return the smaller of two."""
    return apply("min", a, b)


def between(z: Expression, low: float, high: float) -> Expression:
    """Return z, clipped."""
    return smaller(larger(z, low), high)


def above(z: Expression, limit: float) -> Relation:
    """Return the condition that z is above the limit."""
    return Relation(z, ">", Number(limit))


def linear() -> Expression:
    """Return z."""
    return Z


def relu(
    *, negative_slope: float, max_value: float | None, threshold: float, multiplies: bool
) -> Expression:
    """Return z above the threshold, at most max_value; negative_slope * (z - threshold) below."""
    del multiplies  # of which only NaN and infinities tell
    if threshold == 0 and negative_slope == 0:
        positive = larger(Z, 0)
        return positive if max_value is None else smaller(positive, max_value)
    top: Expression = Z
    if max_value is not None:
        top = smaller(larger(Z, 0) if threshold < 0 else Z, max_value)
    below = Z - threshold if threshold else Z
    return cases(top, above(Z, threshold), negative_slope * below if negative_slope else Number(0))


def relu6() -> Expression:
    """Return z between 0 and 6."""
    return between(Z, 0, 6)


def leaky_relu(*, negative_slope: float) -> Expression:
    """Return z, times the slope below 0."""
    return cases(Z, above(Z, 0), negative_slope * Z)


def elu(*, alpha: float) -> Expression:
    """Return z, or alpha * (exp(z) - 1) below 0."""
    return cases(Z, above(Z, 0), _scaled(alpha, apply("exp", Z) - 1))


def _scaled(factor: float, expression: Expression) -> Expression:
    return expression if factor == 1 else factor * expression


def selu() -> Expression:
    """Elu with the two constants of self-normalising networks."""
    low = 1.6732632423543772 * (apply("exp", Z) - 1)
    return 1.0507009873554805 * cases(Z, above(Z, 0), low)


def celu(*, alpha: float) -> Expression:
    """Return z, or alpha * (exp(z / alpha) - 1) below 0."""
    inner = Z if alpha == 1 else Z / alpha
    return cases(Z, above(Z, 0), _scaled(alpha, apply("exp", inner) - 1))


def gelu(*, approximate: bool) -> Expression:
    """Return z times the normal distribution function of z, or its approximation by tanh."""
    if approximate:
        inner = Root(2 / Symbol("π")) * (Z + 0.044715 * Z**3)
        return (0.5 * Z) * (1 + apply("tanh", inner))
    return (0.5 * Z) * (1 + apply("erf", Z / Root(Number(2))))


def sigmoid() -> Expression:
    """1 / (1 + exp(-z))."""
    return 1 / (1 + apply("exp", -Z))


def hard_sigmoid(*, slope: float) -> Expression:
    """Slope * z + 0.5 between 0 and 1; the slope of Keras 3 is a sixth."""
    line = Z / 6 if math.isclose(slope, 1 / 6) else slope * Z
    return between(line + 0.5, 0, 1)


def tanh() -> Expression:
    """(exp(z) - exp(-z)) / (exp(z) + exp(-z))."""
    up, down = apply("exp", Z), apply("exp", -Z)
    return (up - down) / (up + down)


def hard_tanh() -> Expression:
    """Return z between -1 and 1."""
    return between(Z, -1, 1)


def softmax(*, axis: Axis) -> Expression:
    """exp(z) over its sum along the axis."""
    del axis
    return apply("exp", HERE) / total(apply("exp", THERE), "j")


def log_softmax(*, axis: Axis) -> Expression:
    """The logarithm of softmax."""
    del axis
    return HERE - apply("ln", total(apply("exp", THERE), "j"))


def softplus() -> Expression:
    """ln(1 + exp(z))."""
    return apply("ln", 1 + apply("exp", Z))


def softsign() -> Expression:
    """Return z / (1 + |z|)."""
    return Z / (1 + abs(Z))


def exponential() -> Expression:
    """exp(z)."""
    return apply("exp", Z)


def silu() -> Expression:
    """Return z * sigmoid(z)."""
    return Z / (1 + apply("exp", -Z))


def hard_silu() -> Expression:
    """Return z * hard_sigmoid(z), with the slope of Keras 3."""
    return Z * between(Z / 6 + 0.5, 0, 1)


def mish() -> Expression:
    """Return z * tanh(softplus(z))."""
    return Z * apply("tanh", apply("ln", 1 + apply("exp", Z)))


def glu(*, axis: int) -> Expression:
    """The first half times the sigmoid of the second."""
    del axis
    return Symbol("a") / (1 + apply("exp", -Symbol("b")))


def log_sigmoid() -> Expression:
    """ln(sigmoid(z))."""
    return -apply("ln", 1 + apply("exp", -Z))


def hard_shrink(*, threshold: float) -> Expression:
    """Return z where it is further from 0 than the threshold."""
    return cases(Z, above(abs(Z), threshold), 0)


def soft_shrink(*, threshold: float) -> Expression:
    """Return z moved towards 0 by the threshold."""
    low = Relation(Z, "<", Number(-threshold))
    return Cases(((Z - threshold, above(Z, threshold)), (Z + threshold, low)), Number(0))


def tanh_shrink() -> Expression:
    """Return z - tanh(z)."""
    return Z - apply("tanh", Z)


def sparse_plus() -> Expression:
    """0, a parabola, a line."""
    left, middle = Relation(Z, "≤", Number(-1)), Relation(Z, "<", Number(1))
    return Cases(((Number(0), left), ((Z + 1) ** 2 / 4, middle)), Z)


def sparse_sigmoid() -> Expression:
    """(z + 1) / 2 between 0 and 1."""
    return between((Z + 1) / 2, 0, 1)


def sparsemax(*, axis: int) -> Expression:
    """max(z - τ, 0), τ as Keras computes it."""
    del axis
    return larger(Z - Symbol("τ"), 0)


def squareplus(*, b: float) -> Expression:
    """(z + √(z² + b)) / 2."""
    return (Z + Root(Z**2 + b)) / 2


def threshold(*, threshold: float | None, default_value: float | None) -> Expression:
    """Return z above the threshold, else default_value, or 0 without one."""
    if threshold is None:
        return cases(Z, Relation(Z, ">", Symbol("threshold")), Symbol("default_value"))
    return cases(Z, Relation(Z, ">", wrap(threshold)), wrap(default_value or 0))


FUNCTIONS: Final[Mapping[str, Callable[..., Expression]]] = MappingProxyType(
    {
        function.__name__: function
        for function in (
            *(linear, relu, relu6, leaky_relu, elu, selu, celu, gelu),
            *(sigmoid, hard_sigmoid, tanh, hard_tanh, softmax, log_softmax, softplus, softsign),
            *(exponential, silu, hard_silu, mish, glu, log_sigmoid, hard_shrink, soft_shrink),
            *(tanh_shrink, sparse_plus, sparse_sigmoid, sparsemax, squareplus, threshold),
        )
    }
)

INDEXED: Final = frozenset({"softmax", "log_softmax"})
"""Functions that are defined element by element, with the others in sight."""

_S: Final = at(Symbol("s"), "k")
_FALLING: Final = apply("sorted", Z)
_IN_SUPPORT: Final = Relation(at(_FALLING, "k"), ">", (_S - 1) / Symbol("k"))

MORE: Final[Mapping[str, tuple[Equation, ...]]] = {
    "glu": (Equation(Z, Bracket((Symbol("a"), Symbol("b")))),),
    "sparsemax": (
        Equation(
            Symbol("τ"), (total(_S, Relation(Symbol("k"), "≤", Symbol("n"))) - 1) / Symbol("n")
        ),
        Equation(_S, total(at(_FALLING, "i"), Relation(Symbol("i"), "≤", Symbol("k")))),
        Equation(Symbol("n"), total(Bracket((_IN_SUPPORT,)), "k")),
    ),
}
"""What a definition leans on; ``sorted`` puts the largest first."""


def define(function: Function) -> tuple[Equation, ...]:
    """Return the equations that say what a function with its arguments is."""
    body = FUNCTIONS[function.name](**function.arguments)
    head: Expression = apply(function.name, Z)
    if function.name in INDEXED:
        head = at(head, "i")
    return (Equation(head, body), *MORE.get(function.name, ()))


def axis_of(function: Function) -> dict[str, Any]:
    """Return the axis of a function that has one."""
    return {"axis": function.arguments["axis"]} if "axis" in function.arguments else {}
