"""The NumPy reading computes what Keras recorded for every layer and activation function."""

import inspect
import math
from typing import Any

import numpy as np
import pytest
from cases import CASES, UNRECORDED, Case, build, describe, records, single
from catalogue import LAYERS, UNNAMED

from keronyx.converter.errors import UnsupportedConfigError
from keronyx.converter.layers import functions as described
from keronyx.converter.layers.base import Layer
from keronyx.converter.tensors import Array, KerasTensor
from keronyx.runtime.evaluate import (
    Evaluator,
    core,
    evaluate,
    functions,
    precision,
    prepare_layer,
)
from keronyx.runtime.evaluate.precision import Precision

RECORDS: dict[str, Array] = records()

# TensorFlow keeps a constant of these in float32, also when it computes in float64.
FLOAT32_CONSTANTS = {"act_leaky_relu_float64", "act_gelu_float64"}


def inputs(case: Case) -> list[Array]:
    return [RECORDS[f"{case.name}/in_{index}"] for index in range(len(case.inputs))]


def run(case: Case, arrays: list[Array], dtype: Precision = "float64") -> Array:
    return evaluate(build(case, RECORDS), arrays, dtype=dtype)["out"]


def tolerance(case: Case) -> tuple[float, float]:
    """Return rtol and atol."""
    policy = str(case.config.get("dtype"))
    if policy == "float64" and case.name not in FLOAT32_CONSTANTS:
        return 1e-12, 1e-14
    return (1e-2, 1e-2) if policy.endswith("float16") else (1e-5, 1e-6)


def assert_close(found: Array, expected: Array, rtol: float, atol: float) -> None:
    assert found.shape == expected.shape
    if expected.dtype.kind == "U":
        np.testing.assert_array_equal(found.astype(str), expected)
    else:
        np.testing.assert_allclose(found.astype(np.float64), expected, rtol, atol)


cases = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@cases
def test_layer_computes_what_keras_recorded(case: Case) -> None:
    given = inputs(case)
    before = [array.copy() for array in given]
    assert_close(run(case, given), RECORDS[f"{case.name}/out"], *tolerance(case))
    for array, untouched in zip(given, before, strict=True):
        np.testing.assert_array_equal(array, untouched)


@cases
def test_layer_computes_the_same_in_float32(case: Case) -> None:
    model = build(case, RECORDS)
    evaluator = Evaluator(model, "float32")
    given = inputs(case)
    out = evaluator(given)["out"]
    expected = RECORDS[f"{case.name}/out"]
    assert_close(out, expected, *(max(value, 1e-5) for value in tolerance(case)))
    traced = evaluator.trace(given)[model.outputs["out"].name]
    if traced.dtype.kind == "f":
        assert traced.dtype == ("float64" if case.config.get("dtype") == "float64" else "float32")


@cases
def test_large_weights_are_widened_in_parts(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (precision, core):
        monkeypatch.setattr(module, "LARGE", 3)
    assert_close(run(case, inputs(case)), RECORDS[f"{case.name}/out"], *tolerance(case))


@cases
def test_layer_takes_an_empty_batch(case: Case) -> None:
    expected = build(case, RECORDS).outputs["out"]
    out = run(case, [array[:0] for array in inputs(case)])
    assert out.shape == (0, *(size or 0 for size in expected.shape[1:]))


def test_every_layer_has_a_step() -> None:
    inert = prepare_layer.dispatch(Layer)
    computing = {each for each in LAYERS.values() if each.role != "inert" and not each.is_part}
    assert not [each for each in computing | {*UNNAMED} if prepare_layer.dispatch(each) is inert]


def test_every_layer_is_recorded_or_says_why_not() -> None:
    recorded = {case.layer for case in CASES}
    assert recorded | set(UNRECORDED) == set(LAYERS)
    assert not recorded & set(UNRECORDED)
    assert len({case.name for case in CASES}) == len(CASES)


def test_every_case_is_recorded() -> None:
    assert {key.split("/")[0] for key in RECORDS} == {case.name for case in CASES}


@pytest.mark.parametrize("name", described.FUNCTIONS)
def test_signature_of_a_function_is_its_schema(name: str) -> None:
    x, *arguments = inspect.signature(functions.FUNCTIONS[name]).parameters.values()
    assert x.kind is x.POSITIONAL_OR_KEYWORD
    assert all(argument.kind is argument.KEYWORD_ONLY for argument in arguments)
    assert {argument.name for argument in arguments} == set(described.FUNCTIONS[name])


def test_both_sides_know_the_same_functions() -> None:
    assert set(functions.FUNCTIONS) == set(described.FUNCTIONS)
    x = np.ones(1)
    assert functions.FUNCTIONS["linear"](x) is x


def test_erf_is_exact_to_double_precision() -> None:
    x = np.concatenate([np.linspace(-7, 7, 40_001), [1e-300, -1e-9, 1e-4, 5.99999, -6.00001]])
    exact = np.array([math.erf(value) for value in x])
    np.testing.assert_allclose(functions.erf(x), exact, rtol=0, atol=4e-16)
    np.testing.assert_allclose(functions.erf(x), exact, rtol=1e-12)
    edges = np.array([-np.inf, -0.0, np.inf, np.nan])
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(functions.erf(edges), [-1, 0, 1, np.nan])


@pytest.mark.parametrize(
    "name", ["sigmoid", "log_sigmoid", "softplus", "mish", "softmax", "log_softmax", "silu"]
)
def test_stable_functions_survive_large_numbers(name: str) -> None:
    layer = describe("Activation", {"activation": name}, {})
    model = single(layer, {"x": KerasTensor(name="x", shape=(None, 2), dtype="float32")})
    large = np.array([[-1e4, 1e4]], np.float32)
    known: dict[str, list[float]] = {
        "sigmoid": [0, 1],
        "log_sigmoid": [-1e4, 0],
        "softplus": [0, 1e4],
        "mish": [0, 1e4],
        "softmax": [0, 1],
        "log_softmax": [-2e4, 0],
        "silu": [0, 1e4],
    }
    precisions: tuple[Precision, ...] = ("float32", "float64")
    for dtype in precisions:
        np.testing.assert_allclose(evaluate(model, large, dtype=dtype)["out"], [known[name]])


def test_threshold_without_arguments_is_refused() -> None:
    layer = describe("Activation", {"activation": "threshold"}, {})
    model = single(layer, {"x": KerasTensor(name="x", shape=(None, 2), dtype="float32")})
    with pytest.raises(UnsupportedConfigError, match="'threshold' has no arguments"):
        evaluate(model, np.zeros((1, 2), np.float32))


def made(
    class_name: str,
    config: dict[str, Any],
    variables: dict[str, Any],
    *given: Any,
    **fields: Any,
) -> Array:
    """Return what a layer with these variables computes."""
    floats = {name: np.asarray(array, np.float32) for name, array in variables.items()}
    rows = [np.asarray(array, np.float32) for array in given]
    tensors = {
        f"in_{index}": KerasTensor(name=f"in_{index}", shape=(None, *x.shape[1:]), dtype="float32")
        for index, x in enumerate(rows)
    }
    return evaluate(single(describe(class_name, config, floats, fields), tensors), rows)["out"]


def test_maxout_dense_takes_the_largest_of_its_products() -> None:
    config, rows = {"units": 2, "nb_feature": 2}, [[1, 2], [-3, 1]]
    kernel = [[[1, 0], [0, 1]], [[-1, 2], [0, -1]]]
    out = made("MaxoutDense", config, {"kernel": kernel, "bias": [[0, 1], [2, 0]]}, rows)
    np.testing.assert_array_equal(out, [[1, 3], [5, 2]])
    out = made("MaxoutDense", {**config, "use_bias": False}, {"kernel": kernel}, rows)
    np.testing.assert_array_equal(out, [[1, 2], [3, 1]])


def test_highway_mixes_the_input_in() -> None:
    eye, carry = [[2, 0], [0, 2]], [[0, 0], [0, 0]]
    variables = {"kernel": eye, "carry_kernel": carry, "bias": [0, -1], "carry_bias": [0, 1e3]}
    out = made("Highway", {"activation": "relu"}, variables, [[1, 3], [-4, 0]])
    np.testing.assert_allclose(out, [[1.5, 5.0], [-2.0, 0.0]])
    plain = {"kernel": eye, "carry_kernel": carry}
    out = made("Highway", {"activation": "linear", "use_bias": False}, plain, [[1, 3]])
    np.testing.assert_allclose(out, [[1.5, 4.5]])


def test_parametric_softplus() -> None:
    out = made("ParametricSoftplus", {}, {"alpha": [0.5, 2], "beta": [1, -3]}, [[0, 0], [1, 1]])
    softplus = [math.log(2), math.log1p(math.e), math.log1p(math.exp(-3))]
    np.testing.assert_allclose(
        out, [[softplus[0] / 2, softplus[0] * 2], [softplus[1] / 2, softplus[2] * 2]]
    )


def test_srelu_has_three_pieces() -> None:
    variables = {"t_left": [-1], "a_left": [0.5], "t_right": [-3], "a_right": [2]}
    out = made("SReLU", {}, variables, [[-3], [-1], [0.5], [2], [4]])
    np.testing.assert_allclose(out, [[-2.0], [-1.0], [0.5], [2.0], [6.0]])


STATISTICS = {
    "gamma": [2, 3],
    "beta": [1, -1],
    "running_mean": [1, 2],
    "running_std": [4, 0.5],
}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"mode": 0, "epsilon": 1.0}, [[1.8, 1], [0.2, -7]]),
        # The first row has mean 2 and deviation 1, the second 0 and 1.
        ({"mode": 1, "epsilon": 1.0}, [[2, -2.5], [0, 0.5]]),
        ({"mode": 1, "epsilon": 3.0, "variance": True}, [[1.4, -1.6], [0.6, -0.4]]),
        # Both columns have mean 1 and variance 4.
        ({"mode": 2, "epsilon": 5.0, "variance": True}, [[7 / 3, 1], [-1 / 3, -3]]),
    ],
)
def test_legacy_batch_normalization(fields: dict[str, Any], expected: list[list[float]]) -> None:
    rows = [[3, 3], [-1, -1]] if fields["mode"] != 1 else [[3, 1], [-1, 1]]
    out = made("LegacyBatchNormalization", {}, STATISTICS, rows, **fields)
    np.testing.assert_allclose(out, expected)


def test_cosine_merge_divides_by_both_lengths() -> None:
    x, y = [[3, 4], [0, 0], [1e-4, 0]], [[4, 3], [1, 1], [1e-4, 0]]
    out = made("CosineMerge", {"axes": 1}, {}, x, y)
    assert out.shape == (3, 1, 1)
    np.testing.assert_allclose(out.ravel(), [0.96, 0, 0.1], rtol=1e-6)
    out = made("CosineMerge", {"axes": 1, "bounded": False}, {}, x, y)
    np.testing.assert_allclose(out.ravel(), [0.96, np.nan, 1], rtol=1e-6)
    out = made("CosineMerge", {"axes": [2, 2]}, {}, [[[3, 4], [0, 1]]], [[[4, 3], [1, 0]]])
    np.testing.assert_allclose(out, [[[[0.96, 0.75], [0.75, 0]]]])


def test_int4_packed_along_the_inputs() -> None:
    # Rows 7, -8 in the first byte and 3 in the second; -1, 2 and -3 beside them.
    packed = np.array([[0x87 - 256, 0x2F], [0x03, 0x0D]], np.int8)
    variables: dict[str, Array] = {"kernel": packed, "kernel_scale": np.array([2, 4], np.float32)}
    config = {"units": 2, "use_bias": False, "quantization": "int4", "packed_axis": 0}
    layer = describe("Dense", config, variables)
    model = single(layer, {"x": KerasTensor(name="x", shape=(None, 3), dtype="float32")})
    out = evaluate(model, np.eye(3, dtype=np.float32))["out"]
    np.testing.assert_array_equal(out, [[3.5, -0.25], [-4, 0.5], [1.5, -0.75]])


def test_int8_inputs_are_rounded_by_rows() -> None:
    # The kernel is 1e7 on its diagonal. s = 127 / (1e-7 + 1e-7), and 63.5 rounds to even.
    kernel = np.diag([127, 127]).astype(np.int8)
    variables: dict[str, Array] = {
        "kernel": kernel,
        "kernel_scale": np.full(2, 1.27e-5, np.float32),
    }
    config = {"units": 2, "use_bias": False, "quantization": "int8", "quantize_inputs": True}
    layer = describe("Dense", config, variables)
    model = single(layer, {"x": KerasTensor(name="x", shape=(None, 2), dtype="float32")})
    out = evaluate(model, np.array([[1e-7, 5e-8], [0, 0], [2, -1e-3]], np.float32))["out"]
    expected = [[64 / 63.5, 32 / 63.5], [0.0, 0.0], [2e7, 0.0]]
    np.testing.assert_allclose(out, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("class_name", "config", "variables"),
    [
        ("Dense", {"units": 2}, {"kernel": (3, 2), "bias": (2,)}),
        ("EinsumDense", {"equation": "ab,bc->ac", "output_shape": 2}, {"kernel": (3, 2)}),
        ("Embedding", {"input_dim": 4, "output_dim": 2}, {"embeddings": (4, 2)}),
    ],
)
def test_unknown_quantization_is_refused(
    class_name: str, config: dict[str, Any], variables: dict[str, tuple[int, ...]]
) -> None:
    numbers = {name: np.zeros(shape, np.float32) for name, shape in variables.items()}
    layer = describe(class_name, {**config, "quantization": "float8"}, numbers)
    model = single(layer, {"x": KerasTensor(name="x", shape=(None, 3), dtype="float32")})
    with pytest.raises(UnsupportedConfigError, match="quantization 'float8'"):
        Evaluator(model)
