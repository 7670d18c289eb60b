"""Layers that only act in training: at inference they return their input."""

from dataclasses import dataclass
from typing import ClassVar, TypeAlias, final

from keronyx.converter.layers.base import Layer, Role


@dataclass(frozen=True, kw_only=True, eq=False)
class Regularization(Layer, abstract=True):
    """A layer that does nothing at inference."""

    keeps_dtype: ClassVar[bool] = True
    role: ClassVar[Role] = "inert"


@final
class ActivityRegularization(Regularization):
    """Add a penalty to the loss."""


@final
class AlphaDropout(Regularization):
    """Dropout that keeps mean and variance."""


@final
class Dropout(Regularization):
    """Drop units at random."""


@final
class GaussianDropout(Regularization):
    """Multiply by random numbers around 1."""


@final
class GaussianNoise(Regularization):
    """Add random numbers around 0."""


@final
class SpatialDropout1D(Regularization):
    """Drop whole channels of sequences."""


@final
class SpatialDropout2D(Regularization):
    """Drop whole channels of images."""


@final
class SpatialDropout3D(Regularization):
    """Drop whole channels of volumes."""


Inert: TypeAlias = (
    ActivityRegularization
    | AlphaDropout
    | Dropout
    | GaussianDropout
    | GaussianNoise
    | SpatialDropout1D
    | SpatialDropout2D
    | SpatialDropout3D
)
"""All of them, to register one reading for."""
