"""Running sums and differences, as ``keras.ops`` names the classes."""

from typing import Final

from keronyx.converter.dialect.words import Spelling, Words
from keronyx.converter.layers.ops_scans import Differences, Running, Trapezoid

TARGET: Final = {"dtype": "target"}

WORDS: Final = Words(
    operations={
        "Cumprod": Spelling(Running, "cumprod", renamed=TARGET),
        "Cumsum": Spelling(Running, "cumsum", renamed=TARGET),
        "Diff": Spelling(Differences, "diff", ("a",)),
        "Nancumprod": Spelling(Running, "nancumprod", renamed=TARGET),
        "Nancumsum": Spelling(Running, "nancumsum", renamed=TARGET),
        "Trapezoid": Spelling(Trapezoid, "trapezoid", ("y",)),
    },
)
