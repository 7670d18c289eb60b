"""Kernels and tables that Keras stores in 8 bits or less."""

from typing import Final

import numpy as np

from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import reduce
from keronyx.converter.layers.core import Dense
from keronyx.converter.tensors import Array, Variable

LEVELS: Final = 127.0
EPSILON: Final = 1e-7


def integers(layer: Dense, inputs: int) -> Array:
    """Return the stored integers as (inputs, units), unpacked where two share a byte."""
    stored = layer.kernel.load().astype(np.int8)
    if not str(layer.dtype.quantization).startswith("int4"):
        return stored
    whole = nibbles(stored, layer.packed_axis % 2)
    return whole[:inputs, : layer.units]


def nibbles(stored: Array, axis: int) -> Array:
    """Return the numbers that share bytes of int8 in pairs along an axis, as int8."""
    # The low half first; shifting left and back carries its sign over.
    halves = np.stack(((stored << 4).astype(np.int8) >> 4, stored >> 4), axis=axis + 1)
    shape = list(stored.shape)
    shape[axis] *= 2
    return halves.reshape(shape)


def dequantized(layer: Dense, inputs: int) -> Array:
    """Return the kernel that the integers stand for."""
    if layer.by_units:
        return _by_units(layer)
    kernel = integers(layer, inputs).astype(np.float32)
    scale = _load(layer.kernel_scale)
    if layer.kernel_zero is None:
        return kernel / scale
    group = layer.groups()
    return (kernel - _load(layer.kernel_zero)[group]) * scale[group]


def _by_units(layer: Dense) -> Array:
    """Return the kernel of GPTQ as (inputs, units); its nibbles are unsigned."""
    stored = layer.kernel.load()
    if layer.dtype.quantization == "gptq/4":
        halves = np.stack((stored & 15, stored >> 4), axis=1)
        stored = halves.reshape(-1, stored.shape[1])[: layer.units]
    group = layer.groups()
    centred = stored.astype(np.float32) - _load(layer.kernel_zero)[:, group]
    return np.ascontiguousarray((centred * _load(layer.kernel_scale)[:, group]).T)


def _load(variable: Variable | None) -> Array:
    if variable is None:
        raise TypeError("a quantized kernel without its scale")
    return variable.load().astype(np.float32)


def quantized_product(graph: Graph, x: Value, kernel: Value, scale: Value | None) -> Value:
    """Each row rounded to 8 bits as Keras does at run time, times the integers, scaled back.

    ``kernel`` holds the integers as floats: their sums are exact up to 2**24. Without a ``scale``
    it is the kernel itself.
    """
    largest = reduce(graph, "ReduceMax", graph.op("Abs", x), [-1])
    step = graph.op("Div", LEVELS, graph.op("Add", largest, EPSILON))
    row = graph.op("Clip", graph.op("Round", graph.op("Mul", x, step)), -LEVELS, LEVELS)
    product = graph.op("MatMul", row, kernel, shape=(*x.shape[:-1], kernel.shape[-1]))
    by = step if scale is None else graph.op("Mul", scale, step, shape=product.shape)
    return graph.op("Div", product, by)
