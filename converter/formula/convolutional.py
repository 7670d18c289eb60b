"""Convolutions."""

from typing import Final

from keronyx.converter.formula.expression import Expression, Number, Symbol, apply
from keronyx.converter.formula.model import Meaning, activated, express
from keronyx.converter.formula.spatial import in_space
from keronyx.converter.layers.convolutional import (
    Conv1D,
    Conv1DTranspose,
    Conv2D,
    Conv2DTranspose,
    Conv3D,
    Conv3DTranspose,
    DepthwiseConv1D,
    DepthwiseConv2D,
    SeparableConv1D,
    SeparableConv2D,
    Sliding,
)

KERNEL, BIAS = Symbol("kernel"), Symbol("bias")
DEEP, POINT = Symbol("depthwise_kernel"), Symbol("pointwise_kernel")

SLIDES: Final = (
    "conv[p, f] = the sum over k and c of x[p · strides + k · dilation_rate - before, c] · "
    "kernel[k, c, f]; before = what padding puts in front"
)
DEEPENS: Final = (
    "depthwise_conv[p, c · depth_multiplier + m] = the sum over k of "
    "x[p · strides + k · dilation_rate - before, c] · depthwise kernel[k, c, m]"
)
SPREADS: Final = (
    "conv_transpose[q, f] = the sum over p, k and c, where p · strides + k · dilation_rate - "
    "before = q, of x[p, c] · kernel[k, f, c]"
)


@express.register
def convolution(layer: Conv1D | Conv2D | Conv3D, x: Expression) -> Meaning:
    """``activation(conv(x, kernel) + bias)``."""
    return _finished(layer, apply("conv", x, _adapted(layer)), SLIDES, groups=layer.groups)


def _adapted(layer: Conv1D | Conv2D | Conv3D) -> Expression:
    """Return the kernel, with what LoRA adds to it."""
    if not layer.lora_rank:
        return KERNEL
    low = Symbol("lora_kernel_a") @ Symbol("lora_kernel_b")
    factor = 1.0 if layer.lora_alpha is None else layer.lora_alpha / layer.lora_rank
    return KERNEL + (low if factor == 1 else Number(factor) * low)


@express.register
def depthwise(layer: DepthwiseConv1D | DepthwiseConv2D, x: Expression) -> Meaning:
    """``activation(depthwise_conv(x, kernel) + bias)``."""
    return _finished(layer, apply("depthwise_conv", x, KERNEL), DEEPENS)


@express.register
def separable(layer: SeparableConv1D | SeparableConv2D, x: Expression) -> Meaning:
    """A depthwise convolution, then a matrix at every place."""
    return _finished(layer, apply("depthwise_conv", x, DEEP) @ POINT, DEEPENS)


@express.register
def transposed(
    layer: Conv1DTranspose | Conv2DTranspose | Conv3DTranspose, x: Expression
) -> Meaning:
    """``activation(conv_transpose(x, kernel) + bias)``."""
    more = {} if layer.output_padding is None else {"output_padding": layer.output_padding}
    return _finished(layer, apply("conv_transpose", x, KERNEL), SPREADS, **more)


def _finished(layer: Sliding, product: Expression, note: str, **numbers: object) -> Meaning:
    facts = in_space(
        layer,
        strides=layer.strides,
        padding=layer.padding,
        dilation_rate=layer.dilations,
        **numbers,
    )
    before = product + BIAS if layer.use_bias else product
    return activated(before, layer.activation, numbers=facts, note=note)
