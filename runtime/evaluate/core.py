"""The core layers: inputs, dense products and embeddings."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from keronyx.converter.layers.core import Dense, EinsumDense, Highway, Masking, MaxoutDense
from keronyx.converter.layers.quantization import check_quantization, groups_of
from keronyx.converter.tensors import Array, Variable
from keronyx.runtime.evaluate.activations import prepare_function
from keronyx.runtime.evaluate.functions import sigmoid
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import LARGE, Numbers, rounded

if TYPE_CHECKING:
    from keronyx.converter.layers.embedding import Table


@prepare_layer.register
def masking(layer: Masking, numbers: Numbers) -> Step:
    """``where(any(not_equal(inputs, mask_value), axis=-1, keepdims=True), inputs, 0)``.

    Keras 3 compares inputs of the compute dtype with a mask value of float32, and so does this:
    0.1 is another number in each. Before Keras 3 the mask value is of the compute dtype.
    """
    compute = numbers.policy.compute
    value = float(np.float32(layer.mask_value))
    if layer.rounds:
        value = float(rounded(np.asarray(layer.mask_value), compute))

    def step(x: Array) -> Array:
        seen = rounded(x, compute) if x.dtype.kind == "f" else x
        return np.where(np.any(seen != value, axis=-1, keepdims=True), x, np.zeros((), x.dtype))

    return step


@prepare_layer.register
def dense(layer: Dense, numbers: Numbers) -> Step:
    """``activation(matmul(inputs, kernel) + bias)``."""
    activate = prepare_function(layer.activation, numbers)
    bias = None if layer.bias is None else numbers(layer.bias)
    update = low_rank(layer, layer.lora_kernel_a, layer.lora_kernel_b, numbers)
    if layer.dtype.quantization:
        multiply = _quantized(layer, numbers, update)
    else:
        kernel = numbers.narrow(layer.kernel) if update is None else numbers(layer.kernel) + update
        multiply = partial(_multiply if kernel.dtype == numbers.dtype else _widening, kernel)

    def step(x: Array) -> Array:
        y = multiply(x)
        if bias is not None:
            y += bias
        return activate(y)

    return step


def _multiply(kernel: Array, x: Array) -> Array:
    return x @ kernel


def _widening(kernel: Array, x: Array) -> Array:
    """Return the product with a kernel that is widened some inputs at a time."""
    inputs, units = kernel.shape
    step = max(LARGE // max(units, 1), 1)
    y = np.zeros((*x.shape[:-1], units), x.dtype)
    for start in range(0, inputs, step):
        part = slice(start, start + step)
        y += x[..., part] @ kernel[part].astype(x.dtype)
    return y


def low_rank(
    layer: "Dense | EinsumDense | Table",
    a: Variable | None,
    b: Variable | None,
    numbers: Numbers,
) -> Array | None:
    """Return what LoRA adds to a kernel: ``lora_alpha / lora_rank * matmul(a, b)``."""
    if a is None or b is None or not layer.lora_rank:
        return None
    alpha = layer.lora_rank if layer.lora_alpha is None else layer.lora_alpha
    return alpha / layer.lora_rank * (numbers(a) @ numbers(b))


def _quantized(layer: Dense, numbers: Numbers, update: Array | None) -> Step:
    """Return the product with a quantized kernel; what LoRA adds takes the input as it is."""
    kernel = _dequantized(layer, numbers)
    single = np.dtype("float64" if layer.dtype.compute == "float64" else "float32")

    def step(x: Array) -> Array:
        # A kernel packed in pairs along the inputs has one row too many when they are odd.
        y = (as_int8(x, single) if layer.quantize_inputs else x) @ kernel[: x.shape[-1]]
        return y if update is None else y + x @ update

    return step


def as_int8(x: Array, single: np.dtype[np.floating], axes: tuple[int, ...] = (-1,)) -> Array:
    """Round each row to 255 steps of its largest magnitude, in the dtype in which Keras does."""
    numbers = x.astype(single)
    scale = 127 / (np.max(np.abs(numbers), axis=axes, keepdims=True, initial=0) + 1e-7)
    whole = np.clip(np.rint(numbers * scale), -127, 127)
    y: Array = whole.astype(x.dtype) / scale.astype(x.dtype)
    return y


def _dequantized(layer: Dense, numbers: Numbers) -> Array:
    """Return a quantized kernel as floats, (inputs, units)."""
    mode = layer.dtype.quantization or ""
    if layer.kernel_scale is None or mode.partition("/")[0] not in {"int8", "int4", "gptq"}:
        raise layer.refuse(f"quantization {mode!r}")
    kernel, scale = numbers(layer.kernel), numbers(layer.kernel_scale)
    if layer.kernel_zero is not None and mode.startswith("gptq"):
        return _of_gptq(layer, kernel, scale, numbers(layer.kernel_zero))
    if mode.startswith("int4"):
        kernel = unpacked(kernel, layer.packed_axis % 2, layer.units)
    if layer.kernel_zero is None or layer.g_idx is None:
        return kernel / scale
    groups = layer.groups()
    return (kernel - numbers(layer.kernel_zero)[groups]) * scale[groups]


def _of_gptq(layer: Dense, kernel: Array, scale: Array, zero: Array) -> Array:
    """``transpose((kernel - take(zero, g_idx, axis=1)) * take(scale, g_idx, axis=1))``."""
    if layer.dtype.quantization == "gptq/4":
        units = np.arange(layer.units)
        kernel = kernel[units // 2] >> (4 * (units % 2))[:, None] & 15
    groups = layer.groups()
    difference = kernel.astype(scale.dtype) - np.take(zero, groups, axis=1)
    return np.transpose(difference * np.take(scale, groups, axis=1))


def unpacked(packed: Array, axis: int, units: int) -> Array:
    """Return the signed nibbles of the bytes, the low one first, side by side along the axis."""
    nibbles = np.stack([packed & 15, (packed >> 4) & 15], axis=axis + 1)
    rows, columns = packed.shape
    shape = (2 * rows, columns) if axis == 0 else (rows, 2 * columns)
    return ((nibbles.reshape(shape) ^ 8) - 8)[:, :units]


@prepare_layer.register
def einsum_dense(layer: EinsumDense, numbers: Numbers) -> Step:
    """``activation(einsum(equation, inputs, kernel) + bias)``; the bias broadcasts as stored."""
    activate = prepare_function(layer.activation, numbers)
    bias = None if layer.bias is None else numbers(layer.bias)
    update = low_rank(layer, layer.lora_kernel_a, layer.lora_kernel_b, numbers)
    path = ["einsum_path", (0, 1)]
    check_quantization(layer, layer.kernel_scale)
    if layer.kernel_scale is not None:
        contract = _contracting(layer, numbers, layer.kernel_scale)
    else:
        kernel = numbers(layer.kernel) if update is None else numbers(layer.kernel) + update

        def contract(x: Array) -> Array:
            return np.asarray(np.einsum(layer.equation, x, kernel, optimize=path))

    def step(x: Array) -> Array:
        y = contract(x)
        return activate(y if bias is None else y + bias)

    return step


def _contracting(layer: EinsumDense, numbers: Numbers, scale: Variable) -> Step:
    """``einsum(equation, inputs, kernel) / kernel_scale``, or with a kernel of floats by groups."""
    if layer.lora_kernel_a is not None:
        raise layer.refuse("LoRA beside a quantized kernel", "save the model as .keras")
    stored, by = numbers(layer.kernel), numbers(scale)
    flat = layer.dtype.quantization != "int8" and layer.packed_axis != 0
    if flat:
        stored = unpacked(stored, 1, 2 * stored.shape[1])[:, : by.shape[-1]]
        stored, by = _by_columns(layer, numbers, stored, by), np.ones((), by.dtype)
    single = np.dtype("float64" if layer.dtype.compute == "float64" else "float32")
    source, _, rest = layer.equation.replace(" ", "").replace("...", ".").partition(",")
    weight, _, target = rest.partition("->")

    def step(x: Array) -> Array:
        shape = layer.kernel_shape(x.shape)
        if flat:
            kernel = stored.reshape(shape)
        elif stored.shape == shape:
            kernel = stored
        else:
            axis = next(place for place, each in enumerate(weight) if each not in target)
            kernel = _nibbles_along(stored, axis, shape[axis])
        axes = tuple(
            place - len(source) for place, each in enumerate(source) if each not in target + "."
        )
        given = as_int8(x, single, axes) if layer.quantize_inputs else x
        y: Array = np.einsum(layer.equation, given, kernel, optimize=["einsum_path", (0, 1)])
        return y / by

    return step


def _by_columns(layer: EinsumDense, numbers: Numbers, stored: Array, scale: Array) -> Array:
    """``stored / scale``, or ``(stored - zero[g_idx]) * scale[g_idx]``, of (summed, added)."""
    if layer.kernel_zero is None:
        return stored / scale
    groups = groups_of(layer, len(scale))
    centred: Array = (stored - numbers(layer.kernel_zero)[groups]) * scale[groups]
    return centred


def _nibbles_along(stored: Array, axis: int, size: int) -> Array:
    """Return the signed nibbles of the bytes along an axis of this size, the low one first."""
    nibbles = np.stack([stored & 15, (stored >> 4) & 15], axis=axis + 1)
    shape = list(stored.shape)
    shape[axis] *= 2
    return np.take((nibbles.reshape(shape) ^ 8) - 8, np.arange(size), axis=axis)


@prepare_layer.register
def maxout_dense(layer: MaxoutDense, numbers: Numbers) -> Step:
    """Keras 1: ``max(dot(x, W) + b, axis=1)``."""
    kernel = numbers(layer.kernel)
    bias = None if layer.bias is None else numbers(layer.bias)[:, None]

    def step(x: Array) -> Array:
        y: Array = x @ kernel
        if bias is not None:
            y += bias
        widest: Array = np.max(y, axis=0)
        return widest

    return step


@prepare_layer.register
def highway(layer: Highway, numbers: Numbers) -> Step:
    """Keras 1: ``t * activation(dot(x, W) + b) + (1 - t) * x``, t the sigmoid of the carry."""
    activate = prepare_function(layer.activation, numbers)
    kernel, carry_kernel = numbers(layer.kernel), numbers(layer.carry_kernel)
    none = np.zeros((), numbers.dtype)
    bias = none if layer.bias is None else numbers(layer.bias)
    carry_bias = none if layer.carry_bias is None else numbers(layer.carry_bias)

    def step(x: Array) -> Array:
        t = sigmoid(x @ carry_kernel + carry_bias)
        y: Array = t * activate(x @ kernel + bias) + (1 - t) * x
        return y

    return step
