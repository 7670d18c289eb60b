"""Norms, weighted means and distances, as ``keras.ops`` names the classes."""

from typing import Final

from keronyx.converter.dialect.words import Spelling, Words
from keronyx.converter.layers.ops_statistics import Average, Distances, LogSumExp, Norm

WORDS: Final = Words(
    operations={
        "Average": Spelling(Average, "average", ("x", "weights")),
        "CDist": Spelling(Distances, "cdist", ("x", "y")),
        "Logsumexp": Spelling(LogSumExp, "logsumexp"),
        "Norm": Spelling(Norm, "norm"),
    },
)
