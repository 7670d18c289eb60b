"""Dense kernels that Keras keeps in eight bits or less."""

import numpy as np

from keronyx.converter.layers.core import Dense
from keronyx.converter.lower.base import cast, compute_type, numbers
from keronyx.converter.lower.builder import Builder
from keronyx.converter.lower.terms import Term, call, clip
from keronyx.converter.lower.values import Value
from keronyx.converter.tensors import Array


def dequantized(layer: Dense, inputs: int) -> Array:
    """Return a quantized kernel as floats, (inputs, units)."""
    mode = layer.dtype.quantization or ""
    if layer.kernel_scale is None or mode.partition("/")[0] not in {"int8", "int4", "gptq"}:
        raise layer.refuse(f"quantization {mode!r}")
    kernel, scale = layer.kernel.load(), numbers(layer.kernel_scale, layer)
    if mode.startswith("int4"):
        kernel = _nibbles(kernel, layer.packed_axis % 2)
    if layer.by_units and layer.kernel_zero is not None:
        return _from_units(layer, kernel, scale, numbers(layer.kernel_zero, layer))
    return _scaled(layer, kernel[:inputs, : layer.units].astype(np.float64), scale)


def _scaled(layer: Dense, kernel: Array, scale: Array) -> Array:
    """Return a kernel of whole numbers on its scale, which groups of inputs may have each."""
    if layer.kernel_zero is None or layer.g_idx is None:
        plain: Array = kernel / scale
        return plain
    groups = layer.groups()
    grouped: Array = (kernel - numbers(layer.kernel_zero, layer)[groups]) * scale[groups]
    return grouped


def _from_units(layer: Dense, kernel: Array, scale: Array, zero: Array) -> Array:
    """Turn the rows of a kernel that GPTQ keeps by units into columns."""
    if layer.dtype.quantization == "gptq/4":
        kernel = np.repeat(kernel, 2, axis=0)[: layer.units]
        kernel = np.where(np.arange(layer.units)[:, None] % 2, kernel // 16, kernel % 16)
    groups = layer.groups()
    turned: Array = (kernel.T.astype(np.float64) - zero.T[groups]) * scale.T[groups]
    return turned


def _nibbles(packed: Array, axis: int) -> Array:
    """Return the signed halves of bytes one behind the other along an axis, the low one first."""
    whole = packed.astype(np.int16)
    low, high = whole & 15, (whole >> 4) & 15
    pairs = np.stack([low, high], axis=axis + 1)
    shape = [size * 2 if place == axis else size for place, size in enumerate(packed.shape)]
    unsigned = pairs.reshape(shape)
    return np.where(unsigned > 7, unsigned - 16, unsigned)


def as_int8(layer: Dense, code: Builder, x: Value) -> Value:
    """Round each row to 255 steps of its largest magnitude, in the type in which Keras does."""
    single = "float64" if layer.dtype.compute == "float64" else "float32"
    plain = cast(code, x, "float64" if single == "float64" else "float32")
    scale = code.fold(
        "max",
        lambda a: call("abs", a),
        plain,
        axes=[-1],
        start=0,
        finish=lambda most: 127 / (most + 1e-7),
    )

    def steps(a: Term, s: Term) -> Term:
        dtype = compute_type(layer, code)
        return clip(call("rint", a * s), -127, 127).to(dtype) / s.to(dtype)

    return code.map(steps, plain, scale)
