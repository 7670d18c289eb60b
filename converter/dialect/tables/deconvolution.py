"""Words of Keras 1's transposed convolution."""

from typing import Final

from keronyx.converter.dialect.keras1 import ALONG_MORE, IMAGES, windowed
from keronyx.converter.dialect.words import Words

WORDS: Final = Words(
    renamed={"Deconvolution2D": ALONG_MORE},
    rewritten=windowed({"Deconvolution2D": IMAGES}),
    since={"Deconvolution2D": "Keras 1"},
    refused={"Deconvolution2D": ("an input with open sizes", "float64 as its dtype policy")},
)
