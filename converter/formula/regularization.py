"""Layers that only act in training."""

from typing import Final

from keronyx.converter.formula.expression import Expression
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.layers.regularization import (
    ActivityRegularization,
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    RandomBrightness,
    RandomContrast,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)

INERT: Final = "acts in training only"


@express.register
def regularization(
    _layer: ActivityRegularization
    | AlphaDropout
    | Dropout
    | GaussianDropout
    | GaussianNoise
    | SpatialDropout1D
    | SpatialDropout2D
    | SpatialDropout3D
    | RandomBrightness
    | RandomContrast
    | RandomFlip
    | RandomRotation
    | RandomTranslation
    | RandomZoom,
    x: Expression,
) -> Meaning:
    """The input."""
    return Meaning(value=x, note=INERT)
