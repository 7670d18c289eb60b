"""The Keras, and the tf2onnx, that tests ask for by name, or none where they are not installed."""

from typing import Any

import pytest
import sampling
from keras_models import installed, needs_tf2onnx


def pytest_configure(config: pytest.Config) -> None:
    sampling.IS_WHOLE[0] = not config.option.markexpr


@pytest.fixture
def keras() -> Any:
    return installed("keras")


@pytest.fixture
def tf2onnx(keras: Any) -> Any:
    needs_tf2onnx(keras)
    return pytest.importorskip("tf2onnx")
