"""Products of arrays, summed over some of their axes."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from keronyx.converter.layers.ops_products import (
    Cross,
    Einsum,
    Flattened,
    Kronecker,
    Matrices,
    Tensordot,
)
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.ops_base import Function, over
from keronyx.runtime.evaluate.precision import Numbers

PRODUCTS: Final[Mapping[str, Function]] = {
    "dot": np.dot,
    "inner": np.inner,
    "matmul": np.matmul,
    "outer": np.outer,
    "vdot": np.vdot,
}
"""What NumPy has by the name of the function."""


@prepare_layer.register(Matrices)
@prepare_layer.register(Flattened)
def matrices(layer: Matrices | Flattened, numbers: Numbers) -> Step:
    """NumPy's own."""
    return over(layer, numbers, PRODUCTS[layer.function])


@prepare_layer.register
def tensordot(layer: Tensordot, numbers: Numbers) -> Step:
    """Over the axes."""
    return over(layer, numbers, lambda a, b: np.tensordot(a, b, axes=layer.axes))


@prepare_layer.register
def einsum(layer: Einsum, numbers: Numbers) -> Step:
    """As the subscripts say."""
    return over(layer, numbers, lambda *arrays: np.einsum(layer.subscripts, *arrays))


@prepare_layer.register
def kronecker(layer: Kronecker, numbers: Numbers) -> Step:
    """NumPy's own."""
    return over(layer, numbers, np.kron)


@prepare_layer.register
def cross(layer: Cross, numbers: Numbers) -> Step:
    """The vectors in space, what lies in a plane being at height 0."""

    def step(a: Array, b: Array) -> Array:
        first, second = layer.places(a.ndim, b.ndim)
        vectors = np.moveaxis(a, first, -1), np.moveaxis(b, second, -1)
        lengths = {each.shape[-1] for each in vectors}
        found = np.asarray(np.cross(_in_space(vectors[0]), _in_space(vectors[1])))
        if lengths == {2}:
            return np.asarray(found[..., 2])
        return np.moveaxis(found, -1, layer.target(found.ndim))

    return over(layer, numbers, step)


def _in_space(vectors: Array) -> Array:
    missing = 3 - vectors.shape[-1]
    return np.pad(vectors, [*[(0, 0)] * (vectors.ndim - 1), (0, missing)])
