"""Tensors one behind the other, in parts, and repeated, as ``keras.ops`` names the classes."""

from typing import Final

from keronyx.converter.dialect.words import Spelling, Words
from keronyx.converter.layers.ops_joins import (
    Concatenated,
    Padded,
    Parted,
    Repeated,
    Stacked,
    Tiled,
    Unstacked,
)
from keronyx.converter.layers.ops_turns import Flipped, Rolled, Rotated

LISTED: Final = ("*xs",)

WORDS: Final = Words(
    operations={
        "Append": Spelling(Concatenated, "append", ("x1", "x2")),
        "ArraySplit": Spelling(Parted, "array_split"),
        "Concatenate": Spelling(Concatenated, "concatenate", LISTED),
        "Dsplit": Spelling(Parted, "dsplit"),
        "Dstack": Spelling(Concatenated, "dstack", LISTED),
        "Flip": Spelling(Flipped, "flip"),
        "Fliplr": Spelling(Flipped, "fliplr", fixed={"axis": 1}),
        "Flipud": Spelling(Flipped, "flipud", fixed={"axis": 0}),
        "Hsplit": Spelling(Parted, "hsplit"),
        "Hstack": Spelling(Concatenated, "hstack", LISTED),
        "Pad": Spelling(Padded, "pad", ("x", "constant_values")),
        "Repeat": Spelling(Repeated, "repeat"),
        "Roll": Spelling(Rolled, "roll"),
        "Rot90": Spelling(Rotated, "rot90", ("array",)),
        "Split": Spelling(Parted, "split"),
        "Stack": Spelling(Stacked, "stack", ("*x",)),
        "Tile": Spelling(Tiled, "tile"),
        "Unstack": Spelling(Unstacked, "unstack"),
        "Vsplit": Spelling(Parted, "vsplit"),
        "Vstack": Spelling(Concatenated, "vstack", LISTED),
    },
)
