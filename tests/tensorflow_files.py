"""TensorFlow's files, written byte by byte: a table, a checkpoint, an object graph."""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from keronyx.converter.files.tensorflow.crc32c import MASK, by_numpy
from keronyx.converter.wire import block, each, integer, text, varint

MAGIC: Final = bytes.fromhex("57fb808b247547db")
GRAPH: Final = "_CHECKPOINTABLE_OBJECT_GRAPH"
CODES: Final = {"float32": 1, "float64": 2, "int32": 3, "int64": 9, "bool": 10, "complex64": 8}
STRINGS: Final = 7


def masked(data: bytes) -> bytes:
    """Return the checksum of bytes as a file has it."""
    found = by_numpy(data)
    return struct.pack("<I", ((found >> 15 | found << 17) + MASK) & 0xFFFFFFFF)


def table(entries: Mapping[bytes, bytes], kind: int = 0) -> bytes:
    """Return a table of one block, in the order in which the entries come."""
    first, handle = _block(_packed(entries), 0, kind)
    index, of_index = _block(_packed({b"\xff": handle}), len(first))
    footer = (varint(0) + varint(0) + of_index).ljust(40, b"\0") + MAGIC
    return first + index + footer


def _packed(entries: Mapping[bytes, bytes]) -> bytes:
    data = b""
    for key, value in entries.items():
        data += varint(0) + varint(len(key)) + varint(len(value)) + key + value
    return data + struct.pack("<II", 0, 1)


def _block(contents: bytes, offset: int, kind: int = 0) -> tuple[bytes, bytes]:
    """Return a block with its trailer, and its handle."""
    whole = contents + bytes([kind])
    return whole + masked(whole), varint(offset) + varint(len(contents))


def entry(code: int, shape: Sequence[int], offset: int, data: bytes, *more: bytes) -> bytes:
    """Return a BundleEntryProto."""
    axes = b"".join(block(2, integer(1, size) if size else b"") for size in shape)
    place = integer(4, offset) + integer(5, len(data))
    return integer(1, code) + block(2, axes) + place + b"\x35" + masked(data) + b"".join(more)


def strings(*values: bytes) -> tuple[bytes, bytes]:
    """Return a tensor of strings as it lies in a file, and as its checksum counts it."""
    lengths = b"".join(struct.pack("<I", len(value)) for value in values)
    rest = masked(lengths) + b"".join(values)
    return b"".join(varint(len(value)) for value in values) + rest, lengths + rest


def checkpoint(
    prefix: Path, tensors: Mapping[str, NDArray[Any]], graph: bytes | None = None
) -> Path:
    """Write a checkpoint of one data file."""
    data, index = b"", {b"": integer(1, 1)}
    if graph is not None:
        lying, counted = strings(graph)
        index[GRAPH.encode()] = _strings_entry(lying, counted)
        data = lying
    for name, array in sorted(tensors.items()):
        own = array.tobytes()
        index[name.encode()] = entry(CODES[array.dtype.name], array.shape, len(data), own)
        data += own
    prefix.parent.mkdir(parents=True, exist_ok=True)
    prefix.with_name(f"{prefix.name}.data-00000-of-00001").write_bytes(data)
    prefix.with_name(f"{prefix.name}.index").write_bytes(table(index))
    return prefix


def _strings_entry(lying: bytes, counted: bytes) -> bytes:
    place = integer(5, len(lying))
    return integer(1, STRINGS) + block(2, b"") + place + b"\x35" + masked(counted)


def objects(*nodes: tuple[Mapping[str, int], str]) -> bytes:
    """Return an object graph: of each object its edges, and the key of its value."""
    return b"".join(block(1, _node(edges, key)) for edges, key in nodes)


def _node(edges: Mapping[str, int], key: str) -> bytes:
    children = each(block, 1, (integer(1, at) + text(2, name) for name, at in edges.items()))
    value = text(1, "VARIABLE_VALUE") + text(2, key) + text(3, key)
    return children + (block(2, value) if key else b"")


def dense(prefix: Path, kernel: NDArray[Any], bias: NDArray[Any]) -> Path:
    """Write the checkpoint of a Sequential with one Dense."""
    graph = objects(({"layer-0": 1}, ""), ({"kernel": 2, "bias": 3}, ""), ({}, "k"), ({}, "b"))
    return checkpoint(prefix, {"k": kernel, "b": bias}, graph)


SMALL: Final = (np.arange(6, dtype=np.float32).reshape(2, 3), np.ones(3, np.float32))


def node(name: str, kind: str, *inputs: str, **attributes: bytes) -> bytes:
    """Return a NodeDef."""
    told = (text(1, key) + block(2, value) for key, value in attributes.items())
    given = b"".join(text(3, each) for each in inputs)
    return text(1, name) + text(2, kind) + given + b"".join(block(5, each) for each in told)


def constant(name: str, values: Any) -> bytes:
    array = np.asarray(values)
    axes = b"".join(block(2, integer(1, size)) for size in array.shape)
    tensor = integer(1, CODES[array.dtype.name]) + block(2, axes) + block(4, array.tobytes())
    return node(name, "Const", dtype=integer(6, 1), value=block(8, tensor))


def served(folder: Path, *nodes: bytes, result: str, shape: tuple[int, ...] = (-1, 2)) -> Path:
    """Write a SavedModel that serves one function of one input x."""
    checkpoint(folder / "variables" / "variables", {}, objects(({}, "")))
    argument = text(1, "x") + integer(3, 1)
    signature = text(1, "f") + block(2, argument) + block(3, text(1, "y") + integer(3, 1))
    body = block(1, signature) + b"".join(block(3, each) for each in nodes)
    body += block(4, text(1, "y") + text(2, result))
    axes = b"".join(block(2, integer(1, size)) for size in shape)
    x = text(1, "x") + block(2, text(1, "x:0") + integer(2, 1) + block(3, axes))
    y = text(1, "y") + block(2, text(1, "call:0") + integer(2, 1))
    served = text(1, "serving_default") + block(2, block(1, x) + block(2, y))
    edges = [("signatures", 1)], [("serving_default", 2)]
    user = [
        b"".join(block(1, integer(1, at) + text(2, name)) for name, at in each)
        + block(4, text(1, "_generic_user_object"))
        for each in edges
    ]
    bare = block(8, text(1, "f") + text(2, "x"))
    tracked = b"".join(block(1, each) for each in (*user, bare)) + block(2, text(1, "f"))
    meta = block(1, text(4, "serve")) + block(2, block(2, block(1, body)))
    meta += block(5, served) + block(7, tracked)
    (folder / "saved_model.pb").write_bytes(integer(1, 1) + block(2, meta))
    return folder
