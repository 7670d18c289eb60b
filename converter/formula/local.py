"""Convolutions with a kernel for every place."""

from typing import Final

from keronyx.converter.formula.expression import Expression, Symbol, apply
from keronyx.converter.formula.model import Meaning, activated, express
from keronyx.converter.formula.spatial import in_space
from keronyx.converter.layers.local import LocallyConnected1D, LocallyConnected2D

CONNECTS: Final = (
    "local_conv[p, f] = the sum over k and c of x[p · strides + k - before, c] · kernel[p, k, c, "
    "f], each place p with its own; before = ⌊kernel_size / 2⌋ with padding same, else 0"
)


@express.register
def locally_connected(layer: LocallyConnected1D | LocallyConnected2D, x: Expression) -> Meaning:
    """``activation(local_conv(x, kernel) + bias)``."""
    product = apply("local_conv", x, Symbol("kernel"))
    before = product + Symbol("bias") if layer.use_bias else product
    facts = in_space(
        layer,
        kernel_size=layer.kernel_size,
        strides=layer.strides,
        padding=layer.padding,
        implementation=layer.implementation,
    )
    return activated(before, layer.activation, numbers=facts, note=CONNECTS)
