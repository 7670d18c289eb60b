"""Numbers chosen, rounded, kept within limits, as ``keras.ops`` names the classes."""

from typing import Final

from keronyx.converter.dialect.words import Spelling, Words
from keronyx.converter.layers.ops_limits import Chosen, Clipped, Close, Replenished, Rounded

WORDS: Final = Words(
    operations={
        "Clip": Spelling(Clipped, "clip"),
        "Isclose": Spelling(Close, "isclose", ("x1", "x2", "rtol", "atol")),
        "NanToNum": Spelling(Replenished, "nan_to_num"),
        "Round": Spelling(Rounded, "round"),
        "Where": Spelling(Chosen, "where", ("condition", "x1", "x2")),
    },
)
