"""Nets of convolutions as graphs: Keras's numbers, the axes turned once, all folded that can be."""

from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import pytest
from emitting import chain, run
from layer_case import layer, tensor

import keronyx
from keronyx.converter.emit import emit
from keronyx.converter.errors import UnsupportedConfigError
from keronyx.converter.model import Model
from keronyx.converter.passes import borders
from keronyx.converter.tensors import Array
from keronyx.runtime.proof.checking import check

HERE = Path(__file__).with_name("runs")

WITHOUT = {
    "classic": {"Transpose": 1, "Flatten": 1, "BatchNormalization": 0},
    "residual": {"Transpose": 1, "Pad": 0, "BatchNormalization": 2, "Mul": 0, "Conv": 5},
    "squeezed": {"Transpose": 1, "Reshape": 0, "BatchNormalization": 0, "Sigmoid": 5, "Mul": 4},
    "pyramid": {"Transpose": 2, "BatchNormalization": 0},
    "waves": {"Transpose": 1, "Unsqueeze": 1, "Pad": 1, "BatchNormalization": 0},
    "volumes": {"Transpose": 1, "BatchNormalization": 1},
    "mixed": {"Transpose": 5},
    "normalised": {"Transpose": 2, "BatchNormalization": 2, "Mul": 0},
}
"""How often operators stand in a graph that is as simple as it can be."""

with np.load(HERE / "io.npz") as _arrays:
    NUMBERS = {key: _arrays[key] for key in _arrays.files}


@cache
def read(name: str) -> Model:
    return keronyx.read(HERE / f"{name}.keras")


def recorded(name: str, kind: str) -> list[Array]:
    return [array for key, array in NUMBERS.items() if key.startswith(f"{name}/{kind}")]


@pytest.mark.parametrize("fold", [True, False])
@pytest.mark.parametrize("opset", [13, 17, 22])
@pytest.mark.parametrize("name", WITHOUT)
def test_numbers_are_those_of_keras(name: str, opset: int, *, fold: bool) -> None:
    proto = emit(read(name), opset=opset, fold=fold)
    onnx.checker.check_model(proto, full_check=True)
    right = recorded(name, "out")
    found = run(proto, *recorded(name, "in"))
    for made, wanted in zip(found, right, strict=True):
        assert made.shape == wanted.shape
        np.testing.assert_allclose(made, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", WITHOUT)
def test_the_check_agrees(name: str) -> None:
    report = keronyx.convert(HERE / f"{name}.keras").report
    assert report is not None
    assert report.passed


@pytest.mark.parametrize("name", WITHOUT)
def test_nothing_is_turned_twice(name: str) -> None:
    found = Counter(node.op_type for node in emit(read(name)).graph.node)
    wanted = WITHOUT[name]
    assert {op_type: found[op_type] for op_type in wanted} == wanted
    plain = Counter(node.op_type for node in emit(read(name), fold=False).graph.node)
    assert plain["Transpose"] > found["Transpose"]


@pytest.mark.parametrize("name", WITHOUT)
def test_no_initializer_is_left_without_use(name: str) -> None:
    graph = emit(read(name)).graph
    used = {each for node in graph.node for each in node.input}
    assert {each.name for each in graph.initializer} <= used


def test_rows_that_a_wrong_simplification_spoils_are_no_rounding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    layers = [
        layer("Activation", "tanh", activation="tanh"),
        layer("ZeroPadding2D", "zeros", padding=((1, 1), (1, 1))),
        layer("MaxPooling2D", "largest", pool_size=(3, 3)),
    ]
    model = chain(tensor("x", 4, 4, 2), layers)
    assert check(emit(model), model).passed
    monkeypatch.setattr(borders, "NEVER_BELOW_0", {"Tanh"})
    report = check(emit(model), model)
    assert not report.passed
    assert report.layer == "the simplified graph"


@pytest.mark.parametrize("kind", ["MaxPooling2D", "AveragePooling2D"])
def test_windows_of_one_place_need_no_border_on_an_open_size(kind: str) -> None:
    pool = layer(kind, "pool", pool_size=(1, 1), strides=(2, 3), padding="same")
    proto = emit(chain(tensor("x", None, None, 2), [pool]))
    x = np.arange(2 * 7 * 6 * 2, dtype=np.float32).reshape(2, 7, 6, 2)
    assert np.array_equal(run(proto, x)[0], x[:, ::2, ::3])


def test_windows_narrower_than_their_steps_want_a_known_size() -> None:
    pool = layer("MaxPooling2D", "pool", pool_size=(2, 2), strides=(3, 3), padding="same")
    emit(chain(tensor("x", 8, 7, 2), [pool]))
    with pytest.raises(UnsupportedConfigError, match="'same' with strides beyond the window on an"):
        emit(chain(tensor("x", None, 7, 2), [pool]))
