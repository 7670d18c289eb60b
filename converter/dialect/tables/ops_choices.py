"""Operations that choose, as ``keras.ops`` names the classes."""

from typing import Final

from keronyx.converter.dialect.words import Spelling, Words
from keronyx.converter.layers.ops_choices import (
    InTopK,
    IsIn,
    Select,
    Sequences,
    TopK,
    UnravelIndex,
)

CHOICES: Final = ("*condlist", "*choicelist", "default")

WORDS: Final = Words(
    operations={
        "ExtractSequences": Spelling(Sequences, "extract_sequences"),
        "InTopK": Spelling(InTopK, "in_top_k", ("targets", "predictions")),
        "IsIn": Spelling(IsIn, "isin", ("x1", "x2")),
        "Select": Spelling(Select, "select", CHOICES),
        "TopK": Spelling(TopK, "top_k"),
        "UnravelIndex": Spelling(UnravelIndex, "unravel_index", ("indices",)),
    },
)
