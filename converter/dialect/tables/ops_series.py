"""Rows of numbers, as ``keras.ops`` names the classes."""

from typing import Final

from keronyx.converter.dialect.words import Spelling, Words
from keronyx.converter.layers.ops_series import Correlate, Correlation, Powers, Spaced

ENDS: Final = ("start", "stop")
TARGET: Final = {"dtype": "target"}

WORDS: Final = Words(
    operations={
        "Corrcoef": Spelling(Correlation, "corrcoef"),
        "Correlate": Spelling(Correlate, "correlate", ("x1", "x2")),
        "Geomspace": Spelling(Spaced, "geomspace", ENDS, TARGET),
        "Linspace": Spelling(Spaced, "linspace", ENDS, TARGET),
        "Logspace": Spelling(Spaced, "logspace", ENDS, TARGET),
        "Vander": Spelling(Powers, "vander"),
    },
)
