"""The ONNX reading's front: one function a layer class, found by the class, and its weights."""

from collections.abc import Callable
from functools import singledispatch
from typing import Final

import numpy as np

from keronyx.converter.emit.graph import Graph, Value
from keronyx.converter.emit.operators import cast
from keronyx.converter.errors import UnsupportedLayerError
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.normalization import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
)
from keronyx.converter.model import Array, Variable

COMPUTED_IN: Final = {"float16": "float32", "bfloat16": "float32"}
"""Values of 16-bit layers are float32 in the graph: nothing is rounded between layers."""

UNROUNDED: Final = (BatchNormalization, GroupNormalization, LayerNormalization)
"""Layers whose variables Keras does not round under a 16-bit policy."""


@singledispatch
def emit_layer(layer: Layer, graph: Graph, *inputs: Value) -> Value:
    """Add the nodes of one call of a layer, and return its output."""
    del graph, inputs
    raise UnsupportedLayerError([(layer.name, type(layer).__name__, "it has no ONNX reading")])


def inner(dtype: str) -> str:
    """Return the type that stands for a Keras dtype within the graph."""
    return COMPUTED_IN.get(dtype, dtype)


def call(layer: Layer, graph: Graph, *inputs: Value) -> Value:
    """Call a layer as Keras does: inputs cast, and the output in the dtype that it states."""
    dtype = inner(layer.infer_dtype(*(value.dtype for value in inputs)))
    with graph.within(layer):
        arguments = [cast(graph, value, _argument(layer, value, dtype)) for value in inputs]
        return cast(graph, emit_layer(layer, graph, *arguments), dtype)


def _argument(layer: Layer, value: Value, dtype: str) -> str:
    """Return the type in which a layer takes an input."""
    if layer.keeps_dtype:
        return dtype
    return inner(layer.dtype.compute) if layer.autocast else value.dtype


def rounded(array: Array, dtype: str) -> Array:
    """Return the numbers as a 16-bit type holds them, in float32; others as they are."""
    if dtype == "float16":
        with np.errstate(over="ignore"):
            return array.astype(np.float16).astype(np.float32)
    if dtype != "bfloat16":
        return array
    bits = np.ascontiguousarray(array, np.float32).view(np.uint32)
    even = (bits >> np.uint32(16)) & np.uint32(1)
    short = (bits + np.uint32(0x7FFF) + even) & np.uint32(0xFFFF0000)
    return np.where(np.isnan(array), np.float32(np.nan), short.view(np.float32))


def numbers(layer: Layer, name: str) -> Array:
    """Load a variable as the layer computes with it."""
    variable: Variable = getattr(layer, name)
    array = variable.load()
    return array if isinstance(layer, UNROUNDED) else rounded(array, layer.dtype.compute)


def weight(graph: Graph, layer: Layer, name: str) -> Value:
    """Return the initializer that holds a variable of the layer."""
    variable: Variable = getattr(layer, name)
    dtype = inner(layer.dtype.compute)
    exact = isinstance(layer, UNROUNDED) or dtype == layer.dtype.compute
    extent = variable.extent if exact and variable.dtype == dtype else None
    return graph.weight(name, dtype, variable.shape, lambda: numbers(layer, name), extent)


def computed(
    graph: Graph, layer: Layer, name: str, shape: tuple[int, ...], load: Callable[[], Array]
) -> Value:
    """Return an initializer with numbers that are worked out from the layer's variables."""
    return graph.weight(name, inner(layer.dtype.compute), shape, load)
