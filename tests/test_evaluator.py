"""The evaluator as a whole: graphs of layers, precision, and what it says to wrong inputs."""

import subprocess
import sys
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pytest
from layer_case import Builder, alone, layer, tensor

from keronyx.converter.errors import UnsupportedConfigError, UnsupportedLayerError, UsageError
from keronyx.converter.layers.base import DTypePolicy, Layer
from keronyx.converter.layers.nested import Nested
from keronyx.converter.layers.normalization import SpectralNormalization
from keronyx.converter.layers.rnn import TimeDistributed
from keronyx.converter.model import Connection, Model
from keronyx.converter.tensors import Variable
from keronyx.runtime.evaluate import Evaluator, evaluate
from keronyx.runtime.evaluate.precision import Numbers, as_stored

KERNEL = np.array([[1, 2], [3, 4], [5, 6]], np.float32)
ROWS = np.array([[1, 0, -1], [0, 2, 0.5]], np.float32)


@dataclass(frozen=True, kw_only=True, eq=False)
class Mystery(Layer, abstract=True):
    """A layer that no reading knows."""


def doubling(name: str = "double", **config: Any) -> Layer:
    return layer("Rescaling", name, scale=2.0, **config)


def test_shared_layer_runs_once_for_each_call() -> None:
    x = tensor("x", 3)
    build = Builder(x)
    shared = doubling()
    out = build.call(shared, build.call(shared, x))
    model = build.model(out=out)
    np.testing.assert_array_equal(evaluate(model, ROWS)["out"], 4 * ROWS)
    assert len(model.layers) == 1


def test_several_inputs_and_outputs_keep_their_names_and_order() -> None:
    b, a = tensor("b", 3), tensor("a", 3)
    build = Builder(b, a)
    difference = build.call(layer("Subtract"), b, a)
    model = build.model(second=difference, first=a, again=difference)
    expected = {"second": -ROWS, "first": 2 * ROWS, "again": -ROWS}
    for given in ([ROWS, 2 * ROWS], (ROWS, 2 * ROWS), {"a": 2 * ROWS, "b": ROWS}):
        out = Evaluator(model)(given)
        assert list(out) == ["second", "first", "again"]
        for name, array in expected.items():
            np.testing.assert_array_equal(out[name], array)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "config",
    [{"class_name": "Identity"}, {"class_name": "Flatten"}, {"class_name": "Permute", "dims": [1]}],
)
def test_outputs_are_not_the_callers_memory(dtype: Any, config: dict[str, Any]) -> None:
    model = alone(layer(**config), tensor("x", 3))
    given = ROWS.copy()
    out = evaluate(model, given, dtype=dtype)["out"]
    out[:] = 7
    np.testing.assert_array_equal(given, ROWS)


def test_evaluator_can_be_called_again() -> None:
    evaluator = Evaluator(
        alone(layer("Dense", units=2, kernel=KERNEL, use_bias=False), tensor("x", 3))
    )
    first, second = evaluator(ROWS)["out"], evaluator(2 * ROWS)["out"]
    np.testing.assert_array_equal(first, ROWS @ KERNEL)
    np.testing.assert_array_equal(second, 2 * first)


def test_trace_tells_every_tensor() -> None:
    x = tensor("x", 3)
    build = Builder(x)
    doubled = build.call(doubling(), x)
    dropped = build.call(layer("Dropout"), doubled)
    out = build.call(layer("Add"), dropped, x)
    model = build.model(out=out)
    traced = Evaluator(model, "float32").trace(ROWS)
    assert set(traced) == {"x", "t0", "t1", "t2"}
    np.testing.assert_array_equal(traced["t1"], 2 * ROWS)
    np.testing.assert_array_equal(traced["t2"], 3 * ROWS)
    assert {array.dtype.name for array in traced.values()} == {"float32"}


def test_float64_layer_computes_in_float64_whatever_the_rest() -> None:
    x = tensor("x", 1)
    build = Builder(x)
    fine = build.call(doubling("fine", dtype="float64", offset=1e-12), x)
    coarse = build.call(doubling("coarse"), fine)
    model = build.model(fine=fine, coarse=coarse)
    out = evaluate(model, np.ones((1, 1), np.float32), dtype="float32")
    assert {name: array.dtype.name for name, array in out.items()} == {
        "fine": "float64",
        "coarse": "float32",
    }
    assert out["fine"].item() == 2 + 1e-12
    assert Evaluator(model, "float32").trace(np.ones((1, 1)))["t1"].dtype == np.float32


def test_inputs_and_outputs_are_rounded_to_their_dtype() -> None:
    model = alone(layer("Identity"), tensor("x", 1, dtype="float16"))
    out = evaluate(model, np.array([[0.1]]))["out"]
    assert out.dtype == np.float32  # the layer's dtype; the number is float16's
    assert out.item() == np.float32(np.float16(0.1))


def test_half_precision_weights_are_rounded_but_activations_are_not() -> None:
    third = np.array([[1 / 3]], np.float32)
    half = layer("Dense", units=1, use_bias=False, dtype="mixed_float16", kernel=third)
    model = alone(half, tensor("x", 1))
    traced = Evaluator(model).trace(third)[model.outputs["out"].name]
    assert traced.item() == np.float64(third.item()) * np.float64(np.float16(1 / 3))
    assert evaluate(model, third)["out"].dtype == np.float16


def test_bfloat16_rounds_to_nearest_even() -> None:
    given = np.array([1.00390625, 1.01171875, 1 / 3, -0.0, np.inf, np.nan, 3.4e38], np.float32)
    rounded = np.array([1.0, 1.015625, 0.333984375, -0.0, np.inf, np.nan, np.inf], np.float32)
    np.testing.assert_array_equal(as_stored(given, "bfloat16"), rounded)
    model = alone(layer("Activation", activation="linear", dtype="bfloat16"), tensor("x", 1))
    assert evaluate(model, given[2:3, None])["out"].item() == 0.333984375


def test_numbers_read_what_the_file_stores() -> None:
    numbers = Numbers(DTypePolicy(), "float64")
    wide = Variable.of(np.array([[0.1, 0.2]], np.float64))
    np.testing.assert_array_equal(numbers(wide), np.array([[0.1, 0.2]], np.float32))
    np.testing.assert_array_equal(numbers.exact(wide), np.array([[0.1, 0.2]], np.float32))
    swapped = np.array([1.5], np.dtype(np.float32).newbyteorder())
    assert numbers(Variable.of(swapped)).dtype.isnative
    assert numbers(Variable.of(np.array([3], np.int8))).dtype == np.int8


def test_nested_model_runs_in_the_place_of_a_layer() -> None:
    x = tensor("x", 3)
    build = Builder(x)
    inner = build.model(out=build.call(layer("Dense", units=2, kernel=KERNEL, use_bias=False), x))
    model = alone(
        TimeDistributed(name="td", layer=Nested(name="nested", model=inner)), tensor("y", None, 3)
    )
    steps = np.stack([ROWS, 2 * ROWS, 3 * ROWS], axis=1)
    out = evaluate(model, steps, dtype="float32")["out"]
    assert out.dtype == np.float32
    np.testing.assert_array_equal(out, steps @ KERNEL)
    assert evaluate(model, steps[:, :0])["out"].shape == (2, 0, 2)


def test_wrapped_layers_cast_as_the_layer_that_they_hold() -> None:
    dense = layer("Dense", units=2, kernel=KERNEL, use_bias=False)
    wrapped = TimeDistributed(name="td", layer=SpectralNormalization(name="sn", layer=dense))
    model = alone(wrapped, tensor("x", 2, 3, dtype="int32"))
    ids = np.arange(6).reshape(1, 2, 3)
    evaluator = Evaluator(model, "float32")
    assert evaluator.trace(ids)[model.outputs["out"].name].dtype == np.float32
    np.testing.assert_array_equal(evaluator(ids)["out"], ids @ KERNEL)


def test_integers_merge_with_floats_in_the_working_precision() -> None:
    x, ids = tensor("x", 3), tensor("ids", 3, dtype="int32")
    build = Builder(x, ids)
    model = build.model(out=build.call(layer("Add"), x, ids))
    out = Evaluator(model, "float32").trace([ROWS, np.ones((2, 3), np.int32)])["t0"]
    assert out.dtype == np.float32
    np.testing.assert_array_equal(out, ROWS + 1)


def test_nan_passes_and_nothing_warns() -> None:
    given = np.array([[np.nan, np.inf, -np.inf]], np.float32)
    for activation, expected in {
        "relu": [np.nan, np.inf, 0],
        "sigmoid": [np.nan, 1, 0],
        "softplus": [np.nan, np.inf, 0],
        "elu": [np.nan, np.inf, -1],
        "softmax": [np.nan, np.nan, np.nan],
    }.items():
        model = alone(layer("Activation", activation=activation), tensor("x", 3))
        np.testing.assert_array_equal(evaluate(model, given)["out"], [expected])


def test_unsupported_layers_are_told_together() -> None:
    x = tensor("x", 3)
    build = Builder(x)
    out = build.call(Mystery(name="two"), build.call(Mystery(name="one"), x))
    words = r"2 layers are not supported: 'one' \(Mystery, .*\), 'two' \(Mystery, "
    with pytest.raises(UnsupportedLayerError, match=words):
        Evaluator(build.model(out=out))


def test_unknown_precision_is_refused() -> None:
    with pytest.raises(UsageError, match="dtype='float16'; models are evaluated in"):
        Evaluator(alone(layer("Identity"), tensor("x", 3)), cast("Any", "float16"))


def test_config_that_does_not_fit_its_variables_is_refused() -> None:
    config: dict[str, Any] = {
        "vocabulary": ["a", "b"],
        "input_idf_weights": [1.0, 2.0],
        "output_mode": "tf_idf",
    }
    small = layer("StringLookup", **config, max_tokens=2, pad_to_max_tokens=True)
    with pytest.raises(UnsupportedConfigError, match="do not fit together"):
        Evaluator(alone(small, tensor("x", 3, dtype="string")))
    given = layer("Normalization", mean=[[1.0, 2.0], [3.0, 4.0]], variance=[[1.0, 1.0], [1.0, 1.0]])
    with pytest.raises(UnsupportedConfigError, match=r"mean of shape \(2, 2\) for axis="):
        Evaluator(alone(given, tensor("x", 2)))


def test_shapes_that_only_show_at_run_time_are_a_usage_error() -> None:
    reshape = alone(layer("Reshape", target_shape=[2, -1]), tensor("x", None))
    assert evaluate(reshape, np.zeros((3, 4)))["out"].shape == (3, 2, 2)
    with pytest.raises(UsageError, match=r"\(Reshape\): it cannot be computed for .*\(3, 5\)"):
        evaluate(reshape, np.zeros((3, 5)))


def test_integer_output_with_floating_numbers_is_refused() -> None:
    x, out = tensor("x", 3, dtype="int32"), tensor("y", 3, dtype="int32")
    sigmoid = layer("Activation", activation="sigmoid")
    connection = Connection(layer=sigmoid, inputs=(x,), outputs=(out,))
    model = Model(name="m", inputs={"x": x}, outputs={"y": out}, connections=(connection,))
    with pytest.raises(UsageError, match="output 'y' is int32, but its numbers are floating"):
        evaluate(model, np.zeros((1, 3), np.int32))


EMBEDDING = layer("Embedding", input_dim=3, output_dim=2, embeddings=KERNEL)


@pytest.mark.parametrize("ids", [[[3]], [[-4]], [[float("nan")]], [[1e30]]])
def test_ids_out_of_range_are_refused(ids: list[list[float]]) -> None:
    model = alone(EMBEDDING, tensor("x", 1))
    with pytest.raises(UsageError, match=r"\(Embedding\): id -?\d+ is not among -3 \.\.\. 2"):
        evaluate(model, np.array(ids, np.float32))


def test_evaluating_needs_numpy_alone() -> None:
    code = (
        "import sys, keronyx.runtime.evaluate\n"
        "heavy = {'onnx', 'onnxruntime', 'h5py', 'yaml', 'rich'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
