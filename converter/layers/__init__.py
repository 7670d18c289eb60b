"""The description of every layer that keronyx knows, one class a layer, in Keras's folders."""

from keronyx.converter.layers import (
    activations,
    adaptive,
    applications,
    augmentation,
    convolutional,
    core,
    deconvolution,
    expressed,
    images,
    local,
    merging,
    nested,
    normalization,
    operations,
    pipeline,
    pooling,
    preprocessing,
    recurrent,
    regularization,
    reshaping,
    rnn,
    spatial,
    spectrograms,
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
    "adaptive",
    "applications",
    "augmentation",
    "convolutional",
    "core",
    "deconvolution",
    "expressed",
    "images",
    "local",
    "merging",
    "nested",
    "normalization",
    "operations",
    "pipeline",
    "pooling",
    "preprocessing",
    "recurrent",
    "regularization",
    "reshaping",
    "rnn",
    "spatial",
    "spectrograms",
]
