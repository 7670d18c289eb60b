"""The built-in activation functions in NumPy, each with the arguments that its name has in Keras.

The definitions are those of ``keras.activations`` in Keras 3 on TensorFlow, also for NaN and Inf.
"""

import math
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

import numpy as np

from keronyx.converter.errors import UnsupportedConfigError
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.precision import DType, Numbers

Axis = int | tuple[int, ...]


def linear(x: Array) -> Array:
    """Return x."""
    return x


def relu(
    x: Array,
    *,
    negative_slope: float,
    max_value: float | None,
    threshold: float,
    multiplies: bool,
) -> Array:
    """Return x above the threshold, at most max_value; negative_slope * (x - threshold) below.

    With ``multiplies`` it is ``x * cast(x > threshold)``, else ``where(x > threshold, x, 0)``.
    """
    if negative_slope and max_value is None and not threshold:
        return leaky_relu(x, negative_slope=negative_slope)
    if threshold:
        above = x * (x > threshold) if multiplies else np.where(x > threshold, x, 0)
    else:
        above = np.maximum(x, 0)
    if max_value is not None:
        above = np.clip(above, 0, max_value)
    return above - negative_slope * np.maximum(threshold - x, 0) if negative_slope else above


def relu6(x: Array) -> Array:
    """Return x between 0 and 6."""
    return np.clip(x, 0, 6)


def leaky_relu(x: Array, *, negative_slope: float) -> Array:
    """Return x, times negative_slope where it is below 0."""
    return np.where(x > 0, x, negative_slope * x)


def elu(x: Array, *, alpha: float) -> Array:
    """Return x, or alpha * (exp(x) - 1) below 0."""
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def selu(x: Array) -> Array:
    """Return elu(x) with the two constants of self-normalising networks."""
    return 1.0507009873554805 * elu(x, alpha=1.6732632423543772)


def celu(x: Array, *, alpha: float) -> Array:
    """Return x, or alpha * (exp(x / alpha) - 1) below 0."""
    y: Array = np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0) / alpha)
    return y


def gelu(x: Array, *, approximate: bool) -> Array:
    """Return x times the normal distribution function of x, or its approximation by tanh."""
    if approximate:
        odd = np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x))
    else:
        odd = erf(x / math.sqrt(2))
    y: Array = 0.5 * x * (1 + odd)
    return y


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x))."""
    return 1 / (1 + np.exp(-x))


def hard_sigmoid(x: Array, *, slope: float) -> Array:
    """Return slope * x + 0.5 between 0 and 1."""
    return np.clip(slope * x + 0.5, 0, 1)


def tanh(x: Array) -> Array:
    """Return the hyperbolic tangent."""
    return np.tanh(x)


def hard_tanh(x: Array) -> Array:
    """Return x between -1 and 1."""
    return np.clip(x, -1, 1)


def softmax(x: Array, *, axis: Axis) -> Array:
    """Return exp(x) over its sum along the axis or axes."""
    y: Array = np.exp(x - _largest(x, axis))
    y /= np.add.reduce(y, axis=axis, keepdims=True)
    return y


def softmax_of_several(x: Array, *, axes: tuple[int, ...]) -> Array:
    """Return ``exp(x - logsumexp(x, axes))``, where an infinite maximum is not taken off."""
    most = _largest(x, axes)
    most = np.where(np.isfinite(most), most, 0)
    total = np.log(np.add.reduce(np.exp(x - most), axis=axes, keepdims=True)) + most
    y: Array = np.exp(x - total)
    return y


def log_softmax(x: Array, *, axis: Axis) -> Array:
    """Return the logarithm of softmax."""
    y: Array = x - _largest(x, axis)
    y -= np.log(np.add.reduce(np.exp(y), axis=axis, keepdims=True))
    return y


def _largest(x: Array, axis: Axis) -> Array:
    """Return the maximum along the axis or axes, which stay; -Inf of nothing."""
    return np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf)


def softplus(x: Array) -> Array:
    """Return log(1 + exp(x))."""
    y: Array = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
    return y


def softsign(x: Array) -> Array:
    """Return x / (1 + |x|)."""
    y: Array = x / (1 + np.abs(x))
    return y


def exponential(x: Array) -> Array:
    """Return exp(x)."""
    return np.exp(x)


def silu(x: Array) -> Array:
    """Return x * sigmoid(x)."""
    return x * sigmoid(x)


def hard_silu(x: Array) -> Array:
    """Return x * hard_sigmoid(x), as Keras 3 has it."""
    return x * hard_sigmoid(x, slope=1 / 6)


def mish(x: Array) -> Array:
    """Return x * tanh(softplus(x))."""
    return x * np.tanh(softplus(x))


def glu(x: Array, *, axis: int) -> Array:
    """Return the first half of x times the sigmoid of the second."""
    a, b = np.split(x, 2, axis)
    return a * sigmoid(b)


def log_sigmoid(x: Array) -> Array:
    """Return log(sigmoid(x))."""
    return -softplus(-x)


def hard_shrink(x: Array, *, threshold: float) -> Array:
    """Return x where it is further from 0 than the threshold, else 0."""
    return np.where(np.abs(x) > threshold, x, 0)


def soft_shrink(x: Array, *, threshold: float) -> Array:
    """Return x moved towards 0 by the threshold, 0 where it is nearer than that."""
    return np.where(x > threshold, x - threshold, np.where(x < -threshold, x + threshold, 0))


def tanh_shrink(x: Array) -> Array:
    """Return x - tanh(x)."""
    return x - np.tanh(x)


def sparse_plus(x: Array) -> Array:
    """Return 0 up to -1, (x + 1)² / 4 up to 1, x from there."""
    return np.where(x <= -1, 0, np.where(x < 1, 0.25 * (x + 1) ** 2, x))


def sparse_sigmoid(x: Array) -> Array:
    """Return 0 up to -1, (x + 1) / 2 up to 1, 1 from there."""
    return np.clip(0.5 * (x + 1), 0, 1)


def sparsemax(x: Array, *, axis: int) -> Array:
    """Return max(x - tau, 0), tau from the support as Keras computes it.

    The projection onto the simplex takes the last cumulative sum in the support; every backend of
    Keras takes the sum of all of them.
    """
    falling = -np.sort(-x, axis=axis)
    sums = np.cumsum(falling, axis=axis)
    place = [1] * x.ndim
    place[axis] = -1
    ranks = np.arange(1, x.shape[axis] + 1, dtype=x.dtype).reshape(place)
    support = falling - (sums - 1) / ranks > 0
    size = np.sum(support, axis=axis, keepdims=True, dtype=x.dtype)
    tau = (np.sum(np.where(support, sums, 0), axis=axis, keepdims=True) - 1) / size
    y: Array = np.maximum(x - tau, 0)
    return y


def squareplus(x: Array, *, b: float) -> Array:
    """Return (x + sqrt(x² + b)) / 2."""
    return (x + np.sqrt(x * x + b)) / 2


def threshold(x: Array, *, threshold: float | None, default_value: float | None) -> Array:
    """Return x above the threshold, else default_value; without that ``x * (x > threshold)``."""
    if threshold is None:
        raise UnsupportedConfigError("activation 'threshold' has no arguments in the file")
    if default_value is None:
        return x * (x > threshold)
    return np.where(x > threshold, x, default_value)


def added(scores: Array, mask: Array, numbers: Numbers) -> Array:
    """Return ``scores + (1 - mask) * -1e9`` in the precision in which Keras adds it.

    float32 has no digits left for a score beside -1e9: the sum is the same for small ones.
    """
    single = single_type(numbers)
    away = (1 - mask.astype(single)) * np.asarray(-1e9, single)
    total = (scores.astype(single) + away).astype(scores.dtype)
    return np.where(away == 0, scores, total)


def single_type(numbers: Numbers) -> DType:
    """Return the type in which Keras adds masks to scores: float32, of float64 that."""
    return np.dtype("float64" if numbers.policy.compute == "float64" else "float32")


FUNCTIONS: Mapping[str, Callable[..., Array]] = MappingProxyType(
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

STEPS_PER_UNIT = 1024
IN_CACHE = 1 << 14
"""As many numbers at once as a core keeps at hand with all that is computed of them."""
SATURATED = 6.0


@cache
def _erf_table() -> tuple[Array, Array, Array]:
    """Return points, the error function there, and its slope there."""
    points = np.arange(-SATURATED * STEPS_PER_UNIT, SATURATED * STEPS_PER_UNIT + 1)
    points /= STEPS_PER_UNIT
    values = np.array(list(map(math.erf, points)))
    return points, values, 2 / math.sqrt(math.pi) * np.exp(-points * points)


def erf(x: Array) -> Array:
    """Return the error function, by its Taylor series of order 4 about the nearest table point.

    A point is at most 1/2048 away, where the fifth term is below 1e-17. From 6 on, erf is 1 in
    double precision.
    """
    flat = x.reshape(-1)
    found = np.empty(flat.shape, x.dtype)
    for start in range(0, flat.size, IN_CACHE):
        part = slice(start, start + IN_CACHE)
        found[part] = _erf_of(flat[part])
    return found.reshape(x.shape)


def _erf_of(x: Array) -> Array:
    points, values, slopes = _erf_table()
    inside = np.clip(x, -SATURATED, SATURATED)
    index = np.rint((inside + SATURATED) * STEPS_PER_UNIT).astype(np.intp)
    p, value, slope = (table.take(index, mode="clip") for table in (points, values, slopes))
    h = inside - p
    series = 1 - h * (p - h * ((4 * p * p - 2) / 6 + h * (12 - 8 * p * p) * p / 24))
    y: Array = value + slope * h * series
    return y
