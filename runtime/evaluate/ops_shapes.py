"""Other axes of an array."""

from collections.abc import Sequence

import numpy as np

from keronyx.converter.layers.ops_shapes import (
    AxesInserted,
    AxesMoved,
    AxesRemoved,
    Reshaped,
    Spread,
    Swapped,
    Transposed,
)
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.ops_base import over
from keronyx.runtime.evaluate.precision import Numbers


@prepare_layer.register
def reshaped(layer: Reshaped, numbers: Numbers) -> Step:
    """The numbers in other rows."""
    return over(layer, numbers, lambda x: np.reshape(x, layer.newshape))


@prepare_layer.register
def transposed(layer: Transposed, numbers: Numbers) -> Step:
    """The axes in another order."""
    return over(layer, numbers, lambda x: np.transpose(x, layer.axes or None))


@prepare_layer.register
def swapped(layer: Swapped, numbers: Numbers) -> Step:
    """Two axes exchanged."""
    return over(layer, numbers, lambda x: np.swapaxes(x, layer.axis1, layer.axis2))


@prepare_layer.register
def axes_moved(layer: AxesMoved, numbers: Numbers) -> Step:
    """Some axes elsewhere."""
    return over(layer, numbers, lambda x: np.moveaxis(x, layer.source, layer.destination))


@prepare_layer.register
def inserted(layer: AxesInserted, numbers: Numbers) -> Step:
    """Axes more."""
    return over(layer, numbers, lambda x: np.expand_dims(x, layer.axis))


@prepare_layer.register
def removed(layer: AxesRemoved, numbers: Numbers) -> Step:
    """Axes less."""
    return over(layer, numbers, lambda x: np.squeeze(x, layer.axis))


@prepare_layer.register
def spread(layer: Spread, numbers: Numbers) -> Step:
    """The numbers again along some axes."""
    shape: Sequence[int] = layer.shape
    return over(layer, numbers, lambda x: np.broadcast_to(x, shape))
