"""Layers that keras.applications has for itself."""

from keronyx.converter.formula.expression import Expression, Number, Symbol, each
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.layers.applications import CustomScaleLayer, LayerScale, StochasticDepth


@express.register
def layer_scale(_layer: LayerScale, x: Expression) -> Meaning:
    """By channel."""
    return Meaning(value=each(Symbol("gamma"), x))


@express.register
def custom_scale_layer(layer: CustomScaleLayer, x: Expression, y: Expression) -> Meaning:
    """The first and a part of the second."""
    return Meaning(value=x + Number(layer.scale) * y)


@express.register
def stochastic_depth(_layer: StochasticDepth, x: Expression) -> Meaning:
    """The input."""
    return Meaning(value=x, note="acts in training only")
