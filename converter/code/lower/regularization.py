"""Layers that only act in training."""

from keronyx.converter.code.lower.base import lower_layer
from keronyx.converter.code.lower.builder import Builder
from keronyx.converter.code.lower.values import Value
from keronyx.converter.layers.regularization import Inert


@lower_layer.register
def regularization(layer: Inert, code: Builder, x: Value) -> Value:
    """Nothing."""
    del layer, code
    return x
