"""Save graphs of operations on odd numbers, doubles and integers: python make_operations.py.

Under Keras 3 with TensorFlow; each graph is saved with what it was given and what it gave.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

NARROW = ("uint8", "int16", "uint16", "uint32")
HERE = Path(__file__).parent
NAN, INF = float("nan"), float("inf")

ODD = np.array(
    [
        [0.0, -0.0, 1.0, -1.0, 2.5, -2.5],
        [INF, -INF, NAN, 3.0, -4.0, 1e-3],
        [INF, INF, 7.5, -0.5, NAN, -INF],
        [3.7, -3.7, 4.5, 6.0, -6.0, 0.25],
    ],
    "float32",
)
OTHER = np.array(
    [
        [0.0, 0.0, -1.0, -1.0, -2.0, 2.0],
        [INF, -INF, 1.0, NAN, 1.5, -1e-3],
        [-INF, INF, -2.0, 0.0, NAN, 2.0],
        [2.0, 2.0, -1.5, -4.0, -6.0, 0.0],
    ],
    "float32",
)
DOUBLES = np.array(
    [[-0.999999, -0.5, -1e-9, 0.0], [1e-12, 0.3, 0.75, 1.0], [-1.0, 1e-4, 0.99, -0.25]], "float64"
)
WIDE = np.array([[1.0, 1.5, 7.0, 1e9], [1 + 1e-9, 3.0, 20.0, 1e3], [2.0, 40.0, 5.5, 1e12]])
TIES = np.array([[0.0, -0.0, 0.0, -1.0, -1.0], [-0.0, 0.0, 3.0, 3.0, 2.0]] * 2, "float32")
PLACES = np.array([[0, 1, -1], [5, 2, 3], [-2, 0, 0], [4, 4, 1]], "int32")
WHOLE = np.array([[7, -7, 3, -3, 100, -100], [5, 6, -8, 9, 127, -128]])
PARTS = np.array([[2, 2, -2, -2, 3, 3], [1, -4, 3, -5, 7, 7]])


def odd(a: Any, b: Any) -> list[Any]:
    """Functions of two numbers, some of which are infinite or none."""
    two = (ops.logaddexp, ops.logaddexp2, ops.hypot, ops.arctan2, ops.fmax, ops.fmin)
    divided = (ops.floor_divide, ops.mod, ops.fmod, ops.divide_no_nan, ops.heaviside, ops.power)
    one = (ops.sign, ops.trunc, ops.erfc, ops.isfinite, ops.isinf, ops.isposinf, ops.isneginf)
    chosen = [ops.isclose(a, b, equal_nan=True), ops.isclose(a, b), ops.nan_to_num(a, nan=1.5)]
    kept = [ops.clip(a, -1.0, 2.0), ops.max(a, axis=1), ops.min(b, axis=0), ops.relu(a)]
    return [f(a, b) for f in (*two, *divided)] + [f(a) for f in one] + chosen + kept


def doubles(x: Any, wide: Any) -> list[Any]:
    """Functions for which runtimes have few kernels."""
    near = (ops.arcsin, ops.arccos, ops.arctan, ops.arctanh, ops.arcsinh, ops.sinh, ops.cosh)
    more = (ops.tan, ops.expm1, ops.log1p, ops.erf, ops.gelu, ops.softplus, ops.sigmoid, ops.sinc)
    far = (ops.arccosh, ops.arcsinh, ops.arctan, ops.log10, ops.log2)
    kept = [ops.var(x, axis=-1), ops.std(wide, axis=0), ops.arctan2(x, wide)]
    return [f(x) for f in (*near, *more)] + [f(wide) for f in far] + kept


def integers(a: Any, b: Any) -> list[Any]:
    """Functions of integers, which wrap around, and round down."""
    two = (ops.floor_divide, ops.mod, ops.add, ops.subtract, ops.multiply, ops.maximum, ops.less)
    one = (ops.square, ops.negative, ops.abs, ops.sign, ops.mean, ops.isnan, ops.isfinite)
    reduced = [ops.sum(a, axis=1), ops.prod(a, axis=1), ops.max(a, axis=0), ops.std(a, axis=1)]
    powers = [ops.power(a, 2), ops.clip(a, -3, 4), ops.true_divide(a, b), ops.cumsum(a, axis=1)]
    return [f(a, b) for f in two] + [f(a) for f in one] + reduced + powers[:3]


def narrow(*given: Any) -> list[Any]:
    """Functions of two of each narrow type of integers."""
    pairs = list(zip(given[::2], given[1::2], strict=True))
    two = (ops.add, ops.multiply, ops.subtract, ops.floor_divide, ops.greater)
    return [f(a, b) for a, b in pairs for f in two]


def moved(x: Any, ties: Any, places: Any) -> list[Any]:
    """Functions that move numbers, or tell places, of which some are equal, or 0 of either sign."""
    cast = [ops.saturate_cast(x, "uint8"), ops.cast(x, "float16"), ops.cast(x, "bool")]
    short = ops.cast(ops.saturate_cast(x, "bfloat16"), "float32")
    cast += [short, ops.saturate_cast(x, "bool"), ops.round(x, 1)]
    told = [ops.argmax(ties, axis=1), ops.argmin(ties, axis=1), ops.argsort(ties, axis=1)]
    told += [ops.multi_hot(places, 5), ops.take(x, places, axis=1), ops.sort(x, axis=None)]
    told += [ops.take_along_axis(ops.reshape(x, (-1,)), ops.array([0, -1]), axis=None)]
    told += [ops.take_along_axis(x, ops.array([[-1, 1]]), axis=1)]
    parts = [*ops.split(x, [1, 3], axis=-1), ops.pad(x, ((0, 0), (1, 2)), mode="symmetric")]
    flat = [ops.softmax(x, axis=None), ops.round(places, -1), ops.hstack([x, ties])]
    many = [ops.diagonal(ops.reshape(x, (-1, 2, 3)), 1, 1, 2), ops.where(places, places, 0)]
    many += [x[:, ::-1], x[..., 1:-1, None], x[:, 4:1:-2], x[1:, -1], ops.transpose(x)[2]]
    return cast + told + parts + flat + many + [ops.repeat(x, 2, axis=0), ops.roll(x, -9, axis=1)]


def save(name: str, make: Callable[..., list[Any]], *given: Any) -> None:
    """Save a graph, and what it makes of what it is given."""
    inputs = [
        keras.Input(array.shape[1:], dtype=array.dtype.name, name=f"x{number}")
        for number, array in enumerate(given)
    ]
    model = keras.Model(inputs, make(*inputs), name=name)
    model.save(HERE / f"{name}.keras")
    found = [np.asarray(each) for each in model(list(given))]
    named = [("in", given), ("out", found)]
    numbers: dict[str, Any] = {
        f"{kind}_{number}": array for kind, arrays in named for number, array in enumerate(arrays)
    }
    np.savez_compressed(HERE / f"{name}.npz", **numbers)


def main() -> None:
    """Save all of them."""
    save("odd", odd, ODD, OTHER)
    save("doubles", doubles, DOUBLES, WIDE)
    save("moved", moved, np.nan_to_num(OTHER * 100.5, posinf=1e30, neginf=-1e30), TIES, PLACES)
    pairs = [(WHOLE.astype(each), PARTS.astype(each)) for each in NARROW]
    save("narrow", narrow, *(each for pair in pairs for each in pair))
    for dtype in ("int8", "int32", "int64"):
        large = WHOLE if dtype == "int8" else WHOLE * 20_000_003
        save(f"integers_{dtype}", integers, large.astype(dtype), PARTS.astype(dtype))


if __name__ == "__main__":
    main()
