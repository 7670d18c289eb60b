"""Layers that hold another layer and step through time."""

from dataclasses import replace

from keronyx.converter.layers.rnn import TimeDistributed
from keronyx.converter.lower.base import call, lower_layer
from keronyx.converter.lower.builder import Builder
from keronyx.converter.lower.values import Value


@lower_layer.register
def time_distributed(layer: TimeDistributed, code: Builder, x: Value) -> Value:
    """The held layer, with one more loop around it."""
    time = x.shape[0]
    inner = replace(x, shape=x.shape[1:], strides=x.strides[1:], lead=(*x.lead, x.strides[0]))
    with code.each_step(time):
        made = call(layer.layer, code, inner)
    return replace(
        made,
        shape=(time, *made.shape),
        strides=(made.lead[-1], *made.strides),
        lead=made.lead[:-1],
    )
