"""Words of layers that change shapes."""

from typing import Final

from keronyx.converter.dialect.words import Words, listed

WORDS: Final = Words(
    renamed={"Reshape": {"dims": "target_shape"}},
    respelled={"Reshape": {"target_shape": listed}},
    since={
        **dict.fromkeys(("Flatten", "Permute", "RepeatVector", "Reshape"), "Keras 0.3"),
    },
    refused={
        "Reshape": ("a target_shape that holds nothing",),
    },
)
