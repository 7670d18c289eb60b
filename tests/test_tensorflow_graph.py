"""Graphs of TensorFlow's operations: what is read, what is not, and what files leave out."""

from pathlib import Path
from typing import Any

import corpus_cases as corpus
import numpy as np
import pytest
from tensorflow_files import constant, node, served

import keronyx
from keronyx.cli import main
from keronyx.converter.errors import KeronyxError


def case(name: str) -> Path:
    return corpus.unpacked("savedmodel") / name


def answered(folder: Path, rows: Any) -> Any:
    model = keronyx.read(folder)
    (found,) = keronyx.evaluate(model, {"x": np.asarray(rows, np.float32)}).values()
    return found


def test_defaults_that_files_leave_out(tmp_path: Path) -> None:
    """TensorFlow's own: a slope of 0.2, and a batch normalisation that trains."""
    leaky = served(tmp_path / "a", node("r", "LeakyRelu", "x"), result="r:activations:0")
    np.testing.assert_allclose(answered(leaky, [[-1, 2]]), [[-0.2, 2]], rtol=1e-6)
    numbers = [constant(name, np.ones(2, np.float32)) for name in "abcd"]
    trained = node("n", "FusedBatchNormV3", "x", *(f"{name}:output:0" for name in "abcd"))
    folder = served(tmp_path / "b", *numbers, trained, result="n:y:0", shape=(-1, 3, 3, 2))
    with pytest.raises(KeronyxError, match=r"'n' \(FusedBatchNormV3\): .*by the numbers' own mean"):
        keronyx.read(folder)


def test_axes_that_are_made_one_and_apart(tmp_path: Path) -> None:
    """A product on the last axis of a series, as TensorFlow spells it."""
    kernel = np.arange(6, dtype=np.float32).reshape(2, 3)
    nodes = [
        constant("flat", np.array([-1, 2], np.int32)),
        node("one", "Reshape", "x", "flat:output:0"),
        constant("k", kernel),
        node("m", "MatMul", "one:output:0", "k:output:0"),
        constant("apart", np.array([-1, 4, 3], np.int32)),
        node("y", "Reshape", "m:product:0", "apart:output:0"),
    ]
    folder = served(tmp_path, *nodes, result="y:output:0", shape=(-1, 4, 2))
    rows = np.random.default_rng(0).normal(size=(5, 4, 2)).astype(np.float32)
    np.testing.assert_allclose(answered(folder, rows), rows @ kernel, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("nodes", "result", "message"),
    [
        ([node("w", "While", "x")], "w:output:0", r"'w' \(While\): a loop over steps"),
        (
            [node("q", "QuantizeV2", "x")],
            "q:output:0",
            "not among the operations that are read",
        ),
        (
            [node("a", "Relu", "b:y:0"), node("b", "Relu", "a:y:0")],
            "a:y:0",
            "its own result",
        ),
        ([node("a", "Relu", "nothing:0")], "a:y:0", "'nothing' is not in the graph"),
        ([node("a", "Relu", "x")], "a:y:7", "output 'a:y:7' is not there"),
        ([node("a", "AddV2")], "a:z:0", r"'a' \(AddV2\): it is damaged"),
        (
            [
                constant("s", np.array([1 << 20, 1 << 20], np.int32)),
                constant("v", np.ones((), np.float32)),
                node("f", "Fill", "s:output:0", "v:output:0"),
            ],
            "f:output:0",
            "numbers of shape",
        ),
        (
            [constant("c", np.ones(2, np.float32))],
            "c:output:0",
            "an output that no input changes",
        ),
        (
            [
                constant("p", np.array([1, 0], np.int32)),
                node("t", "Transpose", "x", "p:output:0"),
            ],
            "t:y:0",
            "a transposition that moves the batch",
        ),
        (
            [
                constant("s", np.array([-1, 3], np.int32)),
                node("r", "Reshape", "x", "s:output:0"),
            ],
            "r:output:0",
            "a reshaping that does not keep the batch",
        ),
        (
            [
                constant("s", np.array([0], np.int32)),
                node("m", "Mean", "x", "s:output:0"),
            ],
            "m:output:0",
            "Mean over the batch",
        ),
    ],
)
def test_operations_that_are_not_read(
    tmp_path: Path, nodes: list[bytes], result: str, message: str
) -> None:
    with pytest.raises(KeronyxError, match=message):
        keronyx.read(served(tmp_path, *nodes, result=result))


def test_several_outputs_of_which_the_order_is_lost() -> None:
    """Keras 2 serves outputs by the names of their layers, whichever comes first in the model."""
    with pytest.raises(KeronyxError, match="several outputs, of which the order is not told"):
        keronyx.read(case("s_broken_metadata_missing-tf215") / "saved_model")


def test_what_a_graph_becomes(capsys: pytest.CaptureFixture[str]) -> None:
    saved = case("s_k3_mlp-k3-export") / "saved_model"
    assert main(["inspect", str(saved)]) == 0
    said = capsys.readouterr().out
    assert "which layers it was of is not known" in said
    model = keronyx.read(saved, isolate=True)
    assert [*model.outputs] == ["output_0"]
    assert model.notes
