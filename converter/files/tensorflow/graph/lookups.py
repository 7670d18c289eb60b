"""Lookup tables in a graph: the ids of tokens, as Keras's lookup layers give them."""

from typing import Any, Final

from keronyx.converter.errors import FileFormatError
from keronyx.converter.files.saved import Table
from keronyx.converter.files.tensorflow.graph.building import Building
from keronyx.converter.files.tensorflow.graph.program import Node
from keronyx.converter.files.tensorflow.graph.values import Tensor, Value, numbers

UNKNOWN: Final = "[UNK]"


def found(building: Building, node: Node, table: Table | None, given: list[Value]) -> Tensor:
    """Add a lookup whose tokens have the ids from 1 on, and all others 0.

    Raises FileFormatError for a table of another kind, or of which the tokens are not known.
    """
    x, other = given
    if table is None or not isinstance(x, Tensor) or x.merged > 1:
        raise FileFormatError("a lookup table of which the tokens are not in the file")
    tokens = _tokens(table)
    if numbers(other) != [0]:
        raise FileFormatError("a lookup table that gives unknown tokens another id than 0")
    kind = "StringLookup" if x.dtype == "string" else "IntegerLookup"
    config: dict[str, Any] = {
        "vocabulary": tokens,
        "num_oov_indices": 1,
        "mask_token": None,
        "oov_token": _unlike(tokens) if x.dtype == "string" else min(tokens, default=0) - 1,
        "output_mode": "int",
        "dtype": "int64",
    }
    return building.layer(kind, node.name, config, [x], x.shape, dtype="int64")


def _tokens(table: Table) -> list[Any]:
    """Return the tokens in the order of their ids."""
    places = [*table.values]
    if sorted(places, key=str) != sorted(range(1, len(places) + 1), key=str):
        raise FileFormatError("a lookup table whose ids do not go from 1 on")
    return [token for _, token in sorted(zip(places, table.keys, strict=True))]


def _unlike(tokens: list[Any]) -> str:
    """Return a name for unknown tokens that no token has."""
    unknown = UNKNOWN
    while unknown in tokens:
        unknown += "_"
    return unknown
