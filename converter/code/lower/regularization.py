"""Layers that only act in training."""

from keronyx.converter.code.lower.base import lower_layer
from keronyx.converter.code.lower.builder import Builder
from keronyx.converter.code.lower.values import Value
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


@lower_layer.register
def regularization(
    layer: ActivityRegularization
    | AlphaDropout
    | Dropout
    | GaussianDropout
    | GaussianNoise
    | RandomBrightness
    | RandomContrast
    | RandomFlip
    | RandomRotation
    | RandomTranslation
    | RandomZoom
    | SpatialDropout1D
    | SpatialDropout2D
    | SpatialDropout3D,
    code: Builder,
    x: Value,
) -> Value:
    """Nothing."""
    del layer, code
    return x
