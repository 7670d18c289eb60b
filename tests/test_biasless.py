"""Kernels alone are a network once it is said that there are no biases."""

from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
from bare_weights import chained, of

import keronyx
from keronyx.cli import main
from keronyx.converter.errors import KeronyxError, UsageError, WeightError
from keronyx.converter.files.saved import (
    VariableTree,
)

Capture: TypeAlias = pytest.CaptureFixture[str]

HERE = Path(__file__).with_name("subclassed")
KERNELS = [np.full((4, 3), 0.5, np.float32), np.full((3, 3), 0.5, np.float32)]
BIASES = [np.ones(3, np.float32), np.full(3, 2, np.float32)]


def test_kernels_alone_are_refused_with_what_to_do(tmp_path: Path, capsys: Capture) -> None:
    np.savez(tmp_path / "w.npz", *KERNELS)
    asked = ["convert", str(tmp_path / "w.npz"), "--activations", "relu", "-q"]
    assert main(asked) == 2
    said = capsys.readouterr().err
    assert "2 kernels without any bias" in said
    assert "np.savez('weights.npz', w0, b0, w1, b1)" in said
    assert "--no-bias" in said
    assert said.count("\n") == 1
    assert main([*asked, "--no-bias"]) == 0
    assert not capsys.readouterr().err


def test_kernels_alone_in_python() -> None:
    with pytest.raises(WeightError, match=r"2 kernels without any bias.*use_bias=False"):
        keronyx.read(KERNELS, activations="relu")
    with pytest.raises(WeightError, match="1 kernel without any bias"):
        keronyx.read(KERNELS[:1], activations="relu")
    for model in (
        keronyx.read(KERNELS, activations="relu", use_bias=False),
        keronyx.read((KERNELS, [None, None]), activations="relu"),
    ):
        (found,) = keronyx.evaluate(model, np.ones((1, 4), np.float32)).values()
        assert found.tolist() == [[3, 3, 3]]
        assert model.notes == ()


def test_no_bias_with_biases() -> None:
    arrays = [KERNELS[0], BIASES[0], KERNELS[1]]
    with pytest.raises(UsageError, match=r"use_bias=False, but 1 of 2 layers have a bias"):
        keronyx.read(arrays, activations="relu", use_bias=False)


def test_some_layers_without_a_bias_are_told() -> None:
    model = keronyx.read([KERNELS[0], BIASES[0], KERNELS[1]], activations="linear")
    assert model.notes == ("layer 2 of 2 taken without a bias, as the weights have none",)
    (found,) = keronyx.evaluate(model, np.ones((1, 4), np.float32)).values()
    assert found.tolist() == [[4.5, 4.5, 4.5]]
    assert keronyx.read((KERNELS, [BIASES[0], None]), activations="linear").notes == ()


def test_one_bias_that_could_belong_to_several_kernels() -> None:
    with pytest.raises(WeightError, match="the one bias may belong to several kernels"):
        keronyx.read([*KERNELS, BIASES[1]], activations="linear")
    plain = keronyx.read([np.ones((4, 5)), np.ones((5, 3)), BIASES[0]], activations="linear")
    assert plain.notes == ("layer 1 of 2 taken without a bias, as the weights have none",)


def test_the_files_of_keras_leave_no_bias_out() -> None:
    one, other = (of("0", 3, 3),), (of("0", 3, 3), of("1", 3))
    assert chained(VariableTree({"layers/dense": one, "layers/dense_1": other})).notes == ()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [({"order": ["a"]}, "an order goes with"), ({"use_bias": False}, "False goes with")],
)
def test_whole_models_need_nothing_said(said: Any, sentence: str) -> None:
    with pytest.raises(KeronyxError, match=sentence):
        keronyx.read(HERE.parents[1] / "models/iris/iris.h5", **said)
