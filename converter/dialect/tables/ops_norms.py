"""Normalisations, as ``keras.ops`` names the classes."""

from typing import Final

from keronyx.converter.dialect.words import Spelling, Words
from keronyx.converter.layers.ops_norms import (
    ByRootMeanSquare,
    ByStatistics,
    Lengthened,
    Moments,
    Standardized,
)

WORDS: Final = Words(
    operations={
        "BatchNorm": Spelling(
            ByStatistics, "batch_normalization", ("x", "mean", "variance", "offset", "scale")
        ),
        "LayerNorm": Spelling(Standardized, "layer_normalization", ("x", "gamma", "beta")),
        "Moments": Spelling(
            Moments, "moments", renamed={"axes": "axis"}, ignored=("synchronized",)
        ),
        "Normalize": Spelling(Lengthened, "normalize"),
        "RMSNorm": Spelling(ByRootMeanSquare, "rms_normalization", ("x", "scale")),
    },
)
