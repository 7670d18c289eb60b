"""Convolutional LSTMs and written-out steps: nets that real Keras saved, and its numbers."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from emitting import run
from test_recurrent import agree

import keronyx
from keronyx.converter.emit import emit
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
