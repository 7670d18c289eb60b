"""Square brackets behind a tensor, as files write them."""

from typing import Final

from keronyx.converter.dialect.words import Spelling, Words
from keronyx.converter.layers.ops_slices import Subscript

WORDS: Final = Words(
    operations={"GetItem": Spelling(Subscript, "get_item", ("x", "key"))},
)
