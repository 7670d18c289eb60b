"""Borders and repeated places."""

from keronyx.converter.formula.expression import Expression, apply
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.layers.resampling import Resampled
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
from keronyx.converter.layers.windows import Spatial


def in_space(layer: Spatial, **numbers: object) -> dict[str, object]:
    """Return the numbers of a formula, where the channels are if not behind the space, and Theano.

    That is where windows do not begin where they would on other backends.
    """
    first = layer.data_format == "channels_first"
    moved = getattr(layer, "theano", False) and getattr(layer, "padding", "") == "same"
    return (
        numbers
        | ({"data_format": layer.data_format} if first else {})
        | ({"backend": "theano"} if moved else {})
    )


def between(layer: Resampled) -> dict[str, object]:
    """Return how numbers come about between pixels."""
    facts: dict[str, object] = {"interpolation": layer.interpolation}
    if layer.smooths:
        facts["antialias"] = True
    if layer.from_corners:
        facts["half_pixel"] = False
    return facts


@express.register
def zero_padding(layer: ZeroPadding1D | ZeroPadding2D | ZeroPadding3D, x: Expression) -> Meaning:
    """Zeros around space."""
    return Meaning(value=apply("zero_padding", x), numbers=in_space(layer, padding=layer.padding))


@express.register
def cropping(layer: Cropping1D | Cropping2D | Cropping3D, x: Expression) -> Meaning:
    """Space without its border."""
    return Meaning(value=apply("cropping", x), numbers=in_space(layer, cropping=layer.cropping))


@express.register
def up_sampling(layer: UpSampling1D | UpSampling2D | UpSampling3D, x: Expression) -> Meaning:
    """Every place several times."""
    if isinstance(layer, UpSampling2D) and not layer.picks:
        facts = in_space(layer, size=layer.size, **between(layer))
        return Meaning(value=apply("resize", x), numbers=facts, note="from the pixels around it")
    note = "every place size times, one behind the other"
    return Meaning(
        value=apply("up_sampling", x), numbers=in_space(layer, size=layer.size), note=note
    )
