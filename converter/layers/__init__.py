"""The description of every layer that keronyx knows, one class a layer, in Keras's folders."""

from keronyx.converter.layers import (
    activations,
    core,
    merging,
    nested,
    normalization,
    preprocessing,
    regularization,
    reshaping,
    rnn,
)
from keronyx.converter.layers.base import LAYERS

__all__ = [
    "LAYERS",
    "activations",
    "core",
    "merging",
    "nested",
    "normalization",
    "preprocessing",
    "regularization",
    "reshaping",
    "rnn",
]
