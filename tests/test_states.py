"""Stateful layers: what Keras 1.2 to 3.15 gave for calls in a row, and after a reset."""

import json
from typing import Any

import numpy as np
import onnx
import pytest
import stateful_nets as nets
from described import functional, group, model_of, sequential

import keronyx
from keronyx.converter.errors import UnsupportedConfigError, UsageError
from keronyx.converter.files.saved import LayerGroups
from keronyx.runtime.evaluate import Evaluator
from keronyx.runtime.session.predictor import load
from keronyx.runtime.session.states import pairs_in
from keronyx.runtime.specs import TensorSpec

UNTOLD = {"tf114_both", "tf20_both"}
TOLD = [name for name in nets.names() if name not in UNTOLD]
FORGETFUL = {"k222_both", "k224_both", "k231_both", "k231_both_masked"}


def test_nets_of_every_kind_are_there() -> None:
    kinds = {name.split("_", 1)[1] for name in TOLD}
    assert {"lstm", "both", "both_masked", "nested", "cells", "conv", "conv3", "masked"} <= kinds
    assert {name.split("_")[0] for name in TOLD} >= {"k122", "k224", "k231", "tf20", "k305", "k315"}


@pytest.mark.parametrize("name", TOLD)
def test_the_predictor_goes_on_as_keras_does(name: str) -> None:
    predict = keronyx.load(nets.graph_of(name))
    for call in range(nets.CALLS):
        if call == nets.RESET:
            predict.reset_states()
        found = [list(predict(batch).values()) for batch in nets.batches(name, call)]
        nets.agree(found, nets.outputs(name, call))


@pytest.mark.parametrize("name", TOLD)
def test_the_numpy_reading_goes_on_from_the_states_that_it_gave(name: str) -> None:
    model = nets.model_of(name)
    evaluate, (entrance,) = Evaluator(model), model.inputs
    states: dict[str, Any] = {}
    for call in range(nets.CALLS):
        states = {} if call == nets.RESET else states
        found = []
        for batch in nets.batches(name, call):
            every = evaluate({entrance: batch, **states})
            states = {before: every[after] for before, after in model.pairs.items()}
            found.append([every[output] for output in model.outputs])
        nets.agree(found, nets.outputs(name, call))


@pytest.mark.parametrize("name", ["k315_both_masked", "k315_conv", "tf215_cells"])
def test_the_check_runs_it_in_a_row(name: str) -> None:
    model = nets.model_of(name)
    report = keronyx.check(nets.graph_of(name), model)
    assert report.passed
    assert {each.name for each in report.differences} == {*model.outputs, *model.pairs.values()}
    assert len(report.batches) == 6


@pytest.mark.parametrize("name", sorted(UNTOLD))
def test_what_the_file_does_not_tell_is_refused(name: str) -> None:
    with pytest.raises(UnsupportedConfigError, match=r"stateful=True within Bidirectional"):
        nets.model_of(name)


@pytest.mark.parametrize("name", sorted(FORGETFUL))
def test_no_states_are_kept_where_keras_forgets_them(name: str) -> None:
    assert not nets.model_of(name).states
    assert not keronyx.load(nets.graph_of(name)).states


def test_the_graph_names_its_states() -> None:
    proto = onnx.load_from_string(nets.graph_of("k315_both"))
    onnx.checker.check_model(proto, full_check=True)
    halves = [f"bidirectional/{half}_layer" for half in ("forward", "backward")]
    pairs = {f"{each}/state_{k}": f"{each}/next_state_{k}" for each in halves for k in (0, 1)}
    assert [each.name for each in proto.graph.input] == ["input_layer_4", *pairs]
    assert [each.name for each in proto.graph.output] == ["bidirectional", *pairs.values()]
    said = {each.key: each.value for each in proto.metadata_props}
    assert json.loads(said["states"]) == pairs
    sizes = [each.dim_value for each in proto.graph.input[1].type.tensor_type.shape.dim]
    assert sizes == [nets.BATCH, 3]


def test_returned_states_are_outputs_twice() -> None:
    model = nets.model_of("k315_returned")
    assert len(model.outputs) == 3
    assert [state.after for state in model.states] == list(model.outputs.values())[1:]


@pytest.mark.parametrize(
    ("name", "units"),
    [("k222_returned_cells", [4, 2, 3, 3]), ("k224_returned_cells", [3, 3, 2, 4])],
)
def test_the_states_of_the_last_cell_came_first(name: str, units: list[int]) -> None:
    model = nets.model_of(name)
    assert [state.before.shape[1] for state in model.states] == units
    formulas = keronyx.formulas(model)[1:]
    wanted = {4: "h3", 2: "h2", 3: "h1"}
    found = [each.text.split(" = ")[1].split(" ")[0].replace("c1", "h1") for each in formulas]
    assert found == [wanted[each] for each in units]


@pytest.mark.parametrize("engine", ["onnxruntime", "onnx.reference"])
def test_states_can_be_given_by_name(engine: Any) -> None:
    predict = load(nets.graph_of("k315_lstm"), engine=engine)
    (first,) = nets.batches("k315_lstm", 0)
    second, _ = nets.batches("k315_lstm", 1)
    (entrance,) = predict.inputs
    assert all(not state.any() for state in predict.states.values())
    predict(first)
    kept = predict.states
    assert list(kept) == ["lstm/state_0", "lstm/state_1"]
    (wanted,) = nets.outputs("k315_lstm", 1)
    for _ in range(2):
        (found,) = predict({entrance: second, **kept}).values()
        np.testing.assert_allclose(found, wanted[: nets.BATCH], rtol=1e-4, atol=1e-5)
    with pytest.raises(UsageError, match="lstm/state_0"):
        predict({entrance: second, "lstm/state_0": np.zeros((nets.BATCH, 4))})


def test_without_stateful_they_are_inputs_and_outputs() -> None:
    predict = keronyx.load(nets.graph_of("k315_lstm"), stateful=False)
    assert not predict.states
    assert list(predict.inputs)[1:] == ["lstm/state_0", "lstm/state_1"]
    assert list(predict.outputs)[1:] == ["lstm/next_state_0", "lstm/next_state_1"]


SPEC = TensorSpec((2, 3), "float32")


@pytest.mark.parametrize(
    ("said", "pairs"),
    [
        ('{"h": "n"}', {"h": "n"}),
        ('{"x": "n"}', {}),
        ('{"h": "n", "g": "n"}', {}),
        ('{"h": "o"}', {}),
        ('{"h": 1}', {}),
        ('["h"]', {}),
        ("[" * 9999, {}),
    ],
)
def test_only_pairs_that_fit_are_states(said: str, pairs: Any) -> None:
    inputs = {"x": TensorSpec((None, 3), "float32"), "h": SPEC, "g": SPEC}
    outputs = {"n": SPEC, "o": TensorSpec((2, 4), "float32")}
    assert pairs_in({"states": said}, inputs, outputs) == pairs


def test_samples_are_calls_in_a_row() -> None:
    name = "tf215_lstm"
    given = np.concatenate([batch for call in range(3) for batch in nets.batches(name, call)])
    right = np.concatenate([nets.outputs(name, call)[0] for call in range(3)])
    samples = {"in_0": given, "out_0": right}
    report = keronyx.convert(nets.path_of(name), samples=samples).report
    assert report is not None
    assert report.passed
    with pytest.raises(keronyx.CheckError):
        keronyx.convert(nets.path_of(name), samples={"in_0": given, "out_0": right[::-1]})


def rnn(name: str, *sources: str, **config: Any) -> dict[str, Any]:
    own = {"name": name, "units": 3, "stateful": True, "return_sequences": True, **config}
    nodes = [[[source, 0, 0, {}]] for source in sources]
    return {"class_name": "SimpleRNN", "name": name, "config": own, "inbound_nodes": nodes}


def start(*shape: int | None, name: str = "x") -> dict[str, Any]:
    config = {"name": name, "batch_input_shape": shape}
    return {"class_name": "InputLayer", "name": name, "config": config, "inbound_nodes": []}


VARIABLES = (("r/kernel:0", 3, 3), ("r/recurrent_kernel:0", 3, 3), ("r/bias:0", 3))
WEIGHTS = LayerGroups((group("r", *VARIABLES),))


def refused(config: Any) -> str:
    with pytest.raises(UnsupportedConfigError) as caught:
        model_of(config, WEIGHTS)
    return str(caught.value)


def test_what_no_file_tells_is_refused_by_name() -> None:
    assert "without a fixed batch size" in refused(sequential(start(None, 4, 3), rnn("r")))
    shared = functional([start(2, 4, 3), rnn("r", "x", "r")], ["r"])
    shared["config"]["layers"][1]["inbound_nodes"][1][0][1] = 0
    shared["config"]["output_layers"] = [["r", 1, 0]]
    assert "stateful=True in several calls" in refused(shared)
    given = functional([start(2, 4, 3), start(2, 3, name="h"), rnn("r", "x")], ["r"])
    given["config"]["layers"][2]["inbound_nodes"][0].append(["h", 0, 0, {}])
    assert "stateful=True with an initial state" in refused(given)


def test_a_stateful_layer_at_every_step_is_refused() -> None:
    held = {"class_name": "TimeDistributed", "config": {"name": "r", "layer": rnn("inner")}}
    assert "a stateful SimpleRNN" in refused(sequential(start(2, 5, 4, 3), held))
