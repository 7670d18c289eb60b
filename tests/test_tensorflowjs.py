"""Layers models saved by TensorFlow.js itself give what TensorFlow.js predicted."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import keronyx

FOLDERS = sorted(each.parent for each in Path(__file__).parent.glob("tensorflowjs/*/model.json"))


def arrays(recorded: Any) -> list[Any]:
    return [np.array(each["data"], np.float32).reshape(each["shape"]) for each in recorded]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.name))
def test_both_readings_give_what_was_predicted(folder: Path) -> None:
    recorded = json.loads((folder / "recorded.json").read_text(encoding="utf-8"))
    made = keronyx.convert(folder / "model.json")
    feed = {
        name: array.astype(tensor.dtype)
        for (name, tensor), array in zip(
            made.model.inputs.items(), arrays(recorded["in"]), strict=True
        )
    }
    for found in (keronyx.load(made.onnx)(feed), keronyx.evaluate(made.model, feed)):
        for array, wanted in zip(found.values(), arrays(recorded["out"]), strict=True):
            np.testing.assert_allclose(array, wanted, rtol=1e-4, atol=1e-5)


def test_there_are_models_to_test() -> None:
    assert len(FOLDERS) == 4
