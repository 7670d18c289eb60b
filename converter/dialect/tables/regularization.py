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
    },
    since={
        **dict.fromkeys(
            ("ActivityRegularization", "Dropout", "GaussianDropout", "GaussianNoise"), "Keras 0.3"
        ),
        "AlphaDropout": "Keras 2",
        **dict.fromkeys(("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"), "Keras 1"),
    },
)
