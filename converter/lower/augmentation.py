"""Layers that change images in training only."""

from keronyx.converter.layers.augmentation import Augmenting
from keronyx.converter.lower.base import lower_layer
from keronyx.converter.lower.builder import Builder
from keronyx.converter.lower.values import Value


@lower_layer.register
def augmentation(layer: Augmenting, code: Builder, x: Value) -> Value:
    """Nothing."""
    del layer, code
    return x
