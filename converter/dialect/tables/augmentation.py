"""Words of augmentations of images."""

from typing import Final

from keronyx.converter.dialect.integers import floating
from keronyx.converter.dialect.words import TRAINS, Words

_SINCE: Final = {
    "the Keras of TensorFlow 2": (
        "RandomBrightness",
        "RandomContrast",
        "RandomFlip",
        "RandomHeight",
        "RandomRotation",
        "RandomTranslation",
        "RandomWidth",
        "RandomZoom",
    ),
    "Keras 3.6": ("Equalization", "Solarization"),
    "Keras 3.7": ("MaxNumBoundingBoxes",),
    "Keras 3.8": (
        "MixUp",
        "RandAugment",
        "RandomColorDegeneration",
        "RandomColorJitter",
        "RandomGrayscale",
        "RandomHue",
        "RandomPosterization",
        "RandomSaturation",
        "RandomSharpness",
        "RandomShear",
    ),
    "Keras 3.9": (
        "AugMix",
        "CutMix",
        "RandomErasing",
        "RandomGaussianBlur",
        "RandomInvert",
        "RandomPerspective",
    ),
    "Keras 3.10": ("RandomElasticTransform",),
}
_ALL: Final = tuple(name for names in _SINCE.values() for name in names)
_KEYS: Final = (
    *("factor", "height_factor", "width_factor", "x_factor", "y_factor"),
    *("brightness_factor", "contrast_factor", "saturation_factor", "hue_factor"),
    *("addition_factor", "threshold_factor", "scale", "sigma", "alpha", "kernel_size"),
    *("fill_mode", "fill_value", "interpolation", "mode", "seed", "value_range", "data_format"),
    *("num_ops", "num_chains", "chain_depth", "all_ops", "bins", "max_number"),
    "bounding_box_format",
)

WORDS: Final = Words(
    ignored=dict.fromkeys(_ALL, dict.fromkeys(_KEYS, TRAINS)),
    settled=dict.fromkeys(_ALL, floating),
    since={name: since for since, names in _SINCE.items() for name in names},
)
