"""The NumPy reading of Keras: what each layer computes, written from Keras's own sources.

It knows nothing of ``keronyx.converter.emit``, the ONNX reading, and needs neither onnx nor
onnxruntime.
"""

from collections.abc import Mapping, Sequence

from keronyx.converter.model import Model
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Evaluator, prepare_layer
from keronyx.runtime.evaluate.precision import Precision

__all__ = [
    "Evaluator",
    "evaluate",
    "prepare_layer",
]


def evaluate(
    model: Model,
    inputs: Array | Sequence[Array] | Mapping[str, Array],
    *,
    dtype: Precision = "float64",
) -> dict[str, Array]:
    """Return the model's outputs by name; keep an ``Evaluator`` for more than one call."""
    return Evaluator(model, dtype)(inputs)
