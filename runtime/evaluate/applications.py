"""Layers that keras.applications has for itself."""

from keronyx.converter.layers.applications import CustomScaleLayer, LayerScale
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers


@prepare_layer.register
def layer_scale(layer: LayerScale, numbers: Numbers) -> Step:
    """``x * gamma``."""
    gamma = numbers(layer.gamma)
    return lambda x: x * gamma


@prepare_layer.register
def custom_scale_layer(layer: CustomScaleLayer, numbers: Numbers) -> Step:
    """``inputs[0] + inputs[1] * scale``."""
    scale = numbers.scalar(layer.scale)

    def step(x: Array, y: Array) -> Array:
        return x + y * scale

    return step
