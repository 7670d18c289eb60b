"""Layers of keras.applications: a product, and a sum."""

import numpy as np

from keronyx.converter.emit.base import emit_layer, rounded, shape_of, weight
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.layers.applications import CustomScaleLayer, LayerScale


@emit_layer.register
def layer_scale(layer: LayerScale, graph: Graph, x: Value) -> Value:
    """Mul."""
    return graph.op("Mul", x, weight(graph, layer, "gamma"))


@emit_layer.register
def custom_scale_layer(layer: CustomScaleLayer, graph: Graph, x: Value, y: Value) -> Value:
    """Mul and Add."""
    scale = rounded(np.asarray(layer.scale, y.dtype), layer.dtype.compute)
    scaled = graph.op("Mul", y, graph.constant(scale, y.dtype))
    return graph.op("Add", x, scaled, shape=shape_of(layer, x, y))
