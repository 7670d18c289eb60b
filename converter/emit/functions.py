"""The activation functions of Keras, each with the operators that onnxruntime runs fastest.

The fused operators have float32 kernels only, and hold their arguments as float32: in float64 the
formula is spelled out.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from keronyx.converter.emit.base import emit_one
from keronyx.converter.emit.erf import normal_distribution
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import cast, halves, kept, reduce, sizes, unsqueeze, where
from keronyx.converter.layers.functions import Expressed, Function
from keronyx.converter.layers.tree import walk

FAR: Final = -1e9
"""What stands for a score that does not count, or is added to it."""

SELU_ALPHA: Final = 1.6732632423543772848170429916717
SELU_SCALE: Final = 1.0507009873554804934193349852946


def activate(graph: Graph, x: Value, function: Function) -> Value:
    """Apply an activation function; nothing for the linear one."""
    if isinstance(function, Expressed):
        return walk(function.body, [x], lambda layer, *given: emit_one(layer, graph, *given))
    return FUNCTIONS[function.name](graph, x, **function.arguments)


def _fused(graph: Graph, x: Value, since: int = 13) -> bool:
    return x.dtype == "float32" and graph.opset >= since


def _one(op_type: str, *numbers: float) -> Callable[..., Value]:
    """Return the function that is one operator; its arguments are attributes."""
    return lambda graph, x, **arguments: graph.op(op_type, x, *numbers, **arguments)


def relu(graph: Graph, x: Value, *, negative_slope: float, threshold: float, **more: Any) -> Value:
    """``x`` above the threshold, at most max_value; negative_slope * (x - threshold) below."""
    if negative_slope and more["max_value"] is None and not threshold:
        return leaky_relu(graph, x, negative_slope=negative_slope)
    positive = _positive(graph, x, threshold, **more)
    if not negative_slope:
        return positive
    # As Keras subtracts it: an infinite or undefined x comes out alike.
    below = graph.op("Sub", threshold, x) if threshold else graph.op("Neg", x)
    missing = graph.op("Mul", graph.op("Relu", below), negative_slope)
    return graph.op("Sub", positive, missing)


def _positive(
    graph: Graph, x: Value, threshold: float, *, max_value: float | None, multiplies: bool
) -> Value:
    # Keras keeps x only above the threshold, then clips to 0 ... max_value, if there is one.
    if threshold:
        above = graph.op("Greater", x, threshold)
        x = kept(graph, x, above) if multiplies else where(graph, above, x, 0.0)
    elif max_value is None:
        return graph.op("Relu", x)
    return x if max_value is None else graph.op("Clip", x, 0.0, max_value)


def leaky_relu(graph: Graph, x: Value, *, negative_slope: float) -> Value:
    """``x``, or negative_slope * x where it is negative."""
    if _fused(graph, x):
        return graph.op("LeakyRelu", x, alpha=float(negative_slope))
    return where(graph, graph.op("Greater", x, 0.0), x, graph.op("Mul", x, negative_slope))


def elu(graph: Graph, x: Value, *, alpha: float) -> Value:
    """``x``, or alpha * (exp(x) - 1) where it is not positive."""
    if _fused(graph, x):
        return graph.op("Elu", x, alpha=float(alpha))
    return _exponential_below(graph, x, 1.0, alpha)


def _exponential_below(graph: Graph, x: Value, scale: float, alpha: float) -> Value:
    above = x if scale == 1 else graph.op("Mul", x, scale)
    grown = graph.op("Sub", graph.op("Exp", x), 1.0)
    below = graph.op("Mul", grown, scale * alpha)
    return where(graph, graph.op("Greater", x, 0.0), above, below)


def selu(graph: Graph, x: Value) -> Value:
    """The scaled exponential linear unit, with the constants that TensorFlow has."""
    if _fused(graph, x):
        return graph.op("Selu", x, alpha=SELU_ALPHA, gamma=SELU_SCALE)
    return _exponential_below(graph, x, SELU_SCALE, SELU_ALPHA)


def celu(graph: Graph, x: Value, *, alpha: float) -> Value:
    """max(x, 0) + alpha * (exp(min(x, 0) / alpha) - 1)."""
    if _fused(graph, x):
        return graph.op("Celu", x, alpha=float(alpha))
    share = graph.op("Div", graph.op("Min", x, 0.0), alpha)
    below = graph.op("Mul", graph.op("Sub", graph.op("Exp", share), 1.0), alpha)
    return graph.op("Add", graph.op("Relu", x), below)


def gelu(graph: Graph, x: Value, *, approximate: bool) -> Value:
    """``x * (1 + erf(x / √2)) / 2``, or with tanh(√(2/π) (x + 0.044715 x³)) for erf."""
    if _fused(graph, x, 20):
        return graph.op("Gelu", x, approximate="tanh" if approximate else "none")
    if x.dtype == "float64" and not approximate:
        return graph.op("Mul", x, normal_distribution(graph, x))
    if approximate:
        curve = _tanh_curve(graph, x)
    else:
        curve = graph.op("Erf", graph.op("Div", x, math.sqrt(2)))
    # In this order onnxruntime knows it for one Gelu.
    return graph.op("Mul", graph.op("Mul", x, graph.op("Add", curve, 1.0)), 0.5)


def _tanh_curve(graph: Graph, x: Value) -> Value:
    cube = graph.op("Mul", graph.op("Pow", x, 3.0), 0.044715)
    share = graph.op("Mul", graph.op("Add", x, cube), math.sqrt(2 / math.pi))
    return graph.op("Tanh", share)


def hard_sigmoid(graph: Graph, x: Value, *, slope: float) -> Value:
    """``slope * x + 1/2`` between 0 and 1."""
    if _fused(graph, x):
        return graph.op("HardSigmoid", x, alpha=float(slope), beta=0.5)
    line = graph.op("Add", graph.op("Mul", x, slope), 0.5)
    return graph.op("Clip", line, 0.0, 1.0)


def log_softmax(graph: Graph, x: Value, *, axis: int) -> Value:
    """``x`` less the logarithm of the sum of its exponentials."""
    if _fused(graph, x):
        return graph.op("LogSoftmax", x, axis=axis)
    # Of doubles, onnxruntime has -inf beside an infinity where TensorFlow has NaN.
    below = graph.op("Sub", x, reduce(graph, "ReduceMax", x, [axis]))
    total = reduce(graph, "ReduceSum", graph.op("Exp", below), [axis])
    return graph.op("Sub", below, graph.op("Log", total))


def softplus(graph: Graph, x: Value) -> Value:
    """log(1 + exp(x))."""
    if _fused(graph, x):
        return graph.op("Softplus", x)
    tail = graph.op("Exp", graph.op("Neg", graph.op("Abs", x)))
    return graph.op("Add", graph.op("Relu", x), graph.op("Log", graph.op("Add", tail, 1.0)))


def softsign(graph: Graph, x: Value) -> Value:
    """``x / (1 + |x|)``."""
    if _fused(graph, x):
        return graph.op("Softsign", x)
    return graph.op("Div", x, graph.op("Add", graph.op("Abs", x), 1.0))


def silu(graph: Graph, x: Value) -> Value:
    """``x * sigmoid(x)``; Swish-24 says the same, but onnxruntime runs it at opset 24 only."""
    if _fused(graph, x):
        return graph.op("Mul", x, graph.op("Sigmoid", x))
    # Of doubles, onnxruntime makes a product with the sigmoid an operator that it cannot run.
    return graph.op("Div", x, graph.op("Add", graph.op("Exp", graph.op("Neg", x)), 1.0))


def hard_silu(graph: Graph, x: Value) -> Value:
    """``x * (x / 6 + 1/2 between 0 and 1)``."""
    if _fused(graph, x, 14):
        return graph.op("HardSwish", x)
    return graph.op("Mul", x, hard_sigmoid(graph, x, slope=1 / 6))


def mish(graph: Graph, x: Value) -> Value:
    """``x * tanh(log(1 + exp(x)))``."""
    if _fused(graph, x, 18):
        return graph.op("Mish", x)
    return graph.op("Mul", x, graph.op("Tanh", softplus(graph, x)))


def glu(graph: Graph, x: Value, *, axis: int) -> Value:
    """``a * sigmoid(b)``, where the axis is split into halves a and b."""
    a, b = halves(graph, x, axis)
    return graph.op("Mul", a, graph.op("Sigmoid", b))


def log_sigmoid(graph: Graph, x: Value) -> Value:
    """-log(1 + exp(-x))."""
    return graph.op("Neg", softplus(graph, graph.op("Neg", x)))


def hard_shrink(graph: Graph, x: Value, *, threshold: float) -> Value:
    """``x`` where |x| > threshold, 0 elsewhere."""
    if _fused(graph, x):
        return graph.op("Shrink", x, lambd=float(threshold))
    return where(graph, graph.op("Greater", graph.op("Abs", x), threshold), x, 0.0)


def soft_shrink(graph: Graph, x: Value, *, threshold: float) -> Value:
    """``x - threshold`` above the threshold, x + threshold below its negative, 0 between."""
    if _fused(graph, x) and threshold >= 0:
        return graph.op("Shrink", x, lambd=float(threshold), bias=float(threshold))
    low = graph.op("Less", x, -threshold)
    below = where(graph, low, graph.op("Add", x, threshold), 0.0)
    above = graph.op("Sub", x, threshold)
    return where(graph, graph.op("Greater", x, threshold), above, below)


def tanh_shrink(graph: Graph, x: Value) -> Value:
    """``x - tanh(x)``."""
    return graph.op("Sub", x, graph.op("Tanh", x))


def sparse_plus(graph: Graph, x: Value) -> Value:
    """0 up to -1, (x + 1)² / 4 between, x from 1 on."""
    step = graph.op("Add", x, 1.0)
    middle = graph.op("Mul", graph.op("Mul", step, step), 0.25)
    right = where(graph, graph.op("Less", x, 1.0), middle, x)
    return where(graph, graph.op("LessOrEqual", x, -1.0), 0.0, right)


def sparse_sigmoid(graph: Graph, x: Value) -> Value:
    """(x + 1) / 2 between 0 and 1."""
    return hard_sigmoid(graph, x, slope=0.5)


def sparsemax(graph: Graph, x: Value, *, axis: int) -> Value:
    """max(x - tau, 0), tau as Keras has it: from the sum of the cumulative sums of the support."""
    count, ranks = _counted(graph, x, axis)
    ordered, _ = graph.ops("TopK", 2, x, count, shape=x.shape, axis=axis)
    total = graph.op("CumSum", ordered, graph.constant(axis, "int64"))
    mean = graph.op("Div", graph.op("Sub", total, 1.0), ranks)
    support = graph.op("Greater", ordered, mean)
    size = reduce(graph, "ReduceSum", cast(graph, support, x.dtype), [axis])
    inside = reduce(graph, "ReduceSum", where(graph, support, total, 0.0), [axis])
    tau = graph.op("Div", graph.op("Sub", inside, 1.0), size)
    return graph.op("Relu", graph.op("Sub", x, tau))


def _counted(graph: Graph, x: Value, axis: int) -> tuple[Value, Value]:
    """Return the size of an axis, and 1, 2, 3 ... along it."""
    behind = x.rank - 1 - axis % x.rank
    size = x.shape[axis]
    if size is not None:
        ranks = np.arange(1, size + 1).reshape(-1, *[1] * behind)
        return graph.integers([size]), graph.constant(ranks, x.dtype)
    count = sizes(graph, x, axis % x.rank, axis % x.rank + 1)
    last = graph.op("Squeeze", graph.op("Add", count, 1), shape=())
    one = graph.constant(1, "int64")
    ranks_ = cast(graph, graph.op("Range", one, last, one, shape=(None,)), x.dtype)
    return count, unsqueeze(graph, ranks_, range(1, behind + 1))


def squareplus(graph: Graph, x: Value, *, b: float) -> Value:
    """(x + √(x² + b)) / 2."""
    root = graph.op("Sqrt", graph.op("Add", graph.op("Mul", x, x), b))
    return graph.op("Mul", graph.op("Add", x, root), 0.5)


def threshold(graph: Graph, x: Value, *, threshold: float, default_value: float | None) -> Value:
    """``x`` above the threshold, default_value elsewhere; without one, times 1 and 0."""
    above = graph.op("Greater", x, threshold)
    return kept(graph, x, above) if default_value is None else where(graph, above, x, default_value)


def exponential_of_difference(graph: Graph, x: Value, axes: Sequence[int]) -> Value:
    """Return exp(x - log(sum(exp(x)))): all ones where a float has no digits for the logarithm."""
    most = reduce(graph, "ReduceMax", x, axes)
    total = reduce(graph, "ReduceSum", graph.op("Exp", graph.op("Sub", x, most)), axes)
    return graph.op("Exp", graph.op("Sub", x, graph.op("Add", graph.op("Log", total), most)))


FUNCTIONS: Final[Mapping[str, Callable[..., Value]]] = {
    "linear": lambda _graph, x: x,
    "relu": relu,
    "relu6": _one("Clip", 0.0, 6.0),
    "leaky_relu": leaky_relu,
    "elu": elu,
    "selu": selu,
    "celu": celu,
    "gelu": gelu,
    "sigmoid": _one("Sigmoid"),
    "hard_sigmoid": hard_sigmoid,
    "tanh": _one("Tanh"),
    "hard_tanh": _one("Clip", -1.0, 1.0),
    "softmax": _one("Softmax"),
    "log_softmax": log_softmax,
    "softplus": softplus,
    "softsign": softsign,
    "exponential": _one("Exp"),
    "silu": silu,
    "hard_silu": hard_silu,
    "mish": mish,
    "glu": glu,
    "log_sigmoid": log_sigmoid,
    "hard_shrink": hard_shrink,
    "soft_shrink": soft_shrink,
    "tanh_shrink": tanh_shrink,
    "sparse_plus": sparse_plus,
    "sparse_sigmoid": sparse_sigmoid,
    "sparsemax": sparsemax,
    "squareplus": squareplus,
    "threshold": threshold,
}
