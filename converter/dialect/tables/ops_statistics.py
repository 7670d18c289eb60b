"""Norms, weighted means and distances, as ``keras.ops`` names the classes."""

from typing import Final

from keronyx.converter.dialect.words import Spelling, Words
from keronyx.converter.layers.ops_statistics import Distances, LogSumExp, Norm, WeightedMean

WORDS: Final = Words(
    operations={
        "Average": Spelling(WeightedMean, "average", ("x", "weights")),
        "CDist": Spelling(Distances, "cdist", ("x", "y")),
        "Logsumexp": Spelling(LogSumExp, "logsumexp"),
        "Norm": Spelling(Norm, "norm"),
    },
)
