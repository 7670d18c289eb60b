"""Words of layers that have a kernel for every place."""

from typing import Final

from keronyx.converter.dialect.keras1 import IMAGES, windowed
from keronyx.converter.dialect.words import Words, listed

_NAMES: Final = ("LocallyConnected1D", "LocallyConnected2D")

WORDS: Final = Words(
    rewritten=windowed({"LocallyConnected1D": ("filter_length",), "LocallyConnected2D": IMAGES}),
    respelled=dict.fromkeys(_NAMES, dict.fromkeys(("kernel_size", "strides"), listed)),
    since=dict.fromkeys(_NAMES, "Keras 1, up to 2"),
    refused=dict.fromkeys(_NAMES, ("an input with open sizes",)),
)
