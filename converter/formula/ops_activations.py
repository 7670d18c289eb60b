"""Activation functions called on tensors."""

from keronyx.converter.formula.expression import Expression
from keronyx.converter.formula.model import Meaning, activated, express
from keronyx.converter.layers.ops_activations import Activated


@express.register
def applied(layer: Activated, x: Expression) -> Meaning:
    """The function by its name, and its definition."""
    meaning = activated(x, layer.activation)
    return Meaning(value=meaning.value, definitions=meaning.definitions, numbers=meaning.numbers)
