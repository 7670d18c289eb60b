"""Layers that only act in training: they leave no node."""

from keronyx.converter.emit.base import emit_layer
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.layers.base import LAYERS, Layer
from keronyx.converter.layers.regularization import Augmentation, Regularization


def inert(layer: Layer, graph: Graph, x: Value) -> Value:
    """Add nothing."""
    del layer, graph
    return x


for _kind in LAYERS.values():
    if issubclass(_kind, Regularization | Augmentation):
        emit_layer.register(_kind, inert)
