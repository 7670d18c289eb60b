"""A whole model in the place of a layer."""

from keronyx.converter.code.lower.base import cast, known_type, lower_layer
from keronyx.converter.code.lower.builder import Builder
from keronyx.converter.code.lower.graph import run
from keronyx.converter.code.lower.values import Value
from keronyx.converter.layers.nested import Nested


@lower_layer.register
def nested(layer: Nested, code: Builder, x: Value) -> Value:
    """The model's layers; its input layer casts to its own dtype."""
    (entrance,) = layer.model.inputs.values()
    given = cast(code, x, known_type(layer, code, entrance.dtype))
    (made,) = run(layer.model, code, [given])
    return made
