"""Layers that step through time."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from keronyx.converter.emit.base import call, emit_layer, shape_of
from keronyx.converter.emit.graph import Graph, Value
from keronyx.converter.emit.operators import reshape
from keronyx.converter.layers import activations, core, normalization, preprocessing, regularization
from keronyx.converter.layers.base import LAYERS
from keronyx.converter.layers.functions import Function
from keronyx.converter.layers.rnn import TimeDistributed


def _always(layer: Any, rank: int) -> bool:
    del layer, rank
    return True


def _activated(layer: Any, rank: int) -> bool:
    function: Function = layer.activation
    return _behind(function.arguments.get("axis", -1), rank)


def _normalized(layer: Any, rank: int) -> bool:
    return _behind(layer.axis, rank)


def _behind(axis: Any, rank: int) -> bool:
    """Tell whether axes are counted from the end, and none is the batch."""
    axes = axis if isinstance(axis, tuple) else (axis,)
    return all(-rank < each < 0 for each in axes)


ANY_RANK: Final[Mapping[type, Callable[[Any, int], bool]]] = {
    core.Dense: _activated,
    core.Embedding: _always,
    core.Identity: _always,
    core.Masking: _always,
    activations.Activation: _activated,
    activations.ReLU: _always,
    activations.LeakyReLU: _always,
    activations.ELU: _always,
    activations.ThresholdedReLU: _always,
    activations.PReLU: _always,
    activations.Softmax: _normalized,
    normalization.BatchNormalization: _normalized,
    normalization.LayerNormalization: _normalized,
    normalization.RMSNormalization: _normalized,
    normalization.UnitNormalization: _normalized,
    preprocessing.Rescaling: _always,
    **{
        kind: _always
        for kind in LAYERS.values()
        if issubclass(kind, regularization.Regularization | regularization.Augmentation)
    },
}
"""Layers that give every step the same with the time axis before it as without."""


@emit_layer.register
def time_distributed(layer: TimeDistributed, graph: Graph, x: Value) -> Value:
    """The held layer on all axes where that is the same, else on time and batch as one axis."""
    held = layer.layer
    if ANY_RANK.get(type(held), _never)(held, x.rank - 1):
        return call(held, graph, x)
    batch, time, *rest = x.shape
    steps = None if batch is None or time is None else batch * time
    merged = reshape(graph, x, (steps, *rest), lambda axis: (x, axis + 1))
    result = call(held, graph, merged)
    y = Value(result.name, result.dtype, shape_of(held, merged))
    apart = (batch, time, *y.shape[1:])
    return reshape(graph, y, apart, lambda axis: (x, 1) if axis == 1 else (y, axis - 1))


def _never(layer: Any, rank: int) -> bool:
    del layer, rank
    return False
