"""EinsumDense: a product of matrices where its equation is one, else ONNX's Einsum."""

from dataclasses import replace
from functools import partial

import numpy as np

from keronyx.converter.emit.base import computed, emit_layer, numbers, optional, shape_of, weight
from keronyx.converter.emit.core import multiplied
from keronyx.converter.emit.einsum import Equation
from keronyx.converter.emit.functions import activate
from keronyx.converter.emit.low_rank import adapted, with_low_rank
from keronyx.converter.emit.quantized import nibbles
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import linear
from keronyx.converter.layers.core import Dense, EinsumDense
from keronyx.converter.layers.quantization import check_quantization
from keronyx.converter.several import picked
from keronyx.converter.tensors import Array, Variable


@emit_layer.register
def einsum_dense(layer: EinsumDense, graph: Graph, x: Value) -> Value:
    """Its product, activated."""
    return activate(graph, contracted(layer, graph, x), layer.activation)


def contracted(layer: EinsumDense, graph: Graph, x: Value, factor: float = 1.0) -> Value:
    """Return the product and the bias, both times a factor, which goes into the variables."""
    check_quantization(layer, layer.kernel_scale)
    equation = Equation.of(layer.equation, x.rank)
    if not equation.is_product:
        return _spelled(layer, graph, x)
    sizes = layer.kernel_shape(x.shape)
    bias = _bias(layer, graph, equation, sizes, factor)
    if layer.kernel_scale is not None:
        dense = as_dense(layer, equation, sizes, factor)
        return equation.product(
            graph, x, sizes, bias, lambda y, inside: multiplied(dense, graph, y, lambda: inside)
        )
    kernel = _matrix(layer, graph, equation, factor)
    return equation.product(
        graph, x, sizes, bias, lambda y, inside: linear(graph, y, kernel, inside)
    )


def _spelled(layer: EinsumDense, graph: Graph, x: Value) -> Value:
    kernel, bias = adapted(layer, graph, "kernel"), optional(graph, layer, "bias")
    spelled, shape = layer.equation.replace(" ", ""), shape_of(layer, x)
    product = graph.op("Einsum", x, kernel, equation=spelled, shape=shape)
    return graph.op("Add", product, bias) if bias else product


def _matrix(layer: EinsumDense, graph: Graph, equation: Equation, factor: float) -> Value:
    """Return the kernel as a matrix; one that lies so in its file is copied as it is."""
    shape = equation.rows_and_columns(layer.kernel.shape)
    if equation.in_order and factor == 1 and layer.lora_kernel_a is None:
        return weight(graph, layer, "kernel", shape)

    def load() -> Array:
        return equation.matrix(with_low_rank(layer, "kernel")) * np.float64(factor)

    return computed(graph, layer, "kernel", shape, load)


def _bias(
    layer: EinsumDense, graph: Graph, equation: Equation, sizes: tuple[int, ...], factor: float
) -> Value | None:
    """Return the bias as a vector, where it is one of all that the kernel adds behind the rest."""
    if layer.bias is None:
        return None
    by_axis = dict(zip(equation.weights, sizes, strict=True))
    whole = layer.bias.shape == picked(by_axis, equation.added)
    shape = (layer.bias.size,) if whole and equation.ends_in_order else layer.bias.shape
    if factor == 1:
        return weight(graph, layer, "bias", shape)
    load = partial(_times, layer, shape, factor)
    return computed(graph, layer, "bias", shape, load)


def _times(layer: EinsumDense, shape: tuple[int, ...], factor: float) -> Array:
    return numbers(layer, "bias").reshape(shape) * np.float64(factor)


def as_dense(
    layer: EinsumDense, equation: Equation, sizes: tuple[int, ...], factor: float
) -> Dense:
    """Return the Dense that multiplies with the matrix of a quantized kernel, times a factor."""
    if layer.lora_kernel_a is not None:
        raise layer.refuse("LoRA beside a quantized kernel", "save the model as .keras")
    shape = equation.rows_and_columns(sizes)
    apart = layer.dtype.quantization == "int8" or layer.packed_axis == 0
    if not apart and not equation.in_order:
        raise layer.refuse(f"quantization {layer.dtype.quantization!r} of {layer.equation!r}")
    kernel = layer.kernel
    if apart:
        load = partial(_integers, layer, equation, sizes)
        kernel = Variable(name="kernel", shape=shape, dtype="int8", load=load)
    mode = "int8" if apart else layer.dtype.quantization
    return Dense(
        name=layer.name,
        dtype=replace(layer.dtype, quantization=mode),
        units=shape[1],
        quantize_inputs=layer.quantize_inputs,
        kernel=kernel,
        kernel_scale=_scale(layer, shape[1], factor),
        kernel_zero=layer.kernel_zero,
        g_idx=layer.g_idx,
    )


def _integers(layer: EinsumDense, equation: Equation, sizes: tuple[int, ...]) -> Array:
    """Return the stored integers as a matrix, those apart that share a byte."""
    stored = layer.kernel.load().astype(np.int8)
    if layer.dtype.quantization != "int8":
        axis = next(place for place, each in enumerate(equation.weights) if each in equation.summed)
        stored = np.take(nibbles(stored, axis), range(sizes[axis]), axis=axis)
    return equation.matrix(stored)


def _scale(layer: EinsumDense, columns: int, factor: float) -> Variable:
    """Return the scale, a number a column or a row of these for each group, with a factor in it."""
    scale = layer.kernel_scale
    if scale is None:
        raise TypeError("a quantized kernel without its scale")
    divides = layer.kernel_zero is None
    shape = (columns,) if divides else scale.shape

    def load() -> Array:
        plain = scale.load().astype(np.float64).reshape(shape)
        return plain / factor if divides else plain * factor

    return Variable(name="kernel_scale", shape=shape, dtype="float32", load=load)
