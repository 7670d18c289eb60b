"""The other ways from a Keras file to ONNX, run by an interpreter that has Keras.

``python keras_routes.py export|tf2onnx SOURCE.h5 TARGET.onnx``. Keras exports a loaded model only
after it was called once, hence the call with zeros.
"""

import sys
from collections.abc import Callable
from typing import Any


def load(source: str) -> Any:
    """Open the model with whichever Keras is installed."""
    import keras  # noqa: PLC0415 - paid for by the process that is measured

    return keras.models.load_model(source, compile=False)


def export(source: str, target: str) -> None:
    """Take Keras 3's own export."""
    import numpy as np  # noqa: PLC0415

    model = load(source)
    model(np.zeros((1, *model.inputs[0].shape[1:]), "float32"))
    model.export(target, format="onnx", verbose=False)


def tf2onnx(source: str, target: str) -> None:
    """Take tf2onnx's from_keras."""
    from tf2onnx.convert import from_keras  # noqa: PLC0415

    from_keras(load(source), opset=17, output_path=target)


ROUTES: dict[str, Callable[[str, str], None]] = {"export": export, "tf2onnx": tf2onnx}

if __name__ == "__main__":
    ROUTES[sys.argv[1]](*sys.argv[2:])
