"""Steps that a mask leaves out: nets that real Keras saved, from 2.2 to 3.15, and its numbers."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from emitting import run
from layer_case import tensor

import keronyx
from keronyx.converter.emit import emit
from keronyx.converter.errors import UnsupportedConfigError, UsageError
from keronyx.converter.layers.recurrent import Recurrent
from keronyx.converter.tensors import Array

HERE = Path(__file__).parent / "recurrent" / "masked"
UNTOLD = HERE.parent / "untold"
"""Files of one version by what they say, and of two by what they compute."""

FILES = sorted(each.name for each in HERE.iterdir() if each.suffix in {".keras", ".h5"})


def kept(folder: Path) -> dict[str, Array]:
    with np.load(folder / "io.npz") as arrays:
        return {key: arrays[key] for key in arrays.files}


NUMBERS = kept(HERE) | kept(UNTOLD)


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


@pytest.mark.parametrize("name", ["fused-tf1.15.5.h5", "fused-tf2.0.4.h5"])
def test_what_a_file_does_not_tell_is_refused(name: str) -> None:
    with pytest.raises(UnsupportedConfigError, match=r"forward_layer.*a mask within Bidirectional"):
        keronyx.read(UNTOLD / name)


def test_tensorflow_1_and_2_differ_in_what_they_do_not_tell() -> None:
    for name, zeros in (("fused-tf1.15.5.h5", True), ("fused-tf2.0.4.h5", False)):
        (x,), (y,) = recorded(name, "in"), recorded(name, "out")
        assert bool((y[~x.any(-1)] == 0).all()) is zeros


def layer() -> Recurrent:
    found = keronyx.read(HERE.parent / "simple.keras").layers[-1]
    assert isinstance(found, Recurrent)
    return found


def test_a_mask_has_to_fit() -> None:
    x, simple = tensor("x", 6, 3), layer()
    fitting = [tensor("m", 6, dtype="bool"), tensor("m", None, dtype="bool")]
    for mask in fitting:
        assert simple.results(x, mask=mask)[0].shape == (None, 5)
    wrong: list[tuple[Any, str]] = [
        (tensor("m", 6), "a mask of dtype float32"),
        (tensor("m", 5, dtype="bool"), r"a mask of shape \(None, 5\)"),
        (tensor("m", 6, 1, dtype="bool"), "a mask of shape"),
    ]
    for mask, words in wrong:
        with pytest.raises(UnsupportedConfigError, match=words):
            simple.results(x, mask=mask)
    with pytest.raises(UnsupportedConfigError, match="a mask within Bidirectional"):
        replace(simple, zero_output_for_mask=None).results(x, mask=fitting[0])


def test_no_step_at_all_is_refused_as_in_keras(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedConfigError, match="an input without steps"):
        layer().results(tensor("x", 0, 3))
    for name in ("recurrent/open.keras", "recurrent/masked/stacked-3.15.1.keras"):
        source = HERE.parents[1] / name
        model = keronyx.read(source)
        nothing = {
            each: np.zeros((2, 0, *(size or 0 for size in made.sizes[2:])), made.dtype)
            for each, made in model.inputs.items()
        }
        with pytest.raises(UsageError, match="it cannot be computed for inputs of shape"):
            keronyx.evaluate(model, nothing)
        keronyx.convert(source, tmp_path / "open.onnx", check=False)
        with pytest.raises(UsageError, match="cannot run the model on inputs of shape"):
            keronyx.load(tmp_path / "open.onnx")(nothing)


def kinds(name: str) -> list[str]:
    return [node.op_type for node in emit(keronyx.read(HERE / name)).graph.node]


def test_a_stack_under_one_mask_is_put_in_front_once() -> None:
    found = kinds("words-3.15.1.keras")
    assert found.count("ScatterElements") == found.count("Gather") == 1
    assert "GatherND" not in found
    assert kinds("stacked-2.15.0.h5").count("TopK") == 1
