"""The built-in activation functions of Keras, element by element or along an axis."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.functions import Expressed, Function
from keronyx.converter.layers.tree import walk
from keronyx.converter.lower.base import lower_layer, row_axis, scalar
from keronyx.converter.lower.builder import Builder
from keronyx.converter.lower.terms import Term, above, below, call, clip, kept, where
from keronyx.converter.lower.values import Value
from keronyx.converter.several import as_tuple

SELU_ALPHA: Final = 1.6732632423543772
SELU_SCALE: Final = 1.0507009873554805


def relu(
    x: Term,
    *,
    negative_slope: float,
    max_value: float | None,
    threshold: float,
    multiplies: bool,
) -> Term:
    """X above the threshold, at most max_value; negative_slope * (x - threshold) below."""
    if negative_slope and max_value is None and not threshold:
        return leaky_relu(x, negative_slope=negative_slope)
    positive = _above(x, threshold, multiplies=multiplies)
    if max_value is not None:
        positive = clip(positive, 0, max_value) if threshold < 0 else below(positive, max_value)
    if not negative_slope:
        return positive
    return positive - negative_slope * above(threshold - x, 0)


def _above(x: Term, threshold: float, *, multiplies: bool) -> Term:
    """X above the threshold, 0 below; Keras may get there by a product with 0 or 1."""
    if not threshold:
        return above(x, 0)
    return kept(x, x > threshold) if multiplies else where(x > threshold, x, 0)


def leaky_relu(x: Term, *, negative_slope: float) -> Term:
    """x, times negative_slope where it is below 0."""
    return where(x > 0, x, negative_slope * x)


def elu(x: Term, *, alpha: float) -> Term:
    """x, or alpha * (exp(x) - 1) below 0."""
    return where(x > 0, x, alpha * call("expm1", below(x, 0)))


def selu(x: Term) -> Term:
    """elu(x) with the two constants of self-normalising networks."""
    return SELU_SCALE * elu(x, alpha=SELU_ALPHA)


def celu(x: Term, *, alpha: float) -> Term:
    """max(x, 0) + alpha * (exp(min(x, 0) / alpha) - 1)."""
    return above(x, 0) + alpha * call("expm1", below(x, 0) / alpha)


def gelu(x: Term, *, approximate: bool) -> Term:
    """X times the normal distribution function of x, or its approximation by tanh."""
    if approximate:
        odd = call("tanh", math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x))
    else:
        odd = call("erf", x * math.sqrt(0.5))
    return 0.5 * x * (1 + odd)


def sigmoid(x: Term) -> Term:
    """1 / (1 + exp(-x))."""
    return 1 / (1 + call("exp", -x))


def hard_sigmoid(x: Term, *, slope: float) -> Term:
    """Slope * x + 0.5 between 0 and 1."""
    return clip(slope * x + 0.5, 0, 1)


def softplus(x: Term) -> Term:
    """log(1 + exp(x))."""
    return above(x, 0) + call("log1p", call("exp", -call("abs", x)))


def silu(x: Term) -> Term:
    """X * sigmoid(x)."""
    return x * sigmoid(x)


def hard_silu(x: Term) -> Term:
    """X * (x / 6 + 0.5 between 0 and 1)."""
    return x * hard_sigmoid(x, slope=1 / 6)


def soft_shrink(x: Term, *, threshold: float) -> Term:
    """X moved towards 0 by the threshold, 0 where it is nearer than that."""
    return where(x > threshold, x - threshold, where(x < -threshold, x + threshold, x.like(0.0)))


def sparse_plus(x: Term) -> Term:
    """0 up to -1, (x + 1)² / 4 up to 1, x from there."""
    return where(x <= -1, 0, where(x < 1, 0.25 * ((x + 1) * (x + 1)), x))


def beyond(x: Term, *, threshold: float, default_value: float | None) -> Term:
    """X above the threshold, default_value elsewhere; without one, times 1 and 0."""
    over = x > threshold
    return kept(x, over) if default_value is None else where(over, x, default_value)


def squareplus(x: Term, *, b: float) -> Term:
    """(x + sqrt(x² + b)) / 2."""
    return (x + call("sqrt", x * x + b)) * 0.5


ELEMENTWISE: Final[Mapping[str, Callable[..., Term]]] = {
    "linear": lambda x: x,
    "relu": relu,
    "relu6": lambda x: clip(x, 0, 6),
    "leaky_relu": leaky_relu,
    "elu": elu,
    "selu": selu,
    "celu": celu,
    "gelu": gelu,
    "sigmoid": sigmoid,
    "hard_sigmoid": hard_sigmoid,
    "tanh": lambda x: call("tanh", x),
    "hard_tanh": lambda x: clip(x, -1, 1),
    "softplus": softplus,
    "softsign": lambda x: x / (1 + call("abs", x)),
    "exponential": lambda x: call("exp", x),
    "silu": silu,
    "hard_silu": hard_silu,
    "mish": lambda x: x * call("tanh", softplus(x)),
    "log_sigmoid": lambda x: -softplus(-x),
    "hard_shrink": lambda x, threshold: where(call("abs", x) > threshold, x, 0),
    "soft_shrink": soft_shrink,
    "tanh_shrink": lambda x: x - call("tanh", x),
    "sparse_plus": sparse_plus,
    "sparse_sigmoid": lambda x: clip(0.5 * (x + 1), 0, 1),
    "squareplus": squareplus,
    "threshold": beyond,
}


def softmax(code: Builder, x: Value, axes: tuple[int, ...]) -> Value:
    """exp(x) over its sum along the axes."""
    largest = code.fold("max", lambda a: a, x, axes=axes)
    grown = code.map(lambda a, m: call("exp", a - m), x, largest)
    total = code.fold("sum", lambda a: a, grown, axes=axes)
    return code.map(lambda a, s: a / s, grown, total)


def softmax_of_several(code: Builder, x: Value, axes: tuple[int, ...]) -> Value:
    """exp(x - logsumexp(x, axes)), where an infinite maximum is not taken off."""
    largest = code.fold("max", lambda a: a, x, axes=axes)
    most = code.map(lambda m: where((m - m).equals(0), m, 0), largest)
    total = code.fold("sum", lambda a, m: call("exp", a - m), x, most, axes=axes)
    return code.map(lambda a, m, s: call("exp", a - (call("log", s) + m)), x, most, total)


def log_softmax(code: Builder, x: Value, axes: tuple[int, ...]) -> Value:
    """The logarithm of softmax."""
    largest = code.fold("max", lambda a: a, x, axes=axes)
    total = code.fold(
        "sum",
        lambda a, m: call("exp", a - m),
        x,
        largest,
        axes=axes,
        finish=lambda s: call("log", s),
    )
    return code.map(lambda a, m, s: a - m - s, x, largest, total)


def glu(code: Builder, x: Value, axes: tuple[int, ...]) -> Value:
    """The first half of x times the sigmoid of the second."""
    (axis,) = axes
    half = x.shape[axis] // 2
    return code.map(lambda a, b: a * sigmoid(b), x.part(axis, 0, half), x.part(axis, half, half))


def sparsemax(code: Builder, x: Value, axes: tuple[int, ...]) -> Value:
    """max(x - tau, 0); tau from the sum of the cumulative sums over the support, as Keras has it.

    Instead of sorting, each element counts those in front of it in falling order.
    """
    (axis,) = axes
    last = x.permuted([*(other for other in range(x.rank) if other != axis), axis])
    size, rank = last.shape[-1], last.rank
    pairs = (*last.shape, size)
    one, other = last.with_ones(rank, 1), last.with_ones(rank - 1, 1)

    def in_front(a: Term, b: Term, then: Term) -> Term:
        first = where(code.index(rank) <= code.index(rank - 1), then, 0)
        return where(b > a, then, where(b.equals(a), first, 0))

    def folded(then: Callable[[Term], Term]) -> Value:
        def value(a: Term, b: Term) -> Term:
            return in_front(a, b, then(b))

        return code.fold("sum", value, one, other, axes=[rank], shape=pairs).reshaped(last.shape)

    ranks = folded(lambda b: b.like(1.0))
    sums = folded(lambda b: b)
    support = code.map(
        lambda a, n, s: where(a - (s - 1) / n > 0, a.like(1.0), 0), last, ranks, sums
    )
    count = code.fold("sum", lambda s: s, support, axes=[rank - 1])
    inside = code.fold("sum", lambda s, t: where(s > 0, t, 0), support, sums, axes=[rank - 1])
    result = code.map(lambda a, n, t: above(a - (t - 1) / n, 0), last, count, inside)
    return result.permuted([*range(axis), rank - 1, *range(axis, rank - 1)])


ALONG: Final[Mapping[str, Callable[[Builder, Value, tuple[int, ...]], Value]]] = {
    "softmax": softmax,
    "log_softmax": log_softmax,
    "glu": glu,
    "sparsemax": sparsemax,
}
"""Functions of all elements along an axis."""


def elementwise(layer: Layer, function: Function) -> Callable[[Term], Term] | None:
    """Return a function with its arguments as Keras rounds them; None for one along an axis."""
    if function.name not in ELEMENTWISE or isinstance(function, Expressed):
        return None
    arguments = _arguments(layer, function)
    return lambda x: ELEMENTWISE[function.name](x, **arguments)


def _arguments(layer: Layer, function: Function) -> dict[str, Any]:
    if function.name == "threshold" and function.arguments["threshold"] is None:
        raise layer.refuse("activation 'threshold' has no arguments in the file")
    return {
        key: scalar(value, layer) if isinstance(value, float) else value
        for key, value in function.arguments.items()
    }


def activate(code: Builder, layer: Layer, x: Value, function: Function) -> Value:
    """Apply an activation function; nothing for the linear one."""
    if function.is_linear:
        return x
    term = elementwise(layer, function)
    if term is not None:
        return code.map(term, x)
    if isinstance(function, Expressed):
        return walk(function.body, [x], lambda each, *given: lower_layer(each, code, *given))
    return _along(code, layer, x, function)


def _along(code: Builder, layer: Layer, x: Value, function: Function) -> Value:
    """Apply a function of all numbers along some axes."""
    if function.name not in ALONG:
        raise layer.refuse(f"activation={function.name!r}")
    said: Any = function.arguments["axis"]
    axes = as_tuple(said)
    return ALONG[function.name](code, x, tuple(row_axis(layer, axis, x.rank) for axis in axes))
