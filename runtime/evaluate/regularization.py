"""Layers that only act in training."""

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
from keronyx.runtime.evaluate.model import Step, inert, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers


@prepare_layer.register
def regularization(
    _layer: ActivityRegularization
    | AlphaDropout
    | Dropout
    | GaussianDropout
    | GaussianNoise
    | SpatialDropout1D
    | SpatialDropout2D
    | SpatialDropout3D,
    _numbers: Numbers,
) -> Step:
    """Return the input."""
    return inert


@prepare_layer.register
def augmentation(
    _layer: RandomBrightness
    | RandomContrast
    | RandomFlip
    | RandomRotation
    | RandomTranslation
    | RandomZoom,
    _numbers: Numbers,
) -> Step:
    """Return the input; that it becomes floating is the plan's business."""
    return inert
