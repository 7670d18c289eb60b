"""Words of layers that even out the histograms of images."""

from typing import Final

from keronyx.converter.dialect.integers import floating
from keronyx.converter.dialect.words import Words

_KIND: Final = "ContrastLimitedAdaptiveHistogramEqualization"

WORDS: Final = Words(
    ignored={_KIND: {"bounding_box_format": "boxes, which are not converted"}},
    settled={_KIND: floating},
    since={_KIND: "Keras 3.14"},
    refused={_KIND: ("images of open height, width or channels", "images of whole numbers")},
)
