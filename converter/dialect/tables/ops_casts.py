"""Other dtypes, and numbers in the shape of a tensor, as ``keras.ops`` names the classes."""

from typing import Final

from keronyx.converter.dialect.words import Spelling, Words
from keronyx.converter.layers.ops_casts import Alike, Converted, Measured

TARGET: Final = {"dtype": "target"}
KIND: Final = ("sparse", "ragged")

WORDS: Final = Words(
    operations={
        "Array": Spelling(Converted, "array", renamed=TARGET),
        "Cast": Spelling(Converted, "cast", renamed=TARGET),
        "ConvertToTensor": Spelling(Converted, "convert_to_tensor", renamed=TARGET, ignored=KIND),
        "Copy": Spelling(Converted, "copy"),
        "EmptyLike": Spelling(Alike, "zeros_like", ("x", "dtype"), TARGET),
        "FullLike": Spelling(Alike, "full_like", ("x", "fill_value", "dtype"), TARGET),
        "Ndim": Spelling(Measured, "ndim"),
        "OnesLike": Spelling(Alike, "ones_like", ("x", "dtype"), TARGET, {"value": 1.0}),
        "SaturateCast": Spelling(Converted, "saturate_cast", renamed=TARGET),
        "Size": Spelling(Measured, "size"),
        "StopGradient": Spelling(Converted, "stop_gradient", ("variable",)),
        "View": Spelling(Converted, "view", renamed=TARGET),
        "ZerosLike": Spelling(Alike, "zeros_like", ("x", "dtype"), TARGET),
    },
)
