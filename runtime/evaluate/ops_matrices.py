"""Linear algebra, which NumPy has; where it finds no answer, NaN stands."""

from typing import Any

import numpy as np

from keronyx.converter.layers.ops_matrices import Determinant, Inverse, Solution
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.ops_base import Function, over
from keronyx.runtime.evaluate.precision import Numbers


def _or_nan(function: Function) -> Function:
    """Return NaN in the shape of the last operand where a matrix has no inverse, or no root."""

    def found(*arrays: Array) -> Array:
        try:
            return np.asarray(function(*arrays))
        except np.linalg.LinAlgError:
            return np.full_like(arrays[-1], np.nan)

    return found


def _turned(x: Array) -> Array:
    return np.swapaxes(x, -1, -2)


def _log_of_positive(x: Array) -> Array:
    diagonal = np.diagonal(_or_nan(np.linalg.cholesky)(x), axis1=-2, axis2=-1)
    return np.asarray(2 * np.log(diagonal).sum(axis=-1))


@prepare_layer.register
def determinant(layer: Determinant, numbers: Numbers) -> Step:
    """NumPy's own."""
    if layer.function == "slogdet":
        return _sign_and_log
    return over(layer, numbers, np.linalg.det if layer.function == "det" else _log_of_positive)


def _sign_and_log(x: Array) -> Any:
    return tuple(np.asarray(each, x.dtype) for each in np.linalg.slogdet(x))


@prepare_layer.register
def inverse(layer: Inverse, numbers: Numbers) -> Step:
    """NumPy's own."""

    def root(x: Array) -> Array:
        found = np.linalg.cholesky(x)
        return _turned(found) if layer.upper else found

    def of_root(x: Array) -> Array:
        half = np.triu(x) if layer.upper else np.tril(x)
        product = _turned(half) @ half if layer.upper else half @ _turned(half)
        return np.asarray(np.linalg.inv(product))

    functions: dict[str, Function] = {
        "inv": np.linalg.inv,
        "cholesky": root,
        "cholesky_inverse": of_root,
    }
    return over(layer, numbers, _or_nan(functions[layer.function]))


@prepare_layer.register
def solution(layer: Solution, numbers: Numbers) -> Step:
    """NumPy's own, of a half alone for solve_triangular."""

    def step(matrices: Array, wanted: Array) -> Array:
        if layer.function == "solve_triangular":
            matrices = np.tril(matrices) if layer.lower else np.triu(matrices)
        if wanted.ndim < matrices.ndim:
            return np.asarray(np.linalg.solve(matrices, wanted[..., np.newaxis])[..., 0])
        return np.asarray(np.linalg.solve(matrices, wanted))

    return over(layer, numbers, _or_nan(step))
