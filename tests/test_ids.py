"""Ids that no row of an Embedding has: each Keras's own answer, recorded in tests/ids."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from layer_case import alone, layer, tensor

import keronyx
from keronyx.converter.dialect.tables import of_version
from keronyx.converter.dialect.version import Version
from keronyx.converter.errors import UsageError
from keronyx.converter.layers.embedding import Embedding
from keronyx.runtime.session.predictor import load

HERE = Path(__file__).with_name("ids")


@pytest.mark.parametrize("version", ["3.2.1", "3.3.0", "3.15.1"])
def test_ids_give_the_rows_of_their_keras(version: str) -> None:
    made = keronyx.convert(HERE / f"{version}.keras")
    takes: list[Any] = [load(made.onnx), lambda x: keronyx.evaluate(made.model, x)]
    with np.load(HERE / f"{version}.npz") as file:
        right = {int(key): file[key] for key in file.files}
    assert set(right) >= set(range(-4, 4))
    for take in takes:
        for each in range(-6, 7):
            given = np.array([[each]], np.int32)
            if each in right:
                (found,) = take(given).values()
                assert found.ravel().tolist() == right[each].tolist()
            else:
                with pytest.raises(UsageError):
                    take(given)


@pytest.mark.parametrize(
    ("version", "clips"),
    [
        (Version((2, 15, 0)), None),
        (Version((3, 0, 0)), True),
        (Version((3, 2, 1)), True),
        (Version((3, 3, 0)), False),
        (Version((3, 0, 0), stated=False), None),
        (Version((3, 4, 0), stated=False), False),
    ],
)
def test_what_versions_make_of_ids(version: Version, clips: object) -> None:
    assert of_version(Embedding, version) == {"clips": clips}


def test_negative_ids_are_refused_where_keras_does_or_may() -> None:
    table = layer("Embedding", input_dim=2, output_dim=1, clips=None, embeddings=np.ones((2, 1)))
    model = alone(table, tensor("x", 1, dtype="int32"))
    with pytest.raises(UsageError, match=r"id -1 is not among 0 \.\.\. 1"):
        keronyx.evaluate(model, np.array([[-1]]))
