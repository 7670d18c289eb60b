"""What people's numbers really differ for: fewer digits, other columns, scalers, biases."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import pytest
from compared_nets import MODELS

import keronyx
from keronyx.converter.tensors import Array
from keronyx.tracing import Trace

RNG = np.random.default_rng(5)
SHAPES = ((4, 8), (8, 5), (5, 1))
KERNELS = [RNG.normal(size=shape).astype(np.float32) for shape in SHAPES]
BIASES = [RNG.normal(size=shape[1]).astype(np.float32) for shape in SHAPES]
X = RNG.normal(size=(6, 4)).astype(np.float32).astype(np.float64)
EXACT = [array.astype(np.float64) for array in KERNELS], [b.astype(np.float64) for b in BIASES]

Change = Callable[[Array], Array]


def same(array: Array) -> Array:
    return array


def net(x: Array = X, kernel: Change = same, bias: Change = same, factor: Change = same) -> Array:
    """Compute by hand, kernels and biases changed, and both factors of every product."""
    kernels, biases = [*map(kernel, EXACT[0])], [*map(bias, EXACT[1])]
    for number, (w, b) in enumerate(zip(kernels, biases, strict=True)):
        x = factor(x) @ factor(w) + b
        x = np.maximum(x, 0) if number < 2 else x
    return x


def digits(bits: int, whole: Change, array: Array) -> Array:
    """Keep so many bits behind the point of every number."""
    mantissa, exponent = np.frexp(array)
    scale = 2.0 ** (bits + 1)
    return np.asarray(np.ldexp(whole(mantissa * scale) / scale, exponent))


def half(array: Array) -> Array:
    return array.astype(np.float16).astype(np.float64)


def decimals(count: int, array: Array) -> Array:
    return np.round(array, count)


@cache
def traced() -> Trace:
    return keronyx.trace((KERNELS, BIASES), X, activations=["relu", "relu", "linear"])


def ordered(*order: int) -> Array:
    return X[:, order]


SPREAD = np.ptp(X, axis=0)
REASONS: dict[str, tuple[Array, str]] = {
    "two decimals": (
        net(kernel=partial(decimals, 2), bias=partial(decimals, 2)),
        "the weights were rounded to 2 decimals",
    ),
    "four decimals": (
        net(kernel=partial(decimals, 4), bias=partial(decimals, 4)),
        "the weights were rounded to 4 decimals",
    ),
    "float16": (net(kernel=half, bias=half), "the weights were stored as float16"),
    "bfloat16": (
        net(kernel=partial(digits, 7, np.round), bias=partial(digits, 7, np.round)),
        "the weights were stored as bfloat16",
    ),
    "bfloat16, cut": (
        net(kernel=partial(digits, 7, np.trunc), bias=partial(digits, 7, np.trunc)),
        "the weights were cut to bfloat16",
    ),
    "TF32": (net(factor=partial(digits, 10, np.round)), "multiplied in TF32"),
    "TF32, cut": (net(factor=partial(digits, 10, np.trunc)), "allow_tf32 = False in PyTorch"),
    "products in bfloat16": (
        net(factor=partial(digits, 7, np.round)),
        "the layers were multiplied in bfloat16",
    ),
    "columns exchanged": (
        net(ordered(0, 3, 2, 1)),
        "two columns of the input were exchanged, numbers 1 and 3 from 0",
    ),
    "columns reversed": (net(ordered(3, 2, 1, 0)), "the columns of the input were reversed"),
    "standardised": (
        net((X - X.mean(0)) / X.std(0)),
        "the input was standardised with its own mean and deviation",
    ),
    "standardised by n - 1": (
        net((X - X.mean(0)) / X.std(0, ddof=1)),
        "standardised with its own mean and deviation, by n - 1",
    ),
    "scaled to 0 to 1": (
        net((X - X.min(0)) / SPREAD),
        "the input was scaled by its own minimum and maximum, to 0 to 1",
    ),
    "scaled to -1 to 1": (net(2 * (X - X.min(0)) / SPREAD - 1), "minimum and maximum, to -1 to 1"),
    "divided": (net(X / 255), "the input was divided by 255"),
    "a target scaled back": (
        net() * 15 + 70,
        "they are the right values times 15 plus 70: the target was scaled",
    ),
    "biases twice": (
        net(bias=lambda b: b + b),
        "the bias was added twice in 'dense_1', 'dense_2' and 'dense_3'",
    ),
    "biases reversed": (net(bias=lambda b: b[::-1]), "the bias was taken in reverse order in"),
}


@pytest.mark.parametrize("reason", REASONS)
def test_reasons(reason: str) -> None:
    values, words = REASONS[reason]
    found = traced().compare(values.astype(np.float32))
    assert not found.agrees
    assert words in found.explanations[0]


def test_right_values_agree() -> None:
    assert traced().compare(net()).agrees


def test_an_input_among_several_is_named() -> None:
    random = np.random.default_rng(0)
    rows: dict[str, Any] = {"sepal": random.normal(size=(5, 2)), "petal_length": np.ones((5, 1))}

    model = keronyx.read(MODELS / "iris" / "iris.h5")
    trace = keronyx.trace(model, rows)
    wrong = keronyx.evaluate(model, {**rows, "sepal": rows["sepal"][:, ::-1]})
    (explained,) = trace.compare(next(iter(wrong.values()))).explanations
    assert explained == "two columns of the input 'sepal' were exchanged, numbers 0 and 1 from 0"


def test_a_column_that_is_the_same_everywhere_is_not_divided_by() -> None:
    x = X.copy()
    x[:, 2] = 3
    trace = keronyx.trace((KERNELS, BIASES), x, activations=["relu", "relu", "linear"])
    width = np.where(np.ptp(x, axis=0) > 0, np.ptp(x, axis=0), 1)
    assert "to 0 to 1" in trace.compare(net((x - x.min(0)) / width)).explanations[0]
