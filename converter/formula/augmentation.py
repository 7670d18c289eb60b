"""Layers that change images in training only."""

from keronyx.converter.formula.expression import Expression
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.formula.regularization import INERT
from keronyx.converter.layers.augmentation import Augmenting


@express.register
def augmentation(_layer: Augmenting, x: Expression) -> Meaning:
    """The input."""
    return Meaning(value=x, note=INERT)
