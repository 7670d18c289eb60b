"""Models of keras.applications: whole networks, with Keras's own numbers.

benchmarks/applications.py has all of them; these are small, and of as many kinds as can be.
"""

import runpy
from pathlib import Path
from typing import Any, Final

import pytest
from keras_models import installed

pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore")]

BENCHMARK: Final = Path(__file__).resolve().parents[1] / "benchmarks" / "applications.py"


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("MobileNetV2", {"alpha": 0.35}),
        ("EfficientNetB0", {}),
        ("DenseNet121", {}),
        ("MobileNetV3Small", {}),
    ],
)
def test_numbers_are_keras_s(name: str, more: dict[str, Any]) -> None:
    keras = installed("keras")
    if name == "MobileNetV3Small" and not hasattr(keras, "ops"):
        pytest.skip("in Keras 2 it has operations of TensorFlow in it")
    made = runpy.run_path(str(BENCHMARK))
    found = made["compare"](made["build"](name, **more))
    assert found["ok"], found
