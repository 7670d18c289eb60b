"""Layers that only act in training."""

from keronyx.converter.layers.regularization import Inert
from keronyx.converter.lower.base import lower_layer
from keronyx.converter.lower.builder import Builder
from keronyx.converter.lower.values import Value


@lower_layer.register
def regularization(layer: Inert, code: Builder, x: Value) -> Value:
    """Nothing."""
    del layer, code
    return x
