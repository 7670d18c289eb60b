"""Inputs, dense products and embeddings."""

from collections.abc import Callable

import numpy as np

from keronyx.converter.emit.base import (
    computed,
    emit_layer,
    numbers,
    optional,
    rounded,
    weight,
)
from keronyx.converter.emit.functions import activate
from keronyx.converter.emit.low_rank import low_rank
from keronyx.converter.emit.quantized import dequantized, integers, quantized_product
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import cast, extreme, linear, reduce, reshape, where
from keronyx.converter.layers.core import Dense, Highway, Masking, MaxoutDense
from keronyx.converter.layers.quantization import check_quantization
from keronyx.converter.tensors import Array


@emit_layer.register
def masking(layer: Masking, graph: Graph, x: Value) -> Value:
    """Zeros for the steps that equal the mask value throughout; NaN equals nothing."""
    seen = x
    if not x.is_float:
        x = cast(graph, x, "int64")
        seen = cast(graph, x, "float64")
    elif x.dtype != layer.dtype.compute:
        # Keras 3 compares what its 16-bit type makes of x with the mask value as it is.
        seen = cast(graph, cast(graph, x, layer.dtype.compute), x.dtype)
    value = layer.mask_value
    if layer.rounds and x.is_float:
        value = float(rounded(np.asarray(value, np.float32), layer.dtype.compute))
    equal = graph.op("Equal", seen, value)
    if graph.opset >= 20:
        return where(graph, reduce(graph, "ReduceMin", equal, [-1]), 0.0, x)
    # ReduceMin takes no booleans yet.
    throughout = reduce(graph, "ReduceMin", cast(graph, equal, "int32"), [-1])
    return where(graph, cast(graph, throughout, "bool"), 0.0, x)


@emit_layer.register
def dense(layer: Dense, graph: Graph, x: Value) -> Value:
    """One Gemm, or MatMul and Add where there are more than two axes."""
    check_quantization(layer, layer.kernel_scale)
    product = multiplied(layer, graph, x, lambda: optional(graph, layer, "bias"))
    return activate(graph, product, layer.activation)


def multiplied(layer: Dense, graph: Graph, x: Value, bias_of: Callable[[], Value | None]) -> Value:
    """Return the product with the kernel, and the bias, which is asked for behind it."""
    if layer.kernel_scale is None or not layer.quantize_inputs:
        return linear(graph, x, _kernel(layer, graph, x), bias_of())
    product, bias = _product_of_rounded(layer, graph, x), bias_of()
    return graph.op("Add", product, bias) if bias else product


def _kernel(layer: Dense, graph: Graph, x: Value) -> Value:
    if layer.kernel_scale is None and layer.lora_kernel_a is None:
        return weight(graph, layer, "kernel")
    inputs = x.shape[-1] or layer.kernel.shape[1 if layer.by_units else 0]
    shape = (inputs, layer.units)
    return computed(graph, layer, "kernel", shape, lambda: dense_numbers(layer, inputs))


def dense_numbers(layer: Dense, inputs: int) -> Array:
    """Return the kernel, with what was quantized or adapted put in."""
    plain = layer.kernel.load() if layer.kernel_scale is None else dequantized(layer, inputs)
    return rounded(plain + low_rank(layer, "kernel"), layer.dtype.compute)


def _product_of_rounded(layer: Dense, graph: Graph, x: Value) -> Value:
    inputs = x.shape[-1] or layer.kernel.shape[0]
    shape = (inputs, layer.units)
    kernel = computed(graph, layer, "kernel", shape, lambda: integers(layer, inputs))
    product = quantized_product(graph, x, kernel, weight(graph, layer, "kernel_scale"))
    if layer.lora_kernel_a is None:
        return product
    # Keras multiplies the adaptation with the inputs before they were rounded.
    added = computed(graph, layer, "lora_kernel", shape, lambda: low_rank(layer, "kernel"))
    return graph.op("Add", product, linear(graph, x, added, None))


@emit_layer.register
def maxout_dense(layer: MaxoutDense, graph: Graph, x: Value) -> Value:
    """All products in one Gemm, then the largest of each unit's."""
    features, inputs, units = layer.kernel.shape
    wide = features * units

    def kernel() -> Array:
        return np.moveaxis(numbers(layer, "kernel"), 0, 1).reshape(inputs, wide)

    bias = None
    if layer.bias is not None:
        bias = computed(graph, layer, "bias", (wide,), lambda: numbers(layer, "bias").reshape(-1))
    product = linear(graph, x, computed(graph, layer, "kernel", (inputs, wide), kernel), bias)
    apart = reshape(graph, product, (x.shape[0], features, units))
    return extreme(graph, "ReduceMax", apart, [1], keepdims=False)


@emit_layer.register
def highway(layer: Highway, graph: Graph, x: Value) -> Value:
    """The share ``gate`` of the activation and what is left of the input."""
    carry, kernel = weight(graph, layer, "carry_kernel"), weight(graph, layer, "kernel")
    gate = graph.op("Sigmoid", linear(graph, x, carry, optional(graph, layer, "carry_bias")))
    product = linear(graph, x, kernel, optional(graph, layer, "bias"))
    active = activate(graph, product, layer.activation)
    kept = graph.op("Mul", graph.op("Sub", 1.0, gate), x)
    return graph.op("Add", graph.op("Mul", gate, active), kept)
