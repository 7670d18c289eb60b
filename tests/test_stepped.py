"""Convolutional LSTMs and written-out steps: nets that real Keras saved, and its numbers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from emitting import run
from layer_case import tensor
from test_recurrent import agree

import keronyx
from keronyx.converter.dialect import translate
from keronyx.converter.emit import emit
from keronyx.converter.errors import KeronyxError, UnsupportedConfigError
from keronyx.converter.files.saved import SavedModel
from keronyx.converter.layers.conv_lstm import ConvLSTM2D
from keronyx.converter.layers.recurrent import RNN, StackedRNNCells
from keronyx.converter.tensors import Array

HERE = Path(__file__).with_name("stepped")
FILES = sorted(each.name for each in HERE.iterdir() if each.suffix in {".keras", ".h5"})

with np.load(HERE / "io.npz") as _arrays:
    NUMBERS = {key: _arrays[key] for key in _arrays.files}


def recorded(name: str, kind: str) -> list[Array]:
    return [array for key, array in NUMBERS.items() if key.startswith(f"{name}/{kind}")]


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


def cell(class_name: str, **more: object) -> dict[str, object]:
    return {"class_name": class_name, "config": {"name": "own", "units": 2, **more}}


def rnn(held: object, **more: object) -> dict[str, object]:
    return {"class_name": "RNN", "config": {"name": "rnn", "cell": held, **more}}


def stack(*cells: object) -> dict[str, object]:
    return {"class_name": "StackedRNNCells", "config": {"name": "own", "cells": list(cells)}}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (rnn(cell("MyCell")), r"'own' \(MyCell\)"),
        (rnn(stack(cell("GRUCell"), cell("MyCell"))), r"'own' \(MyCell\)"),
        (rnn(cell("SimpleRNNCell"), num_constants=1), r"'rnn' \(RNN\): unknown key"),
    ],
)
def test_cells_that_are_not_kerass_are_refused_by_name(entry: object, words: str) -> None:
    config = {"class_name": "Sequential", "config": {"name": "net", "layers": [entry]}}
    saved = SavedModel(path="", format="", config=config, weights=None, keras_version="2.15.0")
    with pytest.raises(KeronyxError, match=words):
        translate(saved)


def stepped(name: str) -> RNN:
    (found,) = (each for each in keronyx.read(HERE / name).layers if isinstance(each, RNN))
    return found


def test_what_holds_no_cells_and_cells_that_nothing_holds_are_refused() -> None:
    x, layer = tensor("x", 6, 3), stepped("stack_states.keras")
    with pytest.raises(UnsupportedConfigError, match=r"\(RNN\): cells GRU"):
        replace(layer, cell=keronyx.read(HERE / "unusual_gated.keras").layers[-1]).results(x)
    for alone in (layer.cell, layer.cells[0]):
        with pytest.raises(UnsupportedConfigError, match="that no RNN steps through time"):
            alone.results(x)


def test_states_of_old_stacks_are_refused() -> None:
    layer = stepped("stack_states.keras")
    assert isinstance(layer.cell, StackedRNNCells)
    old = replace(layer, cell=replace(layer.cell, last_first=None))
    x, state = tensor("x", 6, 3), tensor("h", 4)
    with pytest.raises(UnsupportedConfigError, match="states of a stack of cells"):
        old.results(x)
    plain = replace(old, return_state=False)
    assert len(plain.results(x)) == 1
    with pytest.raises(UnsupportedConfigError, match="states of a stack of cells"):
        plain.results(x, initial_state=(state,) * 3)


def test_masks_and_another_order_of_time_do_not_go_together() -> None:
    layer = replace(stepped("cell_simple.keras"), time_major=True)
    with pytest.raises(UnsupportedConfigError, match="a mask with time_major=True"):
        layer.results(tensor("x", 6, 3), mask=tensor("mask", 6, dtype="bool"))


def test_steps_of_convolutions_do_not_zero_by_place() -> None:
    model = keronyx.read(HERE / "backwards.keras")
    (layer,) = (each for each in model.layers if isinstance(each, ConvLSTM2D))
    odd = replace(layer, unroll=True, zero_output_for_mask=True)
    with pytest.raises(UnsupportedConfigError, match="a mask with go_backwards, unroll and zero"):
        odd.results(tensor("x", 3, 5, 4, 2), mask=tensor("mask", 3, dtype="bool"))


@pytest.mark.parametrize("name", ["states.keras", "stack_words.h5", "unusual_states.keras"])
def test_the_check_passes(name: str) -> None:
    report = keronyx.convert(HERE / name).report
    assert report is not None
    assert report.passed


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_a_loop(name: str) -> None:
    kinds = [node.op_type for node in emit(keronyx.read(HERE / name)).graph.node]
    assert "Loop" not in kinds
    by_operator = ("cell_", "stack_", "pieces", "major.", "major_b", "major_c", "major_l")
    wanted = name == "major_backwards.h5" or not name.startswith(by_operator)
    assert ("Scan" in kinds) == wanted
