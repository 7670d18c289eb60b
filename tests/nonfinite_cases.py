"""Single layers and expressions on NaN, infinities, signed zeros and the ends of float32.

``make_recorded_nonfinite.py`` runs them through Keras 3 and Keras 2 and writes
``recorded_nonfinite.npz``, all numbers of a version in one row; ``recorded`` takes it apart:
``<name>/var/<variable>`` and ``<name>/out``.
"""
# ruff: noqa: E501 - a table reads best with one line a case, however long

import ast
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from activation_cases import ARGUMENTS
from expressed import lambda_model
from layer_case import Case, build, inputs_of

from keronyx.converter.layers.functions import FUNCTIONS
from keronyx.converter.model import Model
from keronyx.converter.tensors import Array

RECORDED = Path(__file__).with_name("recorded_nonfinite.npz")

NAN, INF = float("nan"), float("inf")
ODD = (NAN, INF, -INF, -0.0, 0.0, 1e38, -1e38, 1e-40)

LANES: Array = np.array(
    [np.roll([*ODD, 0.7, -1.5, 3.25], turn) for turn in range(len(ODD) + 3)], np.float32
)
"""Every number in every lane: vectorised loops have other code for the last few."""

FRONT: Array = np.array([[NAN, INF, -INF, -0.0, 0.0, 1e-40, 0.7, -1.5]], np.float32).T
ORDINARY = (0.5, -1.0, 0.25, 2.0, -0.75, 1.5)


def _mixed() -> Array:
    """Return ordinary rows with one odd number, in front, inside or at the end; the plain one."""
    rows = [
        (*ORDINARY[:place], odd, *ORDINARY[place + 1 :])
        for odd in (NAN, INF, -INF, -0.0)
        for place in (0, 2, 5)
    ]
    whole = [(NAN,) * 6, (INF,) * 6, (-INF,) * 6, (INF, -INF, *ORDINARY[2:]), (0.0,) * 6]
    return np.array([ORDINARY, *rows, *whole], np.float32)


MIXED = _mixed()
CUBE = MIXED.reshape(len(MIXED), 3, 2)
PLAIN: Array = np.linspace(-2, 2, MIXED.size, dtype=np.float32).reshape(MIXED.shape)
SEVERAL = [NAN, INF, -INF, -0.0, 0.0, 1e-40, 0.7, -1.5, 3.0]
LEFT, RIGHT = (
    np.ascontiguousarray(side, np.float32)
    for side in np.meshgrid(np.array(SEVERAL, np.float32), np.array(SEVERAL, np.float32))
)

SMALLEST = np.finfo(np.float32).smallest_normal
ALONG = {"softmax", "log_softmax", "glu", "sparsemax"}


def activation_cases() -> list[Case]:
    """Return each function as an activation layer, with its arguments, and behind a product."""
    cases = []
    for name in FUNCTIONS:
        given = MIXED if name in ALONG else LANES
        options: list[Any] = [] if name == "threshold" else [name]
        options += [(name, each) for each in ARGUMENTS.get(name, []) if "axis" not in each]
        for index, option in enumerate(options):
            config = {"activation": option}
            cases.append(Case(f"act_{name}_{index}", "Activation", config, (given,)))
        if name != "threshold":
            config = {"units": 4, "activation": name}
            cases.append(Case(f"dense_{name}", "Dense", config, (MIXED,)))
    return cases


# fmt: off
CASES: tuple[Case, ...] = (
    *activation_cases(),
    Case("relu", "ReLU", {}, (LANES,)),
    Case("relu_max", "ReLU", {"max_value": 2.5}, (LANES,)),
    Case("relu_threshold", "ReLU", {"threshold": 0.5}, (LANES,)),
    Case("relu_slope", "ReLU", {"negative_slope": 0.25}, (LANES,)),
    Case("relu_slope_max", "ReLU", {"negative_slope": 0.25, "max_value": 2.5}, (LANES,)),
    Case("relu_slope_threshold", "ReLU", {"negative_slope": 0.25, "threshold": 0.5}, (LANES,)),
    Case("relu_max_threshold", "ReLU", {"max_value": 2.5, "threshold": 0.5}, (LANES,)),
    Case("relu_all", "ReLU", {"max_value": 2.5, "negative_slope": 0.25, "threshold": 0.5}, (LANES,)),
    Case("leaky_relu", "LeakyReLU", {}, (LANES,)),
    Case("elu", "ELU", {"alpha": 0.75}, (LANES,)),
    Case("thresholded_relu", "ThresholdedReLU", {"theta": 0.5}, (LANES,), keras=2),
    Case("thresholded_relu_zero", "ThresholdedReLU", {"theta": 0.0}, (LANES,), keras=2),
    Case("prelu", "PReLU", {}, (LANES,)),
    Case("softmax", "Softmax", {}, (MIXED,)),
    Case("softmax_axes", "Softmax", {"axis": [1, 2]}, (CUBE,)),

    Case("masking", "Masking", {}, (CUBE,)),
    Case("dense", "Dense", {"units": 3}, (MIXED,)),
    Case("dense_int8", "Dense", {"units": 5}, (MIXED,), {"quantization": "int8", "quantize_inputs": True}),
    Case("dense_rank3", "Dense", {"units": 3}, (CUBE,)),
    Case("dense_leaky", "Dense", {"units": 4, "activation": ("leaky_relu", {"negative_slope": 0.01})}, (MIXED,)),
    Case("einsum_dense", "EinsumDense", {"equation": "abc,cd->abd", "output_shape": [None, 4], "bias_axes": "d", "activation": "relu"}, (CUBE,)),
    Case("einsum_dense_permuted", "EinsumDense", {"equation": "abc,bd->adc", "output_shape": [4, 2]}, (CUBE,)),
    Case("flatten", "Flatten", {}, (CUBE,)),
    Case("concatenate", "Concatenate", {}, (MIXED, PLAIN)),

    Case("add", "Add", {}, (LEFT, RIGHT)),
    Case("subtract", "Subtract", {}, (LEFT, RIGHT)),
    Case("multiply", "Multiply", {}, (LEFT, RIGHT)),
    Case("average", "Average", {}, (LEFT, RIGHT)),
    Case("maximum", "Maximum", {}, (LEFT, RIGHT)),
    Case("minimum", "Minimum", {}, (LEFT, RIGHT)),
    Case("dot", "Dot", {"axes": 1}, (MIXED, PLAIN)),
    Case("dot_normalized", "Dot", {"axes": 1, "normalize": True}, (MIXED, PLAIN)),
    Case("dot_ranks", "Dot", {"axes": [1, 1]}, (CUBE, CUBE[::-1].copy())),

    Case("batch_normalization", "BatchNormalization", {}, (MIXED,)),
    Case("batch_normalization_axis", "BatchNormalization", {"axis": 1}, (CUBE,)),
    Case("layer_normalization", "LayerNormalization", {}, (MIXED,)),
    Case("layer_normalization_axis", "LayerNormalization", {"axis": 1}, (CUBE,)),
    Case("rms_normalization", "RMSNormalization", {}, (MIXED,)),
    Case("group_normalization", "GroupNormalization", {"groups": 2}, (MIXED,)),
    Case("unit_normalization", "UnitNormalization", {}, (MIXED,)),
    Case("unit_normalization_axes", "UnitNormalization", {"axis": [1, 2]}, (CUBE,)),
    Case("spectral_normalization", "SpectralNormalization", {"layer": {"module": "keras.layers", "class_name": "Dense", "registered_name": None, "config": {"units": 3}}}, (MIXED,)),

    Case("rescaling", "Rescaling", {"scale": 0.5, "offset": -0.5}, (LANES,)),
    Case("normalization", "Normalization", {"mean": 1.5, "variance": 4.0}, (LANES,)),
    Case("normalization_zero", "Normalization", {"mean": 0.0, "variance": 0.0}, (FRONT,)),
    Case("normalization_invert", "Normalization", {"mean": 1.5, "variance": 4.0, "invert": True}, (LANES,)),
    Case("discretization", "Discretization", {"bin_boundaries": [-1.0, 0.0, 2.0]}, (LANES,)),
    Case("discretization_one_hot", "Discretization", {"bin_boundaries": [-1.0, 0.0, 2.0], "output_mode": "one_hot"}, (FRONT,)),
    Case("discretization_multi_hot", "Discretization", {"bin_boundaries": [-1.0, 0.0, 2.0], "output_mode": "multi_hot"}, (LANES,)),
    Case("category_encoding_weights", "CategoryEncoding", {"num_tokens": 7, "output_mode": "count"}, (np.tile(np.arange(6, dtype=np.int32), (len(MIXED), 1)), MIXED)),
    Case("time_distributed_relu", "TimeDistributed", {"layer": {"module": "keras.layers", "class_name": "Dense", "registered_name": None, "config": {"units": 3, "activation": "relu"}}}, (CUBE,)),
)
# fmt: on

ONLY_3 = {
    *("RMSNormalization", "quantization"),
    *("celu", "glu", "hard_shrink", "hard_silu", "hard_tanh", "log_sigmoid", "soft_shrink"),
    *("sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "tanh_shrink", "threshold"),
}
"""What Keras 2 does not have."""

EXPRESSIONS: dict[str, list[str]] = {
    "lanes": [
        *(f"{name}(x)" for name in ("abs", "sign", "round", "floor", "ceil", "exp", "log")),
        *(f"{name}(x)" for name in ("sqrt", "square", "sin", "cos", "erf", "log1p", "expm1")),
        *(f"{name}(x)" for name in ("relu", "relu6", "leaky_relu", "elu", "selu", "gelu")),
        *(f"{name}(x)" for name in ("sigmoid", "tanh", "softplus", "softsign", "hard_sigmoid")),
        "clip(x, -1, 1.5)",
        "maximum(x, 0)",
        "minimum(x, 1)",
        "minimum(1, x)",
        "where(x > 0, x, 0.1 * x)",
        "where(x > 0.5, x, 0)",
        "where(equal(x, x), x, -1)",
        "cast(x > 0.5, 'float32')",
        "cast(not_equal(x, x), 'float32')",
        "x * cast(x > 0.5, 'float32')",
        "x / 127.5 - 1",
        "1 / x",
        "-x",
        "x // 0.75",
        "x % 3",
        "x ** 2",
        "x ** 3",
        "x ** -1",
        "x ** 0.5",
        "x ** 1.5",
        "2 ** x",
        "x * [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0]",
    ],
    "mixed": [
        *(f"{name}(x, axis=-1, keepdims=True)" for name in ("sum", "mean", "max", "min", "var")),
        "max(x, axis=1)",
        "min(x, axis=1)",
        "x - max(x, axis=-1, keepdims=True)",
        "l2_normalize(x, axis=-1)",
        "softmax(x)",
    ],
    "pairs": [
        "maximum(x[0], x[1])",
        "minimum(x[0], x[1])",
        "x[0] / x[1]",
        "x[0] // x[1]",
        "x[0] % x[1]",
        "pow(x[0], x[1])",
        "where(x[0] > x[1], x[0], x[1])",
    ],
}
"""Texts by the kind of their inputs."""

INPUTS: dict[str, tuple[Array, ...]] = {
    "lanes": (LANES,),
    "mixed": (MIXED,),
    "pairs": (LEFT, RIGHT),
}


MULTIPLYING: dict[str, Any] = {"multiplies": True}
"""How relu has its threshold before Keras 3.15."""


def as_in(case: Case, version: int) -> Case:
    """Return the case as a file of this Keras is described."""
    if version == 3 or case.layer not in {"Activation", "Dense", "ReLU"}:
        return case
    if case.layer == "ReLU":
        return case._replace(fields=MULTIPLYING)
    said = case.config.get("activation", "linear")
    name, arguments = (said, {}) if isinstance(said, str) else said
    of_version: dict[str, dict[str, Any]] = {"relu": MULTIPLYING, "hard_sigmoid": {"slope": 0.2}}
    more = of_version.get(name, {})
    return case._replace(config={**case.config, "activation": (name, {**arguments, **more})})


def models(version: int) -> dict[str, tuple[Model, tuple[Array, ...], Array]]:
    """Return every model that a Keras has recorded, its inputs and its output."""
    numbers = recorded(version)
    found = {
        case.name: (build(as_in(case, version), numbers), inputs_of(case))
        for case in CASES
        if f"{case.name}/out" in numbers
    }
    for kind, texts in EXPRESSIONS.items():
        given = INPUTS[kind]
        found |= {text: (lambda_model(text, given, str(version)), given) for text in texts}
    return {name: (*pair, numbers[f"{name}/out"]) for name, pair in found.items()}


def recorded(version: int) -> dict[str, Array]:
    """Return everything that a Keras gave, by name."""
    with np.load(RECORDED) as arrays:
        index, numbers = arrays[f"{version}/index"].tolist(), arrays[f"{version}/numbers"]
    found, start = {}, 0
    for line in index:
        key, _, shape = line.rpartition(" (")
        sizes = ast.literal_eval(f"({shape}")
        end = start + prod(sizes)
        found[key] = numbers[start:end].reshape(sizes)
        start = end
    return found


def flushed(inputs: tuple[Array, ...], shape: tuple[int, ...]) -> Array:
    """Tell which elements come of a number so small that TensorFlow takes it for 0."""
    found = np.zeros(shape, bool)
    for array in inputs:
        if array.shape == shape:
            found |= (array != 0) & (np.abs(array) < SMALLEST)
    return found
