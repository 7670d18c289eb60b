"""The description of every layer that keronyx knows, one class a layer, in Keras's folders."""

from keronyx.converter.layers import (
    activations,
    applications,
    convolutional,
    core,
    expressed,
    merging,
    nested,
    normalization,
    operations,
    pooling,
    preprocessing,
    regularization,
    reshaping,
    rnn,
    spatial,
)
from keronyx.converter.layers.base import LAYERS, Layer

UNNAMED: tuple[type[Layer], ...] = (
    nested.Nested,
    expressed.Lambda,
    expressed.Replaced,
    *operations.OPERATIONS,
)
"""Layers that no file names."""

__all__ = [
    "LAYERS",
    "UNNAMED",
    "activations",
    "applications",
    "convolutional",
    "core",
    "expressed",
    "merging",
    "nested",
    "normalization",
    "operations",
    "pooling",
    "preprocessing",
    "regularization",
    "reshaping",
    "rnn",
    "spatial",
]
