"""Stateful models in use: the command line, traces, formulas, hosts, and docs/states.md."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import stateful_nets as nets

import keronyx
from keronyx.cli import main
from keronyx.cli.catalogue import run_layers
from keronyx.converter.emit import serialize
from keronyx.converter.errors import UnsupportedConfigError, UsageError
from keronyx.runtime.tables.files import read_arrays

DOCS = Path(__file__).resolve().parents[1] / "docs" / "states.md"
NAME = "k315_both_masked"


def in_a_row(name: str) -> tuple[Any, Any]:
    """Return the rows of the first calls one behind the other, and what Keras gave for them."""
    given = np.concatenate(
        [each for call in range(nets.RESET) for each in nets.batches(name, call)]
    )
    return given, np.concatenate([nets.outputs(name, call)[0] for call in range(nets.RESET)])


@pytest.mark.parametrize("how", [["onnx"], ["keras"], ["keras", "--engine", "numpy"]])
def test_predict_carries_states_from_batch_to_batch(tmp_path: Path, how: list[str]) -> None:
    given, right = in_a_row(NAME)
    np.save(tmp_path / "rows.npy", given)
    model, out = nets.path_of(NAME), tmp_path / "out.npz"
    if how[0] == "onnx":
        model = tmp_path / "model.onnx"
        model.write_bytes(nets.graph_of(NAME))
    rows = str(tmp_path / "rows.npy")
    assert main(["predict", str(model), "--input", rows, "-o", str(out), *how[1:]]) == 0
    (found,) = read_arrays(out).values()
    np.testing.assert_allclose(found, right, rtol=1e-4, atol=1e-5)


def test_rows_have_to_be_whole_batches(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "rows.npy", in_a_row(NAME)[0][:3])
    said = ["predict", str(nets.path_of(NAME)), "--input", str(tmp_path / "rows.npy")]
    assert main(said) == 2
    assert "3 rows for a stateful model that takes 2 at a time" in capsys.readouterr().err


def test_a_trace_goes_on_and_shows_the_states() -> None:
    given, right = in_a_row(NAME)
    found = keronyx.trace(nets.path_of(NAME), {next(iter(nets.model_of(NAME).inputs)): given})
    (output,) = found.outputs.values()
    np.testing.assert_allclose(output, right, rtol=1e-4, atol=1e-5)
    state = found.inputs["bidirectional_1/forward_layer/state_0"]
    assert not state[: nets.BATCH].any()
    assert state[nets.BATCH :].all()
    with pytest.raises(UsageError, match="multiple of 2"):
        keronyx.trace(nets.path_of(NAME), {next(iter(nets.model_of(NAME).inputs)): given[:3]})


@pytest.mark.parametrize("name", ["k315_lstm", "k315_conv", "k315_both"])
def test_formulas_say_what_the_states_begin_with(name: str) -> None:
    first, *others = keronyx.formulas(nets.model_of(name))
    assert "the states begin as the call before left them, as zeros at first" in first.note
    assert [each.text.split(" = ")[1][0] for each in others] == ["h", "c"] * (len(others) // 2)


@pytest.mark.parametrize("engine", ["numpy", "onnxruntime"])
def test_a_loaded_keras_model_goes_on(engine: Any) -> None:
    predict = keronyx.load(nets.path_of(NAME), engine=engine)
    for call in range(nets.RESET):
        found = [list(predict(batch).values()) for batch in nets.batches(NAME, call)]
        nets.agree(found, nets.outputs(NAME, call))


def test_evaluate_keeps_nothing() -> None:
    model = nets.model_of("k315_lstm")
    (first,) = nets.batches("k315_lstm", 0)
    once, again = (keronyx.evaluate(model, first) for _ in range(2))
    assert list(once) == ["lstm", "lstm/next_state_0", "lstm/next_state_1"]
    for name, found in once.items():
        np.testing.assert_array_equal(found, again[name])


def test_a_page_takes_one_row_at_a_time(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedConfigError, match="stateful model that takes 2 rows"):
        keronyx.host(nets.path_of(NAME), "web", tmp_path / "page")


@pytest.mark.parametrize("ready", [True, False])
def test_hosts_record_calls_in_a_row(tmp_path: Path, ready: bool) -> None:  # noqa: FBT001
    source = tmp_path / "model.onnx" if ready else nets.path_of(NAME)
    if ready:
        source.write_bytes(nets.graph_of(NAME))
    facts = keronyx.host(source, "node", tmp_path / "node").facts
    assert facts.rows == 3 * nets.BATCH
    assert [state.next_name for state in facts.states] == [*nets.model_of(NAME).pairs.values()]


def test_the_loop_in_the_documentation_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = nets.model_of("k315_lstm")
    (x,), (y,) = model.inputs.values(), model.outputs.values()
    (tmp_path / "model.onnx").write_bytes(
        serialize(replace(model, inputs={"x": x}, outputs={"y": y}))
    )
    loop = re.findall(r"```python\n(import.*?)```", DOCS.read_text("utf-8"), re.DOTALL)[0]
    found: list[Any] = []
    given, right = in_a_row("k315_lstm")
    monkeypatch.chdir(tmp_path)
    batches = np.split(given, len(given) // nets.BATCH)
    exec(loop, {"batches": batches, "print": found.append})  # noqa: S102
    np.testing.assert_allclose(np.concatenate(found), right, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("CuDNNLSTM", "Long short-term memory"),
        ("CuDNNGRU", "Gated"),
        ("Merge", "concat Concatenate"),
    ],
)
def test_names_that_became_others_are_found(
    capsys: pytest.CaptureFixture[str], name: str, words: str
) -> None:
    assert run_layers(name, as_json=False) == 0
    assert words in capsys.readouterr().out
