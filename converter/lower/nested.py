"""A whole model in the place of a layer."""

from keronyx.converter.layers.nested import Nested
from keronyx.converter.lower.base import cast, known_type, lower_layer
from keronyx.converter.lower.builder import Builder
from keronyx.converter.lower.graph import run
from keronyx.converter.lower.values import Value


@lower_layer.register
def nested(layer: Nested, code: Builder, x: Value) -> Value:
    """The model's layers; its input layer casts to its own dtype."""
    (entrance,) = layer.model.inputs.values()
    given = cast(code, x, known_type(layer, code, entrance.dtype))
    (made,) = run(layer.model, code, [given])
    return made
