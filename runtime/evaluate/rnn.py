"""Layers that step through time, or hold another layer that does."""

from keronyx.converter.layers.rnn import TimeDistributed
from keronyx.converter.several import mapped
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, inert, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers


@prepare_layer.register
def time_distributed(layer: TimeDistributed, numbers: Numbers) -> Step:
    """Apply the layer to all steps at once, time folded into the batch."""
    inner = prepare_layer(layer.layer, numbers.held(layer.layer))
    if inner is inert:
        return inert

    def step(x: Array, **named: Array) -> Array:
        batch, time = x.shape[:2]
        folded = mapped(_folded, named)
        y = inner(_folded(x), **folded)
        return y.reshape(batch, time, *y.shape[1:])

    return step


def _folded(x: Array) -> Array:
    """Put time and batch into one axis."""
    return x.reshape(x.shape[0] * x.shape[1], *x.shape[2:])
