"""Words of layers that act in training only."""

from typing import Final

from keronyx.converter.dialect.words import TRAINS, Words

_NOISE: Final = dict.fromkeys(
    (
        "rate",
        "p",
        "seed",
        "noise_shape",
        "stddev",
        "sigma",
        "dim_ordering",
        "data_format",
        "l1",
        "l2",
    ),
    TRAINS,
)
_AUGMENTATION: Final = dict.fromkeys(
    (
        "factor",
        "height_factor",
        "width_factor",
        "fill_mode",
        "fill_value",
        "interpolation",
        "mode",
        "seed",
        "value_range",
        "data_format",
    ),
    TRAINS,
)

WORDS: Final = Words(
    classes={"Dropout1D": "SpatialDropout1D"},
    ignored={
        **dict.fromkeys(
            (
                "ActivityRegularization",
                "AlphaDropout",
                "Dropout",
                "GaussianDropout",
                "GaussianNoise",
                "SpatialDropout1D",
                "SpatialDropout2D",
                "SpatialDropout3D",
            ),
            _NOISE,
        ),
        **dict.fromkeys(
            (
                "RandomBrightness",
                "RandomContrast",
                "RandomFlip",
                "RandomRotation",
                "RandomTranslation",
                "RandomZoom",
            ),
            _AUGMENTATION,
        ),
    },
    since={
        **dict.fromkeys(
            ("ActivityRegularization", "Dropout", "GaussianDropout", "GaussianNoise"), "Keras 0.3"
        ),
        "AlphaDropout": "Keras 2",
        **dict.fromkeys(("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"), "Keras 1"),
        **dict.fromkeys(
            (
                "RandomBrightness",
                "RandomContrast",
                "RandomFlip",
                "RandomRotation",
                "RandomTranslation",
                "RandomZoom",
            ),
            "the Keras of TensorFlow 2",
        ),
    },
)
