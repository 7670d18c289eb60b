"""The evaluator takes inputs in every sensible spelling, and says what is wrong with others."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import pytest
from layer_case import Builder, alone, layer, tensor

from keronyx.converter.errors import UsageError
from keronyx.converter.tensors import Array, KerasTensor
from keronyx.runtime.evaluate import Evaluator, evaluate

ROWS = np.array([[1, 0, -1], [0, 2, 0.5]], np.float32)
TEXT = tensor("x", 1, dtype="string")
LOOKUP = layer("StringLookup", vocabulary=["a", "ß"])


@pytest.mark.parametrize(
    "given",
    [
        np.array([["ß"], ["b"]]),
        np.array([["ß".encode()], [b"b"]]),
        np.array([["ß"], ["b"]], object),
        [["ß"], ["b"]],
        [np.array([["ß"], ["b"]])],
    ],
)
def test_text_comes_in_every_spelling(given: Any) -> None:
    assert evaluate(alone(LOOKUP, TEXT), given)["out"].tolist() == [[2], [0]]


def test_words_that_the_vocabulary_lacks_are_minus_one_without_an_index_for_them() -> None:
    lookup = layer("StringLookup", vocabulary=["a"], num_oov_indices=0)
    assert evaluate(alone(lookup, TEXT), np.array([["a"], ["b"]]))["out"].tolist() == [[0], [-1]]


WRONG: list[tuple[KerasTensor | Sequence[KerasTensor], Any, str]] = [
    (tensor("x", 3), np.zeros((2, 4)), r"'x' takes arrays of shape \(\?, 3\), got \(2, 4\)"),
    (tensor("x", 3), np.zeros(3), r"got \(3,\); the first axis is the batch"),
    (tensor("x", 3), np.zeros((2, 3, 1)), r"got \(2, 3, 1\)"),
    (tensor("x", 8, 6, 1), np.zeros((2, 8, 6)), r"\(2, 8, 6\); .* last axis: array\[\.\.\., N"),
    (tensor("x", 8, 6, 3), np.zeros((2, 3, 8, 6)), r"numpy\.moveaxis\(array, 1, -1\)"),
    (tensor("x", 3, 8, 6), np.zeros((2, 8, 6, 3)), r"numpy\.moveaxis\(array, -1, 1\)"),
    (tensor("x", 3, 8, 6), np.zeros((2, 8, 3, 6)), r"got \(2, 8, 3, 6\)$"),
    (tensor("x", 3), np.array([["a", "b", "c"]]), r"takes numbers \(float32\), got str"),
    (tensor("x", 3), np.zeros((1, 3), complex), "takes numbers .*, got complex128"),
    (tensor("x", 3), [[1.0, 2.0, 3.0], [4.0]], "'x' is no array"),
    (tensor("x", 3), {}, "no input 'x'; the model takes 'x'"),
    (tensor("x", 3), {"x": ROWS, "y": ROWS}, "unknown input 'y'; the model takes 'x'"),
    (tensor("x", 3), [ROWS, ROWS], "2 arrays for the model's 1 inputs"),
    (tensor("x", 3, dtype="int32"), ROWS, "takes int32, which cannot hold all of the float32"),
    (tensor("x", 1, dtype="int8"), np.array([[300]]), "takes int8, which cannot hold"),
    (tensor("x", 1, dtype="bool"), np.array([[2]]), "takes bool, which cannot hold"),
    (TEXT, np.zeros((1, 1)), r"takes text \(string\), got float64"),
    (TEXT, np.array([[None]]), r"takes text \(string\), got object"),
    (TEXT, np.array([[b"\xff"]]), "not UTF-8"),
    ([tensor("x", 3), tensor("y", 3)], ROWS, "one array for the model's 2 inputs"),
    ([tensor("x", 3), tensor("y", 3)], [ROWS], "1 arrays for the model's 2 inputs"),
    ([tensor("x", 3), tensor("y", 3)], {"x": ROWS}, "no input 'y'"),
    ([tensor("x", 3), tensor("y", 3)], [ROWS, ROWS[:1]], "'x' has 2, 'y' has 1"),
]


@pytest.mark.parametrize(("entrances", "given", "words"), WRONG)
def test_wrong_inputs_are_told(entrances: Any, given: Any, words: str) -> None:
    tensors = [entrances] if isinstance(entrances, KerasTensor) else entrances
    build = Builder(*tensors)
    model = build.model(out=build.call(layer("Identity"), tensors[0]))
    with pytest.raises(UsageError, match=words) as caught:
        Evaluator(model)(cast("Mapping[str, Array]", given))
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("given", [[[1, 2, 3]], [[1.0, 2.0, 3.0]], np.array([[1, 2, 3]], np.int8)])
def test_whole_numbers_enter_an_integer_input(given: Any) -> None:
    model = alone(layer("Identity"), tensor("x", 3, dtype="int32"))
    out = evaluate(model, given)["out"]
    assert out.dtype == np.int32
    assert out.tolist() == [[1, 2, 3]]
