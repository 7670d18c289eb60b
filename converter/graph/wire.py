"""ONNX's protobuf messages, written by hand, field by field in the order that protobuf uses.

Importing onnx to build them would cost as much as the rest of a conversion, and a ModelProto holds
all weights in memory. What is written here is byte for byte what onnx would write. Field numbers
are those of onnx.proto.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from keronyx.converter.errors import printable
from keronyx.converter.graph.nodes import Attribute, Body, Initializer, Named, Node
from keronyx.converter.wire import block, each, head, integer, real, text

ELEMENTS: Final = {
    "float32": 1,
    "uint8": 2,
    "int8": 3,
    "uint16": 4,
    "int16": 5,
    "int32": 6,
    "int64": 7,
    "string": 8,
    "bool": 9,
    "float16": 10,
    "float64": 11,
    "uint32": 12,
    "uint64": 13,
    "bfloat16": 16,
}
"""TensorProto.DataType by the names that values have."""

FLOAT, INT, STRING, GRAPH, FLOATS, INTS, STRINGS = 1, 2, 3, 5, 6, 7, 8
"""AttributeProto.AttributeType."""

EXTERNAL: Final = 1
"""TensorProto.DataLocation."""

METADATA_SINCE: Final = 10
"""First ir_version that lets a node have metadata."""


def pairs(field: int, entries: Mapping[str, str]) -> bytes:
    """Encode StringStringEntryProtos."""
    return b"".join(block(field, text(1, k) + text(2, v)) for k, v in entries.items())


def attribute_type(value: Attribute) -> int:
    """Return the AttributeProto.AttributeType that a Python value becomes."""
    first = value[0] if isinstance(value, tuple | list) and value else value
    kind = {str: STRING, float: FLOAT}.get(type(first), INT)
    return kind if first is value else kind + FLOATS - FLOAT


_FIELDS: Final[Mapping[int, Callable[[Any], bytes]]] = {
    FLOAT: lambda value: real(2, value),
    INT: lambda value: integer(3, value),
    STRING: lambda value: text(4, value),
    FLOATS: lambda values: each(real, 7, values),
    INTS: lambda values: each(integer, 8, values),
    STRINGS: lambda values: each(text, 9, values),
}


def attribute(name: str, value: Attribute) -> bytes:
    """Encode an AttributeProto."""
    kind = attribute_type(value)
    return text(1, name) + _FIELDS[kind](value) + integer(20, kind)


def node(item: Node, renamed: Mapping[str, str], version: int) -> bytes:
    """Encode a NodeProto of an ir_version, which says what layer it is from."""
    attributes = [attribute(name, value) for name, value in sorted(item.attributes.items())]
    if item.body is not None:
        attributes.insert(0, _body(item.body, version))
    return b"".join(
        (
            each(text, 1, (renamed.get(name, name) for name in item.inputs)),
            each(text, 2, (renamed.get(name, name) for name in item.outputs)),
            text(3, item.name),
            text(4, item.op_type),
            each(block, 5, attributes),
            _origin(item, version),
        )
    )


def _body(item: Body, version: int) -> bytes:
    """Encode a GraphProto as the attribute of this name, which comes first of all."""
    nodes = (node(step, item.renamed, version) for step in item.nodes)
    graph = each(block, 1, nodes) + text(2, item.name)
    for weight in item.initializers:
        graph += block(5, tensor(weight, None) + weight.little().tobytes())
    for field, values in ((11, item.inputs), (12, item.outputs)):
        graph += each(block, field, map(value_info, values))
    return text(1, "body") + block(6, graph) + integer(20, GRAPH)


def _origin(item: Node, version: int) -> bytes:
    domain = text(7, item.domain) if item.domain else b""
    if item.layer is None:
        return domain
    name, kind = printable(item.layer.name), type(item.layer).__name__
    formula = printable(getattr(item.layer, "text", ""))
    if version < METADATA_SINCE:
        return text(6, f"{name} ({kind}{': ' if formula else ''}{formula})") + domain
    facts = {"keras_layer": name, "keras_class": kind}
    return domain + pairs(9, {**facts, "expression": formula} if formula else facts)


def tensor(item: Initializer, place: Mapping[str, str] | None) -> bytes:
    """Encode a TensorProto up to its numbers, or with the place where they lie."""
    start = each(integer, 1, item.shape) + integer(2, ELEMENTS[item.dtype]) + text(8, item.name)
    if place is None:
        return start + head(9, item.nbytes)
    return start + pairs(13, place) + integer(14, EXTERNAL)


def value_info(item: Named) -> bytes:
    """Encode a ValueInfoProto."""
    shape = each(block, 1, (_dimension(size) for size in item.dims))
    kind = integer(1, ELEMENTS[item.dtype]) + block(2, shape)
    return text(1, item.name) + block(2, block(1, kind))


def _dimension(size: int | str | None) -> bytes:
    if size is None:
        return b""
    return text(2, size) if isinstance(size, str) else integer(1, size)


def opset_import(domain: str, version: int) -> bytes:
    """Encode an OperatorSetIdProto."""
    return text(1, domain) + integer(2, version)
