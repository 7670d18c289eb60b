"""Words of pooling to a given size."""

from typing import Final

from keronyx.converter.dialect.words import Words, listed

_NAMES: Final = [
    f"Adaptive{kind}{space}D" for kind in ("AveragePooling", "MaxPooling") for space in (1, 2, 3)
]

WORDS: Final = Words(
    respelled={name: {"output_size": listed} for name in _NAMES},
    since=dict.fromkeys(_NAMES, "Keras 3.13"),
    refused=dict.fromkeys(_NAMES, ("an input with open sizes",)),
)
