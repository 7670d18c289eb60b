"""Floating point: what a layer is evaluated in, and how Keras's narrower types round."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from keronyx.converter.layers.base import DTypePolicy, Layer
from keronyx.converter.tensors import Array, Variable

Precision: TypeAlias = Literal["float32", "float64"]
DType: TypeAlias = np.dtype[Any]

LARGE = 1 << 22
"""Numbers from which on a variable is not held in a wider precision than the file's."""

FLOATS = frozenset({"float16", "bfloat16", "float32", "float64"})


def working(dtype: str, precision: Precision) -> DType:
    """Return the NumPy dtype that stands for Keras's ``dtype`` while a model is evaluated."""
    if dtype == "string":
        return np.dtype(object)
    if dtype in FLOATS:
        return np.dtype("float64" if dtype == "float64" else precision)
    return np.dtype(dtype)


def as_stored(array: Array, dtype: str) -> Array:
    """Return the array in Keras's ``dtype``; bfloat16 comes as float32 that holds it exactly."""
    if dtype == "bfloat16":
        return _to_bfloat16(array.astype(np.float32, copy=False))
    if dtype == "string":
        return array
    return array.astype(dtype, copy=False)


def rounded(array: Array, dtype: str) -> Array:
    """Return the array in its own dtype, its numbers rounded to what ``dtype`` can hold."""
    return as_stored(array, dtype).astype(array.dtype, copy=False)


def _to_bfloat16(array: Array) -> Array:
    """Round float32 to the upper 16 of its bits, to the nearest and to even."""
    bits = array.view(np.uint32)
    up = ((bits >> 16) & 1) + np.uint32(0x7FFF)
    nearest = ((bits + up) & np.uint32(0xFFFF0000)).view(np.float32)
    return np.where(np.isnan(array), array, nearest)


@dataclass(frozen=True)
class Numbers:
    """A layer's variables and constants, in the precision in which the layer is evaluated.

    That is the model's precision, or float64 where the layer itself computes in it. Keras rounds
    a variable to the variable dtype when it loads it and, for most layers, to the compute dtype
    when it is used; so does this.
    """

    policy: DTypePolicy
    precision: Precision

    @property
    def dtype(self) -> DType:
        """Dtype of the layer's arrays."""
        return working(self.policy.compute, self.precision)

    def __call__(self, variable: Variable) -> Array:
        """Return a variable as the layer uses it; integers as they are."""
        array = self._loaded(variable)
        if array.dtype.kind != "f":
            return array
        return np.asarray(rounded(array, self.policy.compute), self.dtype, order="C")

    def narrow(self, variable: Variable, large: int = LARGE) -> Array:
        """Return a variable as the layer uses it, but ``large`` ones in the precision of the file.

        Whoever asks for it widens what it takes of it: the numbers are the same.
        """
        if variable.size < large:
            return self(variable)
        array = self._loaded(variable)
        if array.dtype.kind != "f" or array.dtype.itemsize >= self.dtype.itemsize:
            return self(variable)
        return rounded(array, self.policy.compute)

    def exact(self, variable: Variable | None, absent: float = 0.0) -> Array:
        """Return a variable in float64, as layers use it whose sums Keras keeps in float32."""
        if variable is None:
            return np.asarray(absent)
        return self._loaded(variable).astype(np.float64)

    def constant(self, value: object) -> Array:
        """Return a number or nested numbers from the config, rounded to the compute dtype."""
        return rounded(np.asarray(value, np.float64), self.policy.compute).astype(self.dtype)

    def scalar(self, value: float) -> float:
        """Return a number from the config, rounded to the compute dtype."""
        return float(self.constant(value))

    def held(self, layer: Layer) -> "Numbers":
        """Return the numbers of a layer that this one holds."""
        return Numbers(layer.dtype, self.precision)

    def _loaded(self, variable: Variable) -> Array:
        array = np.asarray(variable.load())
        if array.dtype.kind != "f":
            return array
        return rounded(array, self.policy.variable)
