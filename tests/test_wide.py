"""Layers that need a wide description, of models that real Keras saved: files to check.

Several outputs; a mask and a state by name; a tuple of layers with variables; layers that a config
implies; an open size.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from corpus_cases import Array

import keronyx
from keronyx.converter.description import describe
from keronyx.converter.dialect.nodes import History, calls_of
from keronyx.converter.emit.base import call
from keronyx.converter.errors import (
    FileFormatError,
    UnsupportedConfigError,
    UnsupportedLayerError,
    WeightError,
)
from keronyx.converter.files import read_saved
from keronyx.converter.formula.expression import Expression, apply
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.graph.operators import reduce, unsqueeze
from keronyx.converter.layers.base import Argument, Mask, Part, Spec, part, variable
from keronyx.converter.layers.core import Dense
from keronyx.converter.layers.functions import Function
from keronyx.converter.tensors import KerasTensor, Shape
from keronyx.runtime.evaluate.model import Step

HERE = Path(__file__).with_name("wide")
FILES = sorted(path for path in HERE.iterdir() if path.suffix in {".h5", ".keras"})


@dataclass(frozen=True, kw_only=True, eq=False)
class Extremes(keronyx.Layer):
    def results(self, *inputs: KerasTensor, **_arguments: Any) -> tuple[Spec, ...]:
        spec = Spec((*inputs[0].shape[:-1], 1), self.dtype.compute)
        return (spec, spec)


@keronyx.emit_layer.register
def _(layer: Extremes, graph: keronyx.Graph, x: keronyx.Value) -> tuple[keronyx.Value, ...]:
    del layer
    return (reduce(graph, "ReduceMax", x, [-1]), reduce(graph, "ReduceMin", x, [-1]))


@keronyx.prepare_layer.register
def _(layer: Extremes, numbers: keronyx.Numbers) -> Any:
    del layer, numbers
    return lambda x: (np.sort(x)[..., -1:], np.sort(x)[..., :1])


@express.register
def _(layer: Extremes, x: Expression) -> Meaning:
    del layer
    return Meaning(value=apply("max", x), others=(apply("min", x),))


@dataclass(frozen=True, kw_only=True, eq=False)
class Running(keronyx.Layer):
    decay: float = 1.0
    mask: ClassVar[Mask] = "uses"
    arguments: ClassVar[dict[str, Argument]] = {"mask": "tensor", "initial_state": "tensor"}


@keronyx.emit_layer.register
def _(
    layer: Running,
    graph: keronyx.Graph,
    x: keronyx.Value,
    mask: keronyx.Value | None = None,
    initial_state: keronyx.Value | None = None,
) -> keronyx.Value:
    state, steps = initial_state, []
    for time in range(x.shape[1] or 0):
        here = graph.op("Gather", x, graph.constant(time, "int64"), axis=1, shape=x.shape[::2])
        new = here if state is None else graph.op("Add", graph.op("Mul", state, layer.decay), here)
        if mask is not None and state is not None:
            told = graph.op("Gather", mask, graph.integers([time]), axis=1, shape=(x.shape[0], 1))
            new = graph.op("Where", told, new, state, dtype=x.dtype, shape=new.shape)
        state = new
        steps.append(unsqueeze(graph, state, [1]))
    return graph.op("Concat", *steps, axis=1, shape=x.shape)


@keronyx.prepare_layer.register
def _(layer: Running, numbers: keronyx.Numbers) -> Step:
    del numbers

    def step(x: Array, mask: Array | None = None, initial_state: Array | float = 0.0) -> Array:
        result = np.empty_like(x)
        state = np.broadcast_to(initial_state, x[:, 0].shape)
        for time in range(x.shape[1]):
            counts = True if mask is None else mask[:, time, None]
            state = np.where(counts, layer.decay * state + x[:, time], state)
            result[:, time] = state
        return result

    return step


@express.register
def _(layer: Running, x: Expression, **arguments: Any) -> Meaning:
    return Meaning(value=apply("running", x, *arguments.values()), numbers={"decay": layer.decay})


@dataclass(frozen=True, kw_only=True, eq=False)
class Blend(keronyx.Layer):
    branches: tuple[keronyx.Layer, ...]
    mix: keronyx.Variable = variable()

    def infer_shape(self, *shapes: Shape) -> Shape:
        self.check_variable("mix", (len(self.branches),))
        return self.branches[0].infer_shape(*shapes)


@keronyx.emit_layer.register
def _(layer: Blend, graph: keronyx.Graph, x: keronyx.Value) -> keronyx.Value:
    mix = keronyx.weight(graph, layer, "mix")
    terms = []
    for index, branch in enumerate(layer.branches):
        share = graph.op("Gather", mix, graph.integers([index]), axis=0, shape=(1,))
        terms.append(graph.op("Mul", call(branch, graph, x), share))
    return graph.op("Sum", *terms)


@keronyx.prepare_layer.register
def _(layer: Blend, numbers: keronyx.Numbers) -> Any:
    mix = numbers(layer.mix)
    steps = [keronyx.prepare_layer(each, numbers.held(each)) for each in layer.branches]
    return lambda x: sum(share * step(x) for share, step in zip(mix, steps, strict=True))


@dataclass(frozen=True, kw_only=True, eq=False)
class Gate(keronyx.Layer):
    units: int
    scale: keronyx.Variable = variable()
    value: keronyx.Layer = part()
    gate: keronyx.Layer = part()

    @classmethod
    def parts(cls, config: Mapping[str, Any]) -> dict[str, Part]:
        units = config["units"]
        return {
            "value": Part(Dense, {"units": units}),
            "gate": Part(Dense, {"units": units, "activation": Function.of("sigmoid")}),
        }

    def infer_shape(self, *shapes: Shape) -> Shape:
        self.check_variable("scale", (self.units,))
        return self.value.infer_shape(*shapes)


@keronyx.emit_layer.register
def _(layer: Gate, graph: keronyx.Graph, x: keronyx.Value) -> keronyx.Value:
    value = graph.op("Mul", call(layer.value, graph, x), keronyx.weight(graph, layer, "scale"))
    return graph.op("Mul", value, call(layer.gate, graph, x))


@keronyx.prepare_layer.register
def _(layer: Gate, numbers: keronyx.Numbers) -> Any:
    value, gate = (
        keronyx.prepare_layer(each, numbers.held(each)) for each in (layer.value, layer.gate)
    )
    scale = numbers(layer.scale)
    return lambda x: scale * value(x) * gate(x)


@dataclass(frozen=True, kw_only=True, eq=False)
class Changes(keronyx.Layer):
    def infer_shape(self, *shapes: Shape) -> Shape:
        return (*shapes[0][:-1], 1)


@keronyx.emit_layer.register
def _(layer: Changes, graph: keronyx.Graph, x: keronyx.Value) -> keronyx.Value:
    del layer
    padded = graph.op("Pad", x, graph.integers([0, 1, 0, 0, -1, 0]))
    return reduce(graph, "ReduceL1", graph.op("Sub", x, padded), [-1])


@keronyx.prepare_layer.register
def _(layer: Changes, numbers: keronyx.Numbers) -> Step:
    del layer, numbers
    return lambda x: np.abs(np.diff(x, axis=1, prepend=0.0)).sum(-1, keepdims=True)


@dataclass(frozen=True, kw_only=True, eq=False)
class Argued(keronyx.Layer):
    arguments: ClassVar[dict[str, Argument]] = {
        "mask": "tensor",
        "states": "tensors",
        "causal": "flag",
    }


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    with keronyx.layer_scope():
        for kind in (Extremes, Running, Blend, Gate, Changes):
            keronyx.register_layer(f"Wide>{kind.__name__}")(kind)
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


def argued(**keywords: Any) -> Any:
    return [{"args": [tensor("x")], "kwargs": keywords}]


def tensor(name: str) -> dict[str, Any]:
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}


def test_arguments_are_tensors_and_flags_by_name() -> None:
    nodes = argued(mask=tensor("m"), states=[tensor("a"), tensor("b")], causal=True, training=False)
    (found,) = calls_of(nodes, Argued)
    assert found.inputs == (History("x", 0, 0),)
    assert found.arguments == {
        "mask": History("m", 0, 0),
        "states": (History("a", 0, 0), History("b", 0, 0)),
        "causal": True,
    }
    assert [each.layer for each in found.sources] == ["x", "m", "a", "b"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("causal", 1),
        ("causal", "yes"),
        ("causal", tensor("m")),
        ("mask", [tensor("a"), tensor("b")]),
        ("mask", True),
        ("states", []),
        ("states", False),
        ("states", [1, 2]),
        ("training", True),
        ("other", tensor("m")),
    ],
)
def test_arguments_that_do_not_fit_are_refused(name: str, value: Any) -> None:
    with pytest.raises(UnsupportedConfigError, match=f"^call argument {name}="):
        calls_of(argued(**{name: value}), Argued)


def test_an_argument_said_twice_is_the_same() -> None:
    node = [["a", 0, 0, {"causal": True}], ["b", 0, 0, {"causal": True}]]
    (found,) = calls_of([node], Argued)
    assert found.arguments == {"causal": True}
    node[1][3] = {"causal": False}
    with pytest.raises(FileFormatError, match="call argument causal twice, and not the same"):
        calls_of([node], Argued)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (["nowhere", 0, 0], "a layer 'nowhere' that is not in the file"),
        (["start", 3, 0], "call 3 of layer 'start'"),
        (["start", 0, 1], "output 1 of layer 'start', which it does not have"),
    ],
)
def test_an_argument_that_there_is_not_is_refused(state: list[Any], words: str) -> None:
    saved = read_saved(HERE / "mask_and_state.h5")
    assert saved.config is not None
    (running,) = [each for each in saved.config["config"]["layers"] if each["name"] == "running"]
    running["inbound_nodes"][0][0][3]["initial_state"] = state
    with pytest.raises(FileFormatError, match=words):
        describe(saved)


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
