"""Augmentations of images, which return their input in prediction."""

from typing import ClassVar, Final, TypeAlias, final

from keronyx.converter.layers.base import Layer, Role
from keronyx.converter.layers.masked import Mask

TRAINING: Final = frozenset({"training"})
"""Keras 3 notes the default of this argument in its calls; a prediction overrides it."""


class Augmentation(Layer, abstract=True):
    """An augmentation of images that returns its input, as floats, in prediction."""

    role: ClassVar[Role] = "inert"
    harmless: ClassVar[frozenset[str]] = TRAINING
    mask: ClassVar[Mask] = "unknown"


class Unconverting(Augmentation, abstract=True):
    """One that returns whole numbers as such."""

    keeps_dtype: ClassVar[bool] = True


@final
class AugMix(Augmentation):
    """Mix several chains of augmentations."""


@final
class CutMix(Augmentation):
    """Put a part of one image into another."""


@final
class Equalization(Augmentation):
    """Spread the numbers of an image evenly; only in training, whatever Keras says of it."""


@final
class MaxNumBoundingBoxes(Unconverting):
    """Give every image as many boxes; images stay as they are."""


@final
class MixUp(Augmentation):
    """Mix two images."""


@final
class RandAugment(Augmentation):
    """Apply augmentations at random."""


@final
class RandomBrightness(Augmentation):
    """Change the brightness."""


@final
class RandomColorDegeneration(Augmentation):
    """Take out colour."""


@final
class RandomColorJitter(Augmentation):
    """Change brightness, contrast, saturation and hue."""


@final
class RandomContrast(Augmentation):
    """Change the contrast."""


@final
class RandomElasticTransform(Augmentation):
    """Distort."""


@final
class RandomErasing(Augmentation):
    """Cover a part."""


@final
class RandomFlip(Augmentation):
    """Mirror."""


@final
class RandomGaussianBlur(Augmentation):
    """Blur."""


@final
class RandomGrayscale(Unconverting):
    """Take out all colour."""


@final
class RandomHeight(Unconverting):
    """Stretch in height."""


@final
class RandomHue(Augmentation):
    """Change the hue."""


@final
class RandomInvert(Augmentation):
    """Invert the colours."""


@final
class RandomPerspective(Augmentation):
    """Look from another side."""


@final
class RandomPosterization(Augmentation):
    """Take out bits of colours."""


@final
class RandomRotation(Augmentation):
    """Rotate."""


@final
class RandomSaturation(Augmentation):
    """Change the saturation."""


@final
class RandomSharpness(Augmentation):
    """Sharpen."""


@final
class RandomShear(Augmentation):
    """Shear."""


@final
class RandomTranslation(Augmentation):
    """Shift."""


@final
class RandomWidth(Unconverting):
    """Stretch in width."""


@final
class RandomZoom(Augmentation):
    """Zoom."""


@final
class Solarization(Augmentation):
    """Invert bright colours."""


Augmenting: TypeAlias = (
    AugMix
    | CutMix
    | Equalization
    | MaxNumBoundingBoxes
    | MixUp
    | RandAugment
    | RandomBrightness
    | RandomColorDegeneration
    | RandomColorJitter
    | RandomContrast
    | RandomElasticTransform
    | RandomErasing
    | RandomFlip
    | RandomGaussianBlur
    | RandomGrayscale
    | RandomHeight
    | RandomHue
    | RandomInvert
    | RandomPerspective
    | RandomPosterization
    | RandomRotation
    | RandomSaturation
    | RandomSharpness
    | RandomShear
    | RandomTranslation
    | RandomWidth
    | RandomZoom
    | Solarization
)
"""All of them, to register one reading for."""
