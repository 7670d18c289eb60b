"""NaN, infinities and signed zeros: what Keras makes of them, both readings and source code make.

What stays different is listed here, and in docs/numbers.md.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from code_programs import compiled, executed, merged, repeated, with_rows
from emitting import chain, dense, ops, run
from layer_case import alone, layer, tensor
from nonfinite_cases import SMALLEST, flushed, models
from test_code_javascript import NODE
from test_code_javascript import complaints as in_javascript
from test_code_python import complaints as in_python

import keronyx
from keronyx.converter.dialect.tables import of_version
from keronyx.converter.dialect.version import Version
from keronyx.converter.emit import (
    DEFAULT_OPSET,
    OLDEST_OPSET,
    emit,
    emit_layer,
    expressed,
    newest_opset,
    serialize,
)
from keronyx.converter.errors import UnsupportedConfigError
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import reduce
from keronyx.converter.graph.schema import check_node
from keronyx.converter.layers.activations import ReLU, ThresholdedReLU
from keronyx.converter.layers.base import Layer
from keronyx.converter.lower import lower
from keronyx.converter.model import Model
from keronyx.converter.program.language import Options, Program
from keronyx.converter.source import printer
from keronyx.converter.tensors import Array, KerasTensor
from keronyx.runtime.proof.samples import BATCHES, ODD, draw_odd

RECORDED = {version: models(version) for version in (2, 3)}
KEYS = [(version, name) for version, found in RECORDED.items() for name in found]

ZEROS_BESIDE = {"act_softmax_0", "dense_softmax", "softmax", "softmax(x)"}
"""TensorFlow has 0 beside NaN, both readings NaN along the whole axis."""
APART = {
    "act_sparsemax_0": "an infinity is put in order by each in its own way",
    "dense_sparsemax": "the same",
    "dense_int8": "an infinity as int8 is the processor's",
    "sqrt(x)": "the backend of Keras 2 has 0 for negative numbers",
    "x ** 0.5": "source code takes the root, which is NaN for -inf",
}


def unlike(found: Array, wanted: Array, inputs: tuple[Array, ...]) -> Array:
    """Tell which elements are not as Keras has them."""
    assert found.shape == wanted.shape
    ours, theirs = found.astype(np.float64), wanted.astype(np.float64)
    close = np.isclose(ours, theirs, rtol=1e-4, atol=1e-5, equal_nan=True)
    return np.asarray(~close & ~flushed(inputs, wanted.shape))


@pytest.fixture(autouse=True)
def _strict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Graph, "inspect", staticmethod(check_node))


def in_numpy(model: Model, inputs: tuple[Array, ...]) -> Iterator[Array]:
    yield from keronyx.evaluate(model, list(inputs), dtype="float32").values()


def in_onnxruntime(model: Model, inputs: tuple[Array, ...]) -> Iterator[Array]:
    for opset in (OLDEST_OPSET, DEFAULT_OPSET, newest_opset()):
        yield from run(serialize(model, opset=opset), *inputs)


@pytest.mark.parametrize("reading", [in_numpy, in_onnxruntime])
@pytest.mark.parametrize(("version", "name"), KEYS)
def test_both_readings_give_what_keras_gave(
    version: int, name: str, reading: Callable[..., Iterator[Array]]
) -> None:
    model, inputs, wanted = RECORDED[version][name]
    for found in reading(model, inputs):
        wrong = unlike(found, wanted, inputs)
        if name in ZEROS_BESIDE:
            assert (wrong == (np.isnan(found) & (wanted == 0))).all()
            assert wrong.any()
        elif name not in APART or (name == "sqrt(x)" and version == 3):
            assert not wrong.any(), f"{found[wrong][:5]} for {wanted[wrong][:5]}"


def test_int8_is_different_only_where_infinities_are() -> None:
    model, inputs, wanted = RECORDED[3]["dense_int8"]
    infinite = np.any(np.isinf(inputs[0]), axis=1)
    for found in (*in_numpy(model, inputs), *in_onnxruntime(model, inputs)):
        wrong = np.any(unlike(found, wanted, inputs), axis=1)
        assert wrong[infinite].any()
        assert not wrong[~infinite].any()


def test_numbers_that_tensorflow_takes_for_0_are_numbers_here() -> None:
    model, inputs, wanted = RECORDED[3]["multiply"]
    (found,) = in_numpy(model, inputs)
    assert np.isnan(wanted[np.isinf(found) & flushed(inputs, found.shape)]).all()


def in_range(array: Array) -> Array:
    """Return the array without the ends of float32, which source code may compute in doubles."""
    size = np.abs(array)
    ends = np.isfinite(array) & (size > 0) & ((size < SMALLEST) | (size > 1e37))
    return np.where(ends, np.float32(0.7), array) if array.dtype == np.float32 else array


@cache
def programs() -> dict[str, Program]:
    """Return the models that source code can have, with what Keras gave as their rows."""
    found = {}
    for version, name in KEYS:
        old = version == 2 and "relu" in name
        if name in ZEROS_BESIDE or name in APART or not (version == 3 or old):
            continue
        model, inputs, wanted = RECORDED[version][name]
        try:
            program = lower(model)
        except UnsupportedConfigError:
            continue
        given = tuple(in_range(array) for array in inputs)
        moved = np.zeros(wanted.shape, bool)
        for array, new in zip(inputs, given, strict=True):
            if array.shape == wanted.shape:
                moved |= array != new
        (ours,) = in_numpy(model, given)
        found[f"{name} {version}"] = with_rows(program, given, (np.where(moved, ours, wanted),))
    assert len(found) > 120
    return found


@pytest.mark.parametrize("options", [Options(), Options(pure=True)], ids=["numpy", "pure"])
def test_python_gives_what_keras_gave(options: Options) -> None:
    assert not in_python(programs().items(), options)


@pytest.mark.skipif(NODE is None, reason="there is no node on PATH")
def test_javascript_gives_what_keras_gave(tmp_path: Path) -> None:
    assert not in_javascript(tmp_path, programs())


ROWS, GROUPS = 18, 4


BUILDS = [
    pytest.param(
        *(language, flags, group),
        marks=[] if (group + (language == "c")) % 2 else pytest.mark.sweep,
    )
    for language, flags in [("c", "-O2"), ("cpp", "-O0")]
    for group in range(GROUPS)
]
"""Each group in one of the languages; in a sweep in both."""


@pytest.mark.parametrize(("language", "flags", "group"), BUILDS)
def test_c_gives_what_keras_gave(language: str, flags: str, group: int, tmp_path: Path) -> None:
    chosen = dict([*programs().items()][group::GROUPS])
    keys = [name.rpartition(" ") for name in chosen]
    together = lower(merged([RECORDED[int(version)][name][0] for name, _, version in keys]))
    rows = [each.vectors for each in chosen.values() if each.vectors is not None]
    inputs = [repeated(array, ROWS) for each in rows for array in each.inputs]
    outputs = [repeated(array, ROWS) for each in rows for array in each.outputs]
    source = tmp_path / f"net.{language}"
    source.write_text(printer(language)(with_rows(together, inputs, outputs), Options()))
    code, said = executed(compiled(source, language, "-DKERONYX_SELFTEST", flags))
    assert (code, ": right" in said) == (0, True), said


@pytest.fixture
def swallowing() -> Iterator[None]:
    """Let ThresholdedReLU be the operator that onnxruntime has as 0 for NaN."""
    right = emit_layer.registry[ThresholdedReLU]

    def operator(made: ThresholdedReLU, graph: Graph, x: Value) -> Value:
        return graph.op("ThresholdedRelu", x, alpha=made.theta)

    emit_layer.register(ThresholdedReLU)(operator)
    yield
    emit_layer.register(ThresholdedReLU)(right)


THRESHOLDED = layer("ThresholdedReLU", "thresholded", theta=0.5)
NETS = {
    "alone": alone(THRESHOLDED, tensor("x", 4)),
    "behind a product": chain(tensor("x", 4), [dense(3, 4), THRESHOLDED, dense(2, 3, "last")]),
    "fixed": alone(THRESHOLDED, KerasTensor(name="x", shape=(2, 4), dtype="float32")),
}


@pytest.mark.usefixtures("swallowing")
@pytest.mark.parametrize("net", NETS)
def test_an_operator_that_swallows_nan_turns_the_check_red(net: str) -> None:
    report = keronyx.check(serialize(NETS[net]), NETS[net])
    assert not report.passed
    assert report.layer == "layer 'thresholded' (ThresholdedReLU)"
    assert "NaN" in report.sentence


@pytest.mark.parametrize("net", NETS)
def test_the_check_draws_odd_rows_without_one_more_run(net: str) -> None:
    report = keronyx.check(serialize(NETS[net]), NETS[net])
    assert report.passed
    assert not report.warnings
    first, second, third = BATCHES
    joined = (first, second + len(ODD), third)
    assert report.batches == (joined if net != "fixed" else (2,) * 5)


@pytest.mark.parametrize("name", RECORDED[3])
def test_what_is_recorded_passes_the_check(name: str) -> None:
    model, _, _ = RECORDED[3][name]
    report = keronyx.check(serialize(model), model)
    assert report.passed, report.sentence


@pytest.mark.parametrize("op_type", ["ReduceMax", "ReduceMin"])
def test_the_largest_and_the_smallest_that_swallow_nan_turn_the_check_red(
    op_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = {"ReduceMax": "max", "ReduceMin": "min"}[op_type] + "(x, axis=1)"
    model, _, _ = RECORDED[3][text]
    assert keronyx.check(serialize(model), model).passed
    monkeypatch.setattr(expressed, "extreme", reduce)
    assert not keronyx.check(serialize(model), model).passed


@pytest.mark.parametrize("version", ["1.26.0", "1.5"])
def test_older_runtimes_are_not_held_to_it(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "__version__", version)
    report = keronyx.check(serialize(NETS["alone"]), NETS["alone"])
    assert report.batches == BATCHES


def test_ordinary_graphs_are_as_short_as_they_were() -> None:
    """What propagates already in onnxruntime keeps its one operator."""
    for name, operators in {
        "relu": "Relu",
        "relu_max": "Clip",
        "elu": "Elu",
        "prelu": "PRelu",
        "maximum": "Max",
        "act_log_softmax_0": "LogSoftmax",
        "relu_threshold": "Greater Where",
    }.items():
        graph = emit(RECORDED[3][name][0])
        assert ops(graph) == operators


@pytest.mark.parametrize(
    ("version", "multiplies"), [((2, 15, 0), True), ((3, 14, 1), True), ((3, 15, 0), False)]
)
def test_a_threshold_is_what_the_keras_of_the_file_made_of_it(
    version: tuple[int, ...], *, multiplies: bool
) -> None:
    assert of_version(ReLU, Version(version))["multiplies"] == multiplies


def test_a_class_of_a_user_has_to_say_that_it_propagates() -> None:
    @dataclass(frozen=True, kw_only=True, eq=False)
    class Theirs(Layer):
        says: bool = False

        def propagates(self) -> bool:
            return self.says or super().propagates()

    for says in (False, True):
        assert bool(draw_odd(alone(Theirs(name="mine", says=says), tensor("x", 3)))) == says
