"""Recurrent layers: nets that Keras 3.15 and TensorFlow 2.15 saved, and their own numbers."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from emitting import run
from layer_case import tensor

import keronyx
from keronyx.converter.emit import emit
from keronyx.converter.errors import UnsupportedConfigError
from keronyx.converter.layers.recurrent import SimpleRNN
from keronyx.converter.tensors import Array

HERE = Path(__file__).with_name("recurrent")
FILES = sorted(each.name for each in HERE.iterdir() if each.suffix in {".keras", ".h5"})

with np.load(HERE / "io.npz") as _arrays:
    NUMBERS = {key: _arrays[key] for key in _arrays.files}


def recorded(name: str, kind: str) -> list[Array]:
    return [array for key, array in NUMBERS.items() if key.startswith(f"{name}/{kind}")]


def agree(found: "Iterator[Array] | list[Array]", right: list[Array]) -> None:
    for made, wanted in zip(found, right, strict=True):
        assert made.shape == wanted.shape
        np.testing.assert_allclose(made, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", FILES)
def test_the_graph_gives_kerass_numbers(name: str) -> None:
    proto = emit(keronyx.read(HERE / name))
    onnx.checker.check_model(proto, full_check=True)
    agree(run(proto, *recorded(name, "in")), recorded(name, "out"))


@pytest.mark.parametrize("name", FILES)
def test_the_numpy_reading_gives_kerass_numbers(name: str) -> None:
    model = keronyx.read(HERE / name)
    given = dict(zip(model.inputs, recorded(name, "in"), strict=True))
    agree(list(keronyx.evaluate(model, given).values()), recorded(name, "out"))


@pytest.mark.parametrize("name", ["lstm.keras", "both_others.h5", "states.keras"])
def test_the_check_passes(name: str) -> None:
    report = keronyx.convert(HERE / name).report
    assert report is not None
    assert report.passed


@pytest.mark.parametrize("name", ["lstm_stacked.keras", "both_concat.h5"])
def test_time_is_turned_before_the_batch_once(name: str) -> None:
    graph = emit(keronyx.read(HERE / name)).graph
    kinds = [node.op_type for node in graph.node]
    assert not {"Loop", "Scan"} & set(kinds)
    assert sum(kind in {"LSTM", "GRU"} for kind in kinds) == 2


def simple() -> SimpleRNN:
    found = keronyx.read(HERE / "simple.keras").layers[-1]
    assert isinstance(found, SimpleRNN)
    return found


def test_states_have_to_fit() -> None:
    x = tensor("x", 5, 3)
    for states in ([tensor("h", 4)], [tensor("h", 5), tensor("c", 5)]):
        with pytest.raises(UnsupportedConfigError, match="initial state"):
            simple().results(x, initial_state=tuple(states))
