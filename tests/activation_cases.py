"""The activation functions as cases: their edges, NaN among them, float64, and arguments."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from layer_case import Case

from keronyx.converter.layers.functions import FUNCTIONS
from keronyx.converter.tensors import Array


def floats(*rows: Sequence[float]) -> Array:
    return np.array(rows, np.float32)


NAN = float("nan")
EDGES = floats(
    [-12, -6, -3, -2.5, -1.5, -1, -0.75, -0.5, -0.25, -1e-4, -1e-30, -0.0],
    [12, 6, 3, 2.5, 1.5, 1, 0.75, 0.5, 0.25, 1e-4, 1e-30, 0.0],
)
WIDE = np.concatenate([EDGES.astype("float64"), [np.linspace(-90, 90, 12)]])
BROKEN = floats([NAN, 1, -1, 2], [0.5, -0.5, 3, -3])

ARGUMENTS: dict[str, list[dict[str, Any]]] = {
    "relu": [
        {"negative_slope": 0.1, "max_value": 2.5, "threshold": 0.5},
        {"max_value": 6.0},
        {"max_value": 2.5, "negative_slope": 0.3},
        {"threshold": 0.75, "negative_slope": 0.3},
        {"negative_slope": 1.5},
        {"threshold": -0.5, "max_value": 1.0},
    ],
    "leaky_relu": [{"negative_slope": 0.01}, {"negative_slope": 2.0}],
    "elu": [{"alpha": 0.4}],
    "celu": [{"alpha": 0.4}],
    "gelu": [{"approximate": True}],
    "softmax": [{"axis": 0}],
    "log_softmax": [{"axis": 0}],
    "sparsemax": [{"axis": 0}],
    "glu": [{"axis": 0}],
    "hard_shrink": [{"threshold": 1.5}],
    "soft_shrink": [{"threshold": 1.5}],
    "squareplus": [{"b": 1}],
    "threshold": [{"threshold": 0.75, "default_value": -2.0}],
}


# In a row with NaN, TensorFlow gives 0 and Inf beside it.
IGNORE_NAN = {"softmax", "sparsemax"}


def activation_cases() -> list[Case]:
    """Return each function as a layer: its edges, NaN among them, float64, and its arguments."""
    cases = []
    for name in FUNCTIONS:
        if name != "threshold":
            plain = {"activation": name}
            cases.append(Case(f"act_{name}", "Activation", plain, (EDGES,)))
            double = {**plain, "dtype": "float64"}
            cases.append(Case(f"act_{name}_float64", "Activation", double, (WIDE,)))
            if name not in IGNORE_NAN:
                cases.append(Case(f"act_{name}_nan", "Activation", plain, (BROKEN,)))
        for index, arguments in enumerate(ARGUMENTS.get(name, [])):
            config = {"activation": (name, arguments)}
            cases.append(Case(f"act_{name}_{index}", "Activation", config, (EDGES,)))
    return cases
