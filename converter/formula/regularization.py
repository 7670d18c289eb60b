"""Layers that only act in training."""

from typing import Final

from keronyx.converter.formula.expression import Expression
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.layers.regularization import Inert

INERT: Final = "acts in training only"


@express.register
def regularization(_layer: Inert, x: Expression) -> Meaning:
    """The input."""
    return Meaning(value=x, note=INERT)
