"""Layers that keras.applications has for itself."""

from keronyx.converter.layers.applications import CustomScaleLayer, LayerScale, StochasticDepth
from keronyx.converter.lower.base import lower_layer, scalar, weight
from keronyx.converter.lower.builder import Builder
from keronyx.converter.lower.values import Value


@lower_layer.register
def layer_scale(layer: LayerScale, code: Builder, x: Value) -> Value:
    """A product along the last axis."""
    return code.map(lambda a, b: a * b, x, weight(code, layer, "gamma"))


@lower_layer.register
def custom_scale_layer(layer: CustomScaleLayer, code: Builder, x: Value, y: Value) -> Value:
    """A sum, and a product in it."""
    scale = scalar(layer.scale, layer)
    return code.map(lambda a, b: a + b * scale, x, y)


@lower_layer.register
def stochastic_depth(layer: StochasticDepth, code: Builder, x: Value) -> Value:
    """The input."""
    del layer, code
    return x
