"""EinsumDense: a product of matrices where its equation is one, else ONNX's Einsum."""

import math
from functools import partial

import numpy as np

from keronyx.converter.emit.base import computed, emit_layer, numbers, optional, shape_of, weight
from keronyx.converter.emit.einsum import Equation
from keronyx.converter.emit.functions import activate
from keronyx.converter.emit.low_rank import adapted, with_low_rank
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.layers.core import EinsumDense
from keronyx.converter.tensors import Array


@emit_layer.register
def einsum_dense(layer: EinsumDense, graph: Graph, x: Value) -> Value:
    """Its product, activated."""
    return activate(graph, contracted(layer, graph, x), layer.activation)


def contracted(layer: EinsumDense, graph: Graph, x: Value, factor: float = 1.0) -> Value:
    """Return the product and the bias, both times a factor, which goes into the variables."""
    if layer.dtype.quantization:
        raise layer.refuse(f"quantization {layer.dtype.quantization!r}")
    equation = Equation.of(layer.equation, x.rank)
    if not equation.is_product:
        return _spelled(layer, graph, x)
    kernel = _matrix(layer, graph, equation, factor)
    bias = _bias(layer, graph, equation, factor)
    return equation.product(graph, x, kernel, layer.kernel.shape, bias)


def _spelled(layer: EinsumDense, graph: Graph, x: Value) -> Value:
    kernel, bias = adapted(layer, graph, "kernel"), optional(graph, layer, "bias")
    spelled, shape = layer.equation.replace(" ", ""), shape_of(layer, x)
    product = graph.op("Einsum", x, kernel, equation=spelled, shape=shape)
    return graph.op("Add", product, bias) if bias else product


def _matrix(layer: EinsumDense, graph: Graph, equation: Equation, factor: float) -> Value:
    """Return the kernel as a matrix; one that lies so in its file is copied as it is."""
    sizes = dict(zip(equation.weights, layer.kernel.shape, strict=True))
    rows, columns = (
        math.prod(sizes[axis] for axis in axes) for axes in (equation.summed, equation.added)
    )
    in_order = equation.weights == equation.summed + equation.added
    if in_order and factor == 1 and layer.lora_kernel_a is None:
        return weight(graph, layer, "kernel", (rows, columns))

    def load() -> Array:
        return equation.matrix(with_low_rank(layer, "kernel")) * np.float64(factor)

    return computed(graph, layer, "kernel", (rows, columns), load)


def _bias(layer: EinsumDense, graph: Graph, equation: Equation, factor: float) -> Value | None:
    """Return the bias as a vector, where it is one of all that the kernel adds behind the rest."""
    if layer.bias is None:
        return None
    sizes = dict(zip(equation.weights, layer.kernel.shape, strict=True))
    whole = layer.bias.shape == tuple(sizes[axis] for axis in equation.added)
    shape = (layer.bias.size,) if whole and equation.ends_in_order else layer.bias.shape
    if factor == 1:
        return weight(graph, layer, "bias", shape)
    load = partial(_times, layer, shape, factor)
    return computed(graph, layer, "bias", shape, load)


def _times(layer: EinsumDense, shape: tuple[int, ...], factor: float) -> Array:
    return numbers(layer, "bias").reshape(shape) * np.float64(factor)
