"""Bits, whole numbers and signs of arrays."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from keronyx.converter.layers.ops_bits import AllClose, Bitwise
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.ops_base import Function, over
from keronyx.runtime.evaluate.precision import Numbers


@prepare_layer.register
def bitwise(layer: Bitwise, numbers: Numbers) -> Step:
    """The function of the operands."""
    return over(layer, numbers, FUNCTIONS[layer.function])


def _places(x: Array, y: Array) -> Array:
    return np.clip(y, 0, 8 * x.dtype.itemsize - 1)


def _multiple(a: Array, b: Array) -> Array:
    a, b = np.abs(a), np.abs(b)
    divisor = np.gcd(a, b)
    found: Array = a * (b // np.maximum(divisor, 1))
    return found


def _scaled(x: Array, power: Array) -> Array:
    """Infinities and zeros stay, whatever the power."""
    stays = np.isinf(x) | (x == 0)
    return np.where(stays, x, x * np.exp2(power))


def _neighbour(x: Array, towards: Array) -> Array:
    return np.where(np.isnan(towards), towards, x)


FUNCTIONS: Final[Mapping[str, Function]] = {
    "angle": lambda x: np.where(x < 0, np.pi, 0),
    "bitwise_and": np.bitwise_and,
    "bitwise_not": np.bitwise_not,
    "bitwise_or": np.bitwise_or,
    "bitwise_xor": np.bitwise_xor,
    "conjugate": np.conjugate,
    "gcd": np.gcd,
    "imag": np.imag,
    "isreal": np.ones_like,
    "lcm": _multiple,
    "ldexp": _scaled,
    "left_shift": lambda x, y: np.left_shift(x, _places(x, y)),
    "nextafter": _neighbour,
    "real": np.real,
    "right_shift": lambda x, y: np.right_shift(x, _places(x, y)),
    "signbit": lambda x: np.signbit(x) if x.dtype.kind == "f" else x < x.dtype.type(0),
}


@prepare_layer.register
def all_close(layer: AllClose, numbers: Numbers) -> Step:
    """Compare every number with its other."""

    def step(a: Array, b: Array) -> Array:
        if a.dtype.kind != "f":
            return np.asarray((a == b).all())
        near = np.isclose(a, b, layer.rtol, layer.atol, equal_nan=layer.equal_nan)
        return np.asarray(near.all())

    return over(layer, numbers, step)
