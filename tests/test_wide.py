"""Layers that need a wide description, of models that real Keras saved: files to check.

Several outputs; a mask and a state by name; a tuple of layers with variables; layers that a config
implies; an open size.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from corpus_cases import Array
from wide_layers import HERE, Blend, Changes, Extremes, Gate, Running, registered

import keronyx
from keronyx.converter.errors import (
    UnsupportedConfigError,
    UnsupportedLayerError,
    WeightError,
)
from keronyx.converter.graph.operators import reduce
from keronyx.converter.tensors import KerasTensor

FILES = sorted(path for path in HERE.iterdir() if path.suffix in {".h5", ".keras"})


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    with registered():
        yield


def recorded(path: Path) -> tuple[dict[str, Array], list[Array]]:
    with np.load(path.with_suffix(".npz")) as arrays:
        rows = {name: arrays[name] for name in arrays if not name.startswith("out_")}
        return rows, [arrays[name] for name in arrays if name.startswith("out_")]


def test_there_is_a_model_of_each_kind() -> None:
    kinds = {type(layer) for path in FILES for layer in keronyx.read(path).layers}
    assert {Extremes, Running, Blend, Gate, Changes} <= kinds


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.stem))
def test_both_readings_give_the_numbers_of_keras(path: Path) -> None:
    rows, wanted = recorded(path)
    result = keronyx.convert(path)
    assert result.report is not None
    assert result.report.passed
    for found in (keronyx.load(result.onnx)(rows), keronyx.evaluate(result.model, rows)):
        for array, right in zip(found.values(), wanted, strict=True):
            np.testing.assert_allclose(array, right, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.stem))
def test_every_value_has_a_formula_and_a_trace(path: Path) -> None:
    rows, wanted = recorded(path)
    model = keronyx.read(path)
    made = [tensor.name for each in model.connections for tensor in each.outputs]
    assert [each.tensor for each in keronyx.formulas(model)] == made
    trace = keronyx.trace(model, rows)
    for array, right in zip(trace.outputs.values(), wanted, strict=True):
        np.testing.assert_allclose(array, right, rtol=1e-4, atol=1e-5)
    last = {name: array * 2 for name, array in trace.outputs.items()}
    assert not trace.compare(last).agrees
    assert trace.compare(trace.outputs).agrees


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.stem))
def test_source_code_refuses_them_by_name(path: Path) -> None:
    with pytest.raises(UnsupportedLayerError, match="not in source code"):
        keronyx.code(keronyx.read(path), "c")


def test_several_outputs_have_names_and_formulas_of_their_own() -> None:
    model = keronyx.read(HERE / "two_outputs.keras")
    (both,) = [each for each in model.connections if isinstance(each.layer, Extremes)]
    assert [tensor.name for tensor in both.outputs] == ["extremes", "extremes/1"]
    texts = [each.text for each in keronyx.formulas(model)]
    assert any("max(h1)" in text for text in texts)
    assert any("min(h1)" in text for text in texts)


def test_a_mask_is_a_tensor_that_is_computed_where_it_is_used() -> None:
    model = keronyx.read(HERE / "mask_and_state.h5")
    (running,) = [each for each in model.connections if isinstance(each.layer, Running)]
    mask = running.arguments["mask"]
    assert isinstance(mask, KerasTensor)
    assert mask is running.inputs[0].mask
    assert (mask.dtype, mask.sizes) == ("bool", (None, 5))
    assert running.arguments["initial_state"] is model.inputs["start"]
    ids = np.array([[1, 0, 2, 0, 0]])
    rows = {"ids": ids, "start": np.zeros((1, 2), np.float32)}
    np.testing.assert_array_equal(keronyx.trace(model, rows).tensors[mask.name], ids != 0)


def test_a_mask_that_no_layer_uses_leaves_no_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Running, "mask", "passes")
    model = keronyx.read(HERE / "mask_and_state.h5")
    assert [type(each.layer).__name__ for each in model.connections] == ["Embedding", "Running"]
    assert model.connections[1].outputs[0].mask is model.connections[0].outputs[0].mask


def test_arguments_that_a_layer_does_not_take_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Running, "arguments", {"mask": "tensor"})
    with pytest.raises(UnsupportedConfigError, match=r"'running'.*call argument initial_state="):
        keronyx.read(HERE / "mask_and_state.h5")


def test_a_layer_that_cannot_take_its_mask_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Running, "arguments", {"initial_state": "tensor"})
    with pytest.raises(UnsupportedConfigError, match=r"'running'.*computes with the mask"):
        keronyx.read(HERE / "mask_and_state.h5")


def test_layers_in_a_tuple_keep_their_variables() -> None:
    (blend,) = keronyx.read(HERE / "held_layers.keras").layers
    assert list(blend.held()) == ["branches/0", "branches/1", "branches/2"]
    assert list(blend.variables()) == [
        "mix",
        "branches/0/kernel",
        "branches/0/bias",
        "branches/1/kernel",
        "branches/2/kernel",
        "branches/2/bias",
    ]


def test_layers_that_a_config_implies_have_the_variables_in_their_groups() -> None:
    _, gated = keronyx.read(HERE / "implied_layers.keras").layers
    assert list(gated.held()) == ["value", "gate"]
    assert [each.name for each in gated.held().values()] == ["gated/value", "gated/gate"]
    assert {name: each.shape for name, each in gated.variables().items()} == {
        "scale": (2,),
        "value/kernel": (4, 2),
        "value/bias": (2,),
        "gate/kernel": (4, 2),
        "gate/bias": (2,),
    }


def test_an_implied_layer_that_the_file_does_not_hold_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = Gate.parts({"units": 2})
    monkeypatch.setattr(Gate, "parts", lambda _: {"value": found["value"], "door": found["gate"]})
    with pytest.raises(WeightError, match=r"0 variables at 'layers/gate/door'"):
        keronyx.read(HERE / "implied_layers.keras")


def test_equal_sizes_have_equal_names() -> None:
    result = keronyx.convert(HERE / "open_time.keras")
    (entrance,), (end,) = result.model.inputs.values(), result.model.outputs.values()
    assert entrance.shape == ("batch", "x_1", 3)
    assert end.shape == ("batch", "x_1", 1)
    dims = [
        [size.dim_param or size.dim_value for size in each.type.tensor_type.shape.dim]
        for each in (*result.onnx.graph.input, *result.onnx.graph.output)
    ]
    assert dims == [["batch", "x_1", 3], ["batch", "x_1", 1]]
    for time in (1, 2, 9):
        rows = np.ones((2, time, 3), np.float32)
        assert keronyx.load(result.onnx)(rows)["changes"].shape == (2, time, 1)


def mistaken(layer: Extremes, graph: keronyx.Graph, x: keronyx.Value) -> tuple[keronyx.Value, ...]:
    del layer
    return (reduce(graph, "ReduceMax", x, [-1]), reduce(graph, "ReduceMean", x, [-1]))


def test_the_check_sees_a_wrong_second_output() -> None:
    right = keronyx.emit_layer.dispatch(Extremes)
    keronyx.emit_layer.register(Extremes, mistaken)
    try:
        with pytest.raises(keronyx.CheckError, match=r"layer 'extremes' \(Extremes\) is the first"):
            keronyx.convert(HERE / "two_outputs.keras")
    finally:
        keronyx.emit_layer.register(Extremes, right)
