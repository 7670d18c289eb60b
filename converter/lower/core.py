"""Inputs, dense products and embeddings."""

import numpy as np

from keronyx.converter.layers import core
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.embedding import Table
from keronyx.converter.layers.quantization import check_quantization
from keronyx.converter.lower.base import compute_type, lower_layer, numbers
from keronyx.converter.lower.builder import Builder
from keronyx.converter.lower.functions import activate, elementwise, sigmoid
from keronyx.converter.lower.quantized import as_int8, dequantized
from keronyx.converter.lower.terms import Term, where
from keronyx.converter.lower.values import Value
from keronyx.converter.program.memory import REALS, Constant
from keronyx.converter.tensors import Array, Variable


@lower_layer.register
def identity(layer: core.InputLayer | core.Identity, code: Builder, x: Value) -> Value:
    """Nothing."""
    del layer, code
    return x


@lower_layer.register
def masking(layer: core.Masking, code: Builder, x: Value) -> Value:
    """Zeros for the steps that equal the mask value throughout; NaN equals nothing."""
    if layer.dtype.compute in {"float16", "bfloat16"}:
        raise layer.refuse(f"masking in {layer.dtype.compute}")
    value = float(np.float32(layer.mask_value))

    def differs(a: Term) -> Term:
        seen = a if a.dtype in REALS else a.to("float64")
        return where(seen.differs(value), code.number(1, "int32"), 0)

    seen = code.fold("max", differs, x, axes=[-1], start=0)
    return code.map(lambda a, s: where(s > 0, a, 0), x, seen)


@lower_layer.register
def dense(layer: core.Dense, code: Builder, x: Value) -> Value:
    """One product with its bias and activation."""
    check_quantization(layer, layer.kernel_scale)
    update = low_rank(layer, layer.lora_kernel_a, layer.lora_kernel_b)
    kernel = _kernel(layer, x.shape[-1])
    bias = bias_of(layer, layer.bias, code)
    if layer.kernel_scale is None or not layer.quantize_inputs:
        return _product(layer, code, x, kernel if update is None else kernel + update, bias)
    if update is None:
        return _product(layer, code, as_int8(layer, code, x), kernel, bias)
    return _adapted(layer, code, x, (kernel, update), bias)


def _adapted(
    layer: core.Dense, code: Builder, x: Value, kernels: tuple[Array, Array], bias: Constant | None
) -> Value:
    """Multiply rounded inputs with the kernel, and those that are not with its adaptation."""
    kernel, update = kernels
    # Keras multiplies the adaptation with the inputs before they were rounded.
    dtype = compute_type(layer, code)
    plain = code.product(x, code.table("lora_kernel", update, dtype), None)
    table = code.table("kernel", kernel, dtype)
    rounded = code.product(as_int8(layer, code, x), table, bias)
    return activate(code, layer, code.map(lambda a, b: a + b, rounded, plain), layer.activation)


def _kernel(layer: core.Dense, inputs: int) -> Array:
    if layer.kernel_scale is None:
        return numbers(layer.kernel, layer)
    return dequantized(layer, inputs)


def _product(
    layer: core.Dense, code: Builder, x: Value, kernel: Array, bias: Constant | None
) -> Value:
    table = code.table("kernel", kernel, compute_type(layer, code))
    return product(layer, code, x, table, bias)


def product(
    layer: core.Dense | core.Highway,
    code: Builder,
    x: Value,
    kernel: Constant,
    bias: Constant | None,
) -> Value:
    """Return activation(x · kernel + bias), in one statement where that can be."""
    inside = elementwise(layer, layer.activation)
    if inside is not None:
        return code.product(x, kernel, bias, inside)
    made = code.product(x, kernel, bias)
    return activate(code, layer, made, layer.activation)


def bias_of(
    layer: Layer, bias: Variable | None, code: Builder, name: str = "bias"
) -> Constant | None:
    """Return the constant of a bias that the layer may not have."""
    if bias is None:
        return None
    return code.table(name, numbers(bias, layer), compute_type(layer, code))


def low_rank(
    layer: core.Dense | core.EinsumDense | Table, a: Variable | None, b: Variable | None
) -> Array | None:
    """Return what LoRA adds to a variable."""
    if a is None or b is None or not layer.lora_rank:
        return None
    alpha = layer.lora_rank if layer.lora_alpha is None else layer.lora_alpha
    added: Array = alpha / layer.lora_rank * (numbers(a, layer) @ numbers(b, layer))
    return added


@lower_layer.register
def maxout_dense(layer: core.MaxoutDense, code: Builder, x: Value) -> Value:
    """All products in one, then the largest of each unit's."""
    features, inputs, units = layer.kernel.shape
    dtype = compute_type(layer, code)
    wide = np.moveaxis(numbers(layer.kernel, layer), 0, 1).reshape(inputs, features * units)
    bias = None
    if layer.bias is not None:
        bias = code.table("bias", numbers(layer.bias, layer).reshape(-1), dtype)
    made = code.product(x, code.table("kernel", wide, dtype), bias)
    apart = made.reshaped((features, units))
    return code.fold("max", lambda a: a, apart, axes=[0]).reshaped((units,))


@lower_layer.register
def highway(layer: core.Highway, code: Builder, x: Value) -> Value:
    """The share ``gate`` of the activation and what is left of the input."""
    dtype = compute_type(layer, code)
    carry = code.table("carry_kernel", numbers(layer.carry_kernel, layer), dtype)
    kernel = code.table("kernel", numbers(layer.kernel, layer), dtype)
    carry_bias = bias_of(layer, layer.carry_bias, code, "carry_bias")
    gate = code.product(x, carry, carry_bias, sigmoid)
    active = product(layer, code, x, kernel, bias_of(layer, layer.bias, code))
    return code.map(lambda t, a, b: t * a + (1 - t) * b, gate, active, x)
