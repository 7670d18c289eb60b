"""Weights that an ONNX model keeps in other files: ONNX's rules for them, before one is opened.

A location is a plain relative name beside the model, it is followed through no link that leaves
the folder, and the numbers lie within the file. What has a second name elsewhere (a hard link) is
refused too: it may be a file that the model's author could not read, and its reader can.
"""

import mmap
import os
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from keronyx.converter.errors import FileFormatError, shorten
from keronyx.converter.files.members import inside
from keronyx.converter.files.span import Span, file_status

if TYPE_CHECKING:
    import onnx

LOCATION: Final = b"location"
"""The key that every reference to another file has."""

KEYS: Final = frozenset({"location", "offset", "length", "checksum"})
ORT: Final = b"ORTM"
"""What onnxruntime's own format has from its fifth byte on."""


def check_external(source: Any) -> None:
    """Refuse a model, in a file, as bytes or as a ModelProto, that reads what it should not.

    Raises FileFormatError.
    """
    if isinstance(source, str):
        _check_file(source)
    elif next(_external(_parsed(source)), None) is not None:
        raise FileFormatError(
            "a model in memory with weights in another file", hint="give the file's path"
        )


def _check_file(path: str) -> None:
    if Span.of_file(path).head(8)[4:] == ORT:
        raise FileFormatError("a model in onnxruntime's own format", hint="give the .onnx file")
    folder = os.path.dirname(path) or "."  # noqa: PTH120
    for tensor in _external(_parsed(path)):
        _check(tensor, folder)


def _parsed(source: Any) -> "onnx.ModelProto | None":
    """Return the model, or None where it cannot have weights elsewhere."""
    if isinstance(source, str):
        return _loaded(source) if _mentions(source) else None
    if isinstance(source, bytes):
        return _loaded(source) if LOCATION in source else None
    proto: onnx.ModelProto = source
    return proto


def _loaded(source: str | bytes) -> "onnx.ModelProto":
    from onnx import load, load_from_string  # noqa: PLC0415

    if isinstance(source, bytes):
        return load_from_string(source)
    return load(source, load_external_data=False)


def _mentions(path: str) -> bool:
    if file_status(path).st_size == 0:
        return False
    with (
        Path(path).open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view,
    ):
        return view.find(LOCATION) >= 0


def _external(model: "onnx.ModelProto | None") -> Iterator["onnx.TensorProto"]:
    """Return every tensor whose numbers are elsewhere, in subgraphs and functions too."""
    for graph in [] if model is None else _graphs(model):
        yield from filter(_is_elsewhere, _own(graph))
        for attribute in _attributes(graph):
            yield from filter(_is_elsewhere, _of_attribute(attribute))


def _graphs(model: "onnx.ModelProto") -> Iterator[Any]:
    """Yield what in a model has nodes, and what those hold, for training too."""
    waiting: list[Any] = [model.graph, *model.functions]
    for info in model.training_info:
        waiting += [info.initialization, info.algorithm]
    while waiting:
        graph = waiting.pop()
        yield graph
        for attribute in _attributes(graph):
            waiting += [attribute.g, *attribute.graphs]


def _attributes(graph: Any) -> Iterator[Any]:
    return chain.from_iterable(node.attribute for node in graph.node)


def _is_elsewhere(tensor: Any) -> bool:
    return bool(tensor.data_location == tensor.EXTERNAL or tensor.external_data)


def _own(graph: Any) -> Iterator[Any]:
    yield from getattr(graph, "initializer", ())
    for sparse in getattr(graph, "sparse_initializer", ()):
        yield from (sparse.values, sparse.indices)


def _of_attribute(attribute: Any) -> Iterator[Any]:
    yield attribute.t
    yield from attribute.tensors
    for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
        yield from (sparse.values, sparse.indices)


def _check(tensor: Any, folder: str) -> None:
    entries = {entry.key: entry.value for entry in tensor.external_data}
    name = f"weights '{shorten(tensor.name)}'"
    if len(entries) != len(tensor.external_data) or not entries.keys() <= KEYS:
        raise FileFormatError(f"{name} say where they are in a way that keronyx does not know")
    status = file_status(inside(folder, entries.get("location", "")))
    if status.st_nlink > 1:
        raise FileFormatError(
            f"{name} are in '{shorten(entries['location'])}', which has a second name elsewhere",
            hint="put a copy of the file in its place",
        )
    if not _lies_within(entries, status.st_size):
        raise FileFormatError(f"{name} leave the file '{shorten(entries['location'])}'")


def _lies_within(entries: Mapping[str, str], size: int) -> bool:
    """Tell whether offset and length are numbers, and no further than the end of the file."""
    offset, length = (_number(entries.get(key, "0")) for key in ("offset", "length"))
    return offset is not None and length is not None and offset + length <= size


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
