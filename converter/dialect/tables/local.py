"""Words of layers that have a kernel for every place."""

from typing import Final

from keronyx.converter.dialect.keras1 import ALONG_MORE, ALONG_ONE, IMAGES, windowed
from keronyx.converter.dialect.words import Words, listed

_NAMES: Final = ("LocallyConnected1D", "LocallyConnected2D")

WORDS: Final = Words(
    renamed={"LocallyConnected1D": ALONG_ONE, "LocallyConnected2D": ALONG_MORE},
    rewritten=windowed({"LocallyConnected1D": ("filter_length",), "LocallyConnected2D": IMAGES}),
    respelled=dict.fromkeys(_NAMES, dict.fromkeys(("kernel_size", "strides"), listed)),
    since=dict.fromkeys(_NAMES, "Keras 1, up to 2"),
    refused=dict.fromkeys(_NAMES, ("an input with open sizes",)),
)
