"""Words of layers that tell how strong each frequency is."""

from typing import Final

from keronyx.converter.dialect.integers import floating
from keronyx.converter.dialect.words import STARTS, Words

WORDS: Final = Words(
    ignored={"STFTSpectrogram": dict.fromkeys(("window", "periodic", "scaling"), STARTS)},
    settled=dict.fromkeys(("MelSpectrogram", "STFTSpectrogram"), floating),
    since={"MelSpectrogram": "Keras 3.1", "STFTSpectrogram": "Keras 3.7"},
    refused={
        "STFTSpectrogram": (
            "mode='angle', whose sign hangs on the last bit of sums that are 0",
            "an open number of channels",
        ),
    },
)
