"""Other axes, as ``keras.ops`` names the classes."""

from typing import Final

from keronyx.converter.dialect.words import Spelling, Words
from keronyx.converter.layers.ops_shapes import (
    AxesInserted,
    AxesMoved,
    AxesRemoved,
    Reshaped,
    Spread,
    Swapped,
    Transposed,
)

WORDS: Final = Words(
    operations={
        "BroadcastTo": Spelling(Spread, "broadcast_to"),
        "ExpandDims": Spelling(AxesInserted, "expand_dims"),
        "Moveaxis": Spelling(AxesMoved, "moveaxis"),
        "Ravel": Spelling(Reshaped, "ravel"),
        "Reshape": Spelling(Reshaped, "reshape"),
        "Squeeze": Spelling(AxesRemoved, "squeeze"),
        "Swapaxes": Spelling(Swapped, "swapaxes"),
        "Transpose": Spelling(Transposed, "transpose"),
    },
)
