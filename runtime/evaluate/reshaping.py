"""Layers that move numbers about without changing them."""

from math import prod

import numpy as np

from keronyx.converter.layers.reshaping import Flatten, Permute, RepeatVector, Reshape
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers


@prepare_layer.register
def flatten(layer: Flatten, _numbers: Numbers) -> Step:
    """One row a sample; channels_first moves axis 1 behind the others first."""
    channels_first = layer.data_format == "channels_first"

    def step(x: Array) -> Array:
        ordered = np.moveaxis(x, 1, -1) if channels_first and x.ndim > 1 else x
        return ordered.reshape(len(x), prod(x.shape[1:]))

    return step


@prepare_layer.register
def reshape(layer: Reshape, _numbers: Numbers) -> Step:
    """Give every sample the target shape, the one unknown size computed from its own."""
    known = prod(size for size in layer.target_shape if size not in (None, -1))

    def step(x: Array) -> Array:
        rest = prod(x.shape[1:]) // known if known else 0
        sizes = (rest if size in (None, -1) else size for size in layer.target_shape)
        return x.reshape(len(x), *sizes)

    return step


@prepare_layer.register
def permute(layer: Permute, _numbers: Numbers) -> Step:
    """Reorder the axes behind the batch."""
    return lambda x: np.transpose(x, (0, *layer.dims))


@prepare_layer.register
def repeat_vector(layer: RepeatVector, _numbers: Numbers) -> Step:
    """Each sample n times."""
    return lambda x: np.repeat(x[:, None], layer.n, axis=1)
