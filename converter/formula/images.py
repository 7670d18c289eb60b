"""Images of other sizes, their middles, and their contrast."""

from keronyx.converter.formula.expression import Expression, apply
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.formula.regularization import INERT
from keronyx.converter.formula.spatial import between, in_space
from keronyx.converter.layers.images import AutoContrast, CenterCrop, RandomCrop, Resizing


@express.register
def resizing(layer: Resizing, x: Expression) -> Meaning:
    """Another size, of the middle or with a border where the shape stays."""
    facts = in_space(layer, height=layer.height, width=layer.width, **between(layer))
    if layer.crop_to_aspect_ratio:
        x = apply("cut_to_shape", x)
    if layer.pad_to_aspect_ratio:
        x = apply("padded_to_shape", x)
        facts["fill_value"] = layer.fill_value
    value = apply("resize", x)
    whole = "; whole numbers stay whole" if layer.integers != "floats" else ""
    return Meaning(value=value, numbers=facts, note=f"from the pixels around it{whole}")


@express.register
def center_crop(layer: CenterCrop, x: Expression) -> Meaning:
    """The middle."""
    note = "of a smaller image the largest part of the same shape, resized"
    facts = in_space(layer, height=layer.height, width=layer.width)
    return Meaning(value=apply("center_crop", x), numbers=facts, note=note)


@express.register
def auto_contrast(layer: AutoContrast, x: Expression) -> Meaning:
    """From the smallest to the largest number of an image, stretched to the range of values."""
    note = "over axes 1 and 2; what is of one number there stays as it is"
    facts = {"value_range": layer.value_range}
    return Meaning(value=apply("stretched", x), numbers=facts, note=note)


@express.register
def random_crop(_layer: RandomCrop, x: Expression) -> Meaning:
    """The input."""
    return Meaning(value=x, note=INERT)
