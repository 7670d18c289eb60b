"""The question that comparing began with: a net computed by loops, with an activation left out."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import keronyx
from keronyx.cli import main
from keronyx.converter.tensors import Array
from keronyx.runtime.compare import Verdict
from keronyx.tracing import Trace

MODELS = Path(__file__).resolve().parents[1] / "models"
DIABETES = MODELS / "diabetes-33" / "diabetes-33.h5"
ROWS = MODELS / "diabetes-33" / "rows.csv"
WRONG = "the activation (relu) was left out in 'dense' and 'dense_1'"
Capture = pytest.CaptureFixture[str]


def call(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def table() -> Array:
    return np.loadtxt(ROWS, delimiter=",", skiprows=1)


@cache
def traced() -> Trace:
    return keronyx.trace(DIABETES, table())


def relu(value: float) -> float:
    return value if value > 0 else 0.0


def prediction(  # the snippet of the question, its loops as they were
    weights: list[Array], biases: list[Array], data: Array, act: Callable[[float], float]
) -> tuple[list[float], list[float], float]:
    # This is the input layer.
    y = []
    for i in range(len(weights[0][0])):
        x = np.zeros(len(weights[0][0]))
        for j in range(len(data)):
            x[i] += weights[0][j][i] * data[j]
        y.append(act(x[i] + biases[0][i]))
    # This is the hidden layer.
    z = []
    for i in range(len(weights[1][0])):
        x = np.zeros(len(weights[1][0]))
        for j in range(len(y)):
            x[i] += weights[1][j][i] * y[j]
        z.append(act(x[i] + biases[1][i]))
    # This is the output layer.
    p = 0.0
    for i in range(len(z)):
        p += weights[-1][i][0] * z[i]
    p = p + biases[-1][0]
    return y, z, p


def predicted(act: Callable[[float], float], rows: Array) -> list[Array]:
    """Run the snippet on all rows; return its y, z and p."""
    pairs = [list(layer.variables().values()) for layer in traced().model.layers]
    weights, biases = [pair[0].load() for pair in pairs], [pair[1].load() for pair in pairs]
    found = [prediction(weights, biases, row, act) for row in rows]
    return [np.array(values) for values in zip(*found, strict=True)]


@cache
def right() -> list[Array]:
    return predicted(relu, table())


@cache
def wrong() -> list[Array]:
    return predicted(lambda value: value, table())


def assert_wrong(found: Verdict) -> None:
    assert not found.agrees
    assert found.explanations == (WRONG,)
