"""The ModelProto of a graph as a stream of bytes, the weights in it or in a file beside it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from keronyx.converter import wire
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Initializer
from keronyx.converter.graph.wire import node, opset_import, pairs, tensor, value_info
from keronyx.converter.version import __version__

ML_DOMAIN: Final = "ai.onnx.ml"
ML_VERSION: Final = 2
"""LabelEncoder has had strings and integers both ways since version 2, which every opset allows."""

IR_VERSIONS: Final = {
    9: 4,
    10: 5,
    11: 6,
    12: 7,
    15: 8,
    19: 9,
    21: 10,
    23: 11,
    24: 12,
    25: 13,
    28: 14,
}
"""The smallest ir_version by the first opset that needs it."""

ML_IR: Final = 6
"""The smallest ir_version that allows ``ML_VERSION``."""

OLDEST_IR: Final = 4
"""Before it, weights were inputs as well."""

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
) -> list[bytes | Initializer]:
    """Return a ModelProto in pieces: bytes, and initializers in the place of their numbers."""
    version = graph.ir_version or _smallest(graph)
    front, back = _nodes(graph, version), _values(graph)
    weights: list[bytes | Initializer] = []
    for weight in graph.initializers:
        head = tensor(weight, _entries(weight, places))
        inside = [] if weight.name in places else [weight]
        weights += [wire.head(5, len(head) + size_of(inside)) + head, *inside]
    length = len(front) + size_of(weights) + len(back)
    return [
        wire.integer(1, version) + wire.text(2, "keronyx"),
        wire.text(3, __version__) + wire.head(7, length) + front,
        *weights,
        back,
        *_imports(graph),
        pairs(14, metadata),
    ]


def _smallest(graph: Graph) -> int:
    """Return the smallest ir_version that allows the operators of a graph."""
    return max(ir_version(graph.opset), ML_IR if _uses_ml(graph) else 0)


def _uses_ml(graph: Graph) -> bool:
    return any(each.domain == ML_DOMAIN for each in graph.nodes)


def _nodes(graph: Graph, version: int) -> bytes:
    nodes = (node(each, graph.renamed, version) for each in graph.nodes)
    return b"".join(wire.block(1, each) for each in nodes) + wire.text(2, graph.name)


def _values(graph: Graph) -> bytes:
    kinds = ((11, graph.inputs), (12, graph.outputs), (13, graph.value_infos.values()))
    return b"".join(
        wire.block(field, value_info(value)) for field, values in kinds for value in values
    )


def _entries(weight: Initializer, places: Places) -> dict[str, str] | None:
    place = places.get(weight.name)
    return place.entries() if place else None


def _imports(graph: Graph) -> Iterator[bytes]:
    yield wire.block(8, opset_import("", graph.opset))
    if _uses_ml(graph):
        yield wire.block(8, opset_import(ML_DOMAIN, ML_VERSION))


def size_of(pieces: Iterable[bytes | Initializer]) -> int:
    """Return how many bytes the pieces come to."""
    return sum(len(piece) if isinstance(piece, bytes) else piece.nbytes for piece in pieces)
