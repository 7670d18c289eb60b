"""Borders and repeated places."""

from keronyx.converter.formula.expression import Expression, apply
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.layers.spatial import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
    UpSampling1D,
    UpSampling2D,
    UpSampling3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)


@express.register
def zero_padding(layer: ZeroPadding1D | ZeroPadding2D | ZeroPadding3D, x: Expression) -> Meaning:
    """Zeros around space."""
    return Meaning(value=apply("zero_padding", x), numbers={"padding": layer.padding})


@express.register
def cropping(layer: Cropping1D | Cropping2D | Cropping3D, x: Expression) -> Meaning:
    """Space without its border."""
    return Meaning(value=apply("cropping", x), numbers={"cropping": layer.cropping})


@express.register
def up_sampling(layer: UpSampling1D | UpSampling2D | UpSampling3D, x: Expression) -> Meaning:
    """Every place several times."""
    note = "every place size times, one behind the other"
    return Meaning(value=apply("up_sampling", x), numbers={"size": layer.size}, note=note)
