"""Words of layers that step through time."""

from typing import Final

from keronyx.converter.dialect.words import Words

WORDS: Final = Words(
    since={
        "TimeDistributed": "Keras 1",
    },
    refused={
        "TimeDistributed": ("a layer with statistics of the batch (mode=2)",),
    },
)
