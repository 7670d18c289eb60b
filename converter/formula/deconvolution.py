"""Keras 1's transposed convolution."""

from typing import Final

from keronyx.converter.formula.expression import Expression, Symbol, apply
from keronyx.converter.formula.model import Meaning, activated, express
from keronyx.converter.formula.spatial import in_space
from keronyx.converter.layers.deconvolution import Deconvolution2D

SPREADS: Final = (
    "conv_transpose[q, f] = the sum over p, k and c, where p · strides + k - before = q, of "
    "x[p, c] · kernel[k, f, c]; before = what padding puts in front of an input as long as the "
    "output"
)


@express.register
def deconvolution(layer: Deconvolution2D, x: Expression) -> Meaning:
    """``activation(conv_transpose(x, kernel) + bias)``."""
    product = apply("conv_transpose", x, Symbol("kernel"))
    before = product + Symbol("bias") if layer.use_bias else product
    facts = in_space(layer, strides=layer.strides, padding=layer.padding, output_shape=layer.made)
    return activated(before, layer.activation, numbers=facts, note=SPREADS)
