"""The ModelProto of a graph as a stream of bytes, the weights in it or in a file beside it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from keronyx.converter.emit import wire
from keronyx.converter.emit.graph import Graph, Initializer
from keronyx.converter.version import __version__

ML_DOMAIN: Final = "ai.onnx.ml"
ML_VERSION: Final = 2
"""LabelEncoder has had strings and integers both ways since version 2, which every opset allows."""

IR_VERSIONS: Final = {
    13: 7,
    15: 8,
    19: 9,
    21: 10,
    23: 11,
    24: 12,
    25: 13,
    28: 14,
}
"""The smallest ir_version by the first opset that needs it."""

NEWEST: Final = 28
"""The newest opset that the operators here were tried with."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an initializer lies in the data file."""

    location: str
    offset: int
    length: int

    def entries(self) -> dict[str, str]:
        """Return what a TensorProto says of it."""
        return {
            "location": self.location,
            "offset": str(self.offset),
            "length": str(self.length),
        }


Places = Mapping[str, Place]


def ir_version(opset: int) -> int:
    """Return the smallest ir_version that allows an opset."""
    return IR_VERSIONS[max(first for first in IR_VERSIONS if first <= opset)]


def model_proto(
    graph: Graph, metadata: Mapping[str, str], places: Places
) -> Iterator[bytes | Initializer]:
    """Yield a ModelProto in pieces: bytes, and initializers in the place of their numbers."""
    weights = [(wire.tensor(w, _entries(w, places)), w) for w in graph.initializers]
    sizes = [len(start) + (0 if w.name in places else w.nbytes) for start, w in weights]
    starts = [wire.head(5, size) for size in sizes]
    front = b"".join(
        wire.block(1, wire.node(node, graph.renamed, graph.opset)) for node in graph.nodes
    ) + wire.text(2, graph.name)
    back = b"".join(
        wire.block(field, wire.value_info(value))
        for field, values in (
            (11, graph.inputs),
            (12, graph.outputs),
            (13, graph.value_infos.values()),
        )
        for value in values
    )
    length = len(front) + sum(map(len, starts)) + sum(sizes) + len(back)
    yield wire.integer(1, ir_version(graph.opset)) + wire.text(2, "keronyx")
    yield wire.text(3, __version__) + wire.head(7, length) + front
    for start, (head, weight) in zip(starts, weights, strict=True):
        yield start + head
        if weight.name not in places:
            yield weight
    yield back
    yield from _imports(graph)
    yield wire.pairs(14, metadata)


def _entries(weight: Initializer, places: Places) -> dict[str, str] | None:
    place = places.get(weight.name)
    return place.entries() if place else None


def _imports(graph: Graph) -> Iterator[bytes]:
    yield wire.block(8, wire.opset_import("", graph.opset))
    if any(node.domain == ML_DOMAIN for node in graph.nodes):
        yield wire.block(8, wire.opset_import(ML_DOMAIN, ML_VERSION))


def size_of(pieces: Iterator[bytes | Initializer]) -> int:
    """Return how many bytes the pieces come to."""
    return sum(len(piece) if isinstance(piece, bytes) else piece.nbytes for piece in pieces)
