"""Functions of numbers, element by element."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from keronyx.converter.layers.ops_pointwise import Pointwise
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.functions import erf
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.ops_base import Function, over
from keronyx.runtime.evaluate.precision import Numbers


@prepare_layer.register
def pointwise(layer: Pointwise, numbers: Numbers) -> Step:
    """The function of the operands."""
    return over(layer, numbers, ELEMENTWISE[layer.function])


def _where(condition: Array, a: Array, b: Array) -> Array:
    return np.where(condition, a, b)


def _divide_down(a: Array, b: Array) -> Array:
    return np.floor(a / b) if a.dtype.kind == "f" else np.floor_divide(a, b)


def _rest(a: Array, b: Array) -> Array:
    """Return the rest of a division that rounds down, as C's fmod computes it."""
    rest: Array = np.fmod(a, b)
    return np.where((rest != 0) & ((rest < 0) != (b < 0)), rest + b, rest)


def _rest_with_sign(a: Array, b: Array) -> Array:
    rest: Array = np.sign(a) * _rest(np.abs(a), np.abs(b))
    return rest


def _power(a: Array, b: Array) -> Array:
    """Return a to the power of b; ``np.power`` takes a root for 0.5, of -inf another."""
    if a.dtype.kind != "f":
        return np.power(a, b)
    return np.float_power(a, b).astype(np.result_type(a, b), copy=False)


def _divide_no_nan(a: Array, b: Array) -> Array:
    return np.where(b == 0, 0, a / b)


def _heaviside(x: Array, middle: Array) -> Array:
    return np.where(x < 0, 0, np.where(x > 0, 1, middle))


def _hypot(a: Array, b: Array) -> Array:
    longer, shorter = np.maximum(np.abs(a), np.abs(b)), np.minimum(np.abs(a), np.abs(b))
    found: Array = longer * np.sqrt(1 + _divide_no_nan(shorter, longer) ** 2)
    return found


def _logaddexp(a: Array, b: Array) -> Array:
    return np.where(np.isnan(a - b), a + b, np.logaddexp(a, b))


def _logaddexp2(a: Array, b: Array) -> Array:
    return np.where(np.isnan(a - b), a + b, np.logaddexp2(a, b))


def _erfc(x: Array) -> Array:
    """Return 1 - erf(x); beyond 5, where nothing is left of that, by a continued fraction."""
    z = np.maximum(np.abs(x), 1)
    below = z
    for step in range(60, 0, -1):
        below = z + step / 2 / below
    tail = np.exp(-(z**2)) / np.sqrt(np.pi) / below
    return np.where(x > 2, tail, 1 - erf(x))


def _sinc(x: Array) -> Array:
    return np.where(x == 0, 1, np.sin(np.pi * x) / (np.pi * x))


ELEMENTWISE: Final[Mapping[str, Function]] = {
    "absolute": np.abs,
    "add": np.add,
    "arccos": np.arccos,
    "arccosh": np.arccosh,
    "arcsin": np.arcsin,
    "arcsinh": np.arcsinh,
    "arctan": np.arctan,
    "arctan2": np.arctan2,
    "arctanh": np.arctanh,
    "cbrt": np.cbrt,
    "ceil": np.ceil,
    "cos": np.cos,
    "cosh": np.cosh,
    "deg2rad": np.deg2rad,
    "divide": np.divide,
    "divide_no_nan": _divide_no_nan,
    "equal": np.equal,
    "erf": erf,
    "erfc": _erfc,
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "fabs": np.abs,
    "floor": np.floor,
    "floor_divide": _divide_down,
    "fmax": np.fmax,
    "fmin": np.fmin,
    "fmod": _rest_with_sign,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "heaviside": _heaviside,
    "hypot": _hypot,
    "isfinite": np.isfinite,
    "isinf": np.isinf,
    "isnan": np.isnan,
    "isneginf": lambda x: x == -np.inf,
    "isposinf": lambda x: x == np.inf,
    "less": np.less,
    "less_equal": np.less_equal,
    "log": np.log,
    "log10": np.log10,
    "log1p": np.log1p,
    "log2": np.log2,
    "logaddexp": _logaddexp,
    "logaddexp2": _logaddexp2,
    "logical_and": np.logical_and,
    "logical_not": np.logical_not,
    "logical_or": np.logical_or,
    "logical_xor": np.logical_xor,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "mod": _rest,
    "multiply": np.multiply,
    "negative": np.negative,
    "not_equal": np.not_equal,
    "plus": np.add,
    "power": _power,
    "quotient": np.divide,
    "rad2deg": np.rad2deg,
    "reciprocal": lambda x: 1 / x,
    "remainder": _rest,
    "round": np.rint,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "sign": np.sign,
    "sin": np.sin,
    "sinc": _sinc,
    "sinh": np.sinh,
    "sqrt": np.sqrt,
    "square": np.square,
    "subtract": np.subtract,
    "tan": np.tan,
    "tanh": np.tanh,
    "trunc": np.trunc,
    "where": _where,
}
"""The functions, those of formulas among them."""
