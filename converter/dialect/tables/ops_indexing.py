"""Numbers taken by their places, and places told, as ``keras.ops`` names the classes."""

from typing import Any, Final

from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import Spelling, Words
from keronyx.converter.layers.ops_indexing import (
    Diagonal,
    DiagonalMatrix,
    Encoded,
    Extreme,
    Searched,
    Sorted,
    Taken,
    Triangle,
    Window,
)

PLACED: Final = ("x", "indices")
TARGET: Final = {"dtype": "target"}


def _zeros(version: Version) -> dict[str, Any]:
    """Tell whether -0.0 is less than 0.0."""
    return {"ordered_zeros": not version.before(3, 9)}


WORDS: Final = Words(
    operations={
        "Argmax": Spelling(Extreme, "argmax", decided=_zeros),
        "Argmin": Spelling(Extreme, "argmin", decided=_zeros),
        "Argsort": Spelling(Sorted, "argsort"),
        "Diag": Spelling(DiagonalMatrix, "diag"),
        "Diagflat": Spelling(DiagonalMatrix, "diagflat"),
        "Diagonal": Spelling(Diagonal, "diagonal"),
        "Digitize": Spelling(Searched, "digitize", ("x", "bins")),
        "MultiHot": Spelling(Encoded, "multi_hot", ("inputs",), TARGET, ignored=("sparse",)),
        "OneHot": Spelling(Encoded, "one_hot", renamed=TARGET, ignored=("sparse",)),
        "SearchSorted": Spelling(Searched, "searchsorted", ("sorted_sequence", "values")),
        "Slice": Spelling(Window, "slice", ("inputs", "*start_indices")),
        "Sort": Spelling(Sorted, "sort"),
        "Take": Spelling(Taken, "take", PLACED),
        "TakeAlongAxis": Spelling(Taken, "take_along_axis", PLACED),
        "Tril": Spelling(Triangle, "tril"),
        "Triu": Spelling(Triangle, "triu"),
    },
)
