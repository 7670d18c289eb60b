"""One number of those along axes, as ``keras.ops`` names the classes."""

from typing import Final

from keronyx.converter.dialect.words import Spelling, Words
from keronyx.converter.layers.ops_reductions import Reduction

NAMES: Final = {
    "Sum": "sum",
    "Prod": "prod",
    "Mean": "mean",
    "Var": "var",
    "Std": "std",
    "Max": "max",
    "Min": "min",
    "Amax": "max",
    "Amin": "min",
    "Ptp": "ptp",
    "Any": "any",
    "All": "all",
    "CountNonzero": "count_nonzero",
}

WORDS: Final = Words(
    operations={
        name: Spelling(Reduction, function, renamed={"dtype": "target"})
        for name, function in NAMES.items()
    },
)
