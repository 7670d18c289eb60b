"""Steps that a mask leaves out: nets that three Keras versions saved, and their own numbers."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from emitting import run

import keronyx
from keronyx.converter.emit import emit
from keronyx.converter.tensors import Array

HERE = Path(__file__).parent / "recurrent" / "masked"
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
    assert not {"Loop", "Scan"} & {node.op_type for node in proto.graph.node}


@pytest.mark.parametrize("name", FILES)
def test_the_numpy_reading_gives_kerass_numbers(name: str) -> None:
    model = keronyx.read(HERE / name)
    given = dict(zip(model.inputs, recorded(name, "in"), strict=True))
    agree(list(keronyx.evaluate(model, given).values()), recorded(name, "out"))
