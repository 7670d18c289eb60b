"""Medians, quantiles, and functions that pass over NaN, as ``keras.ops`` names the classes.

Quantile keeps a method that its call does not heed, in every Keras 3.
"""

from typing import Final

from keronyx.converter.dialect.words import Spelling, Words
from keronyx.converter.layers.ops_quantiles import Present, Quantiles

SHARES: Final = ("x", "q")
PRESENT: Final = {
    "Nanargmax": "nanargmax",
    "Nanargmin": "nanargmin",
    "Nanmax": "nanmax",
    "Nanmean": "nanmean",
    "Nanmin": "nanmin",
    "Nanprod": "nanprod",
    "Nanstd": "nanstd",
    "Nansum": "nansum",
    "Nanvar": "nanvar",
}

WORDS: Final = Words(
    operations={
        **{name: Spelling(Present, function) for name, function in PRESENT.items()},
        "Median": Spelling(Quantiles, "median"),
        "Nanmedian": Spelling(Quantiles, "nanmedian"),
        "Nanpercentile": Spelling(Quantiles, "nanpercentile", SHARES),
        "Nanquantile": Spelling(Quantiles, "nanquantile", SHARES),
        "Percentile": Spelling(Quantiles, "percentile", SHARES),
        "Quantile": Spelling(Quantiles, "quantile", SHARES, ignored=("method",)),
    },
)
