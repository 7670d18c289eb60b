"""Write a graph: as bytes, or to a file with its weights inside or beside it."""

import io
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import IO, Final

import numpy as np

from keronyx.converter.errors import UsageError, WeightError
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Initializer
from keronyx.converter.graph.proto import Place, Places, model_proto, size_of
from keronyx.converter.graph.recognise import weights_of
from keronyx.converter.output import atomic_writes
from keronyx.converter.overwriting import refuse_place
from keronyx.converter.reading import Keeper
from keronyx.converter.tensors import Array

INSIDE: Final = 1 << 31
"""protobuf reads no message of this size or more."""

SMALL: Final = 1 << 10
"""Below this many bytes, numbers stay in the model: runtimes want to see shapes and axes there."""

PAGE: Final = 1 << 12
ALLOCATION: Final = 1 << 16
"""What mmap wants offsets to be multiples of: a page, and on Windows the allocation granularity."""


def to_bytes(graph: Graph, metadata: Mapping[str, str]) -> bytes:
    """Return a ModelProto with the weights inside."""
    pieces = model_proto(graph, metadata, {})
    if size_of(pieces) >= INSIDE:
        raise UsageError(
            "more than 2 GB of weights", hint="save the model with its weights in a file beside it"
        )
    buffer = io.BytesIO()
    _write(buffer, pieces)
    return buffer.getvalue()


def to_file(  # noqa: PLR0913 - all but three by name only
    graph: Graph,
    metadata: Mapping[str, str],
    path: Path,
    *,
    external_data: bool | None = None,
    force: bool = False,
    verify: Callable[[Path], None] | None = None,
) -> None:
    """Write a ModelProto to a file that appears at once."""
    pieces = model_proto(graph, metadata, {})
    places: Places = {}
    if external_data or (external_data is None and size_of(pieces) >= INSIDE):
        places = _places(graph.initializers, beside(path).name)
        pieces = model_proto(graph, metadata, places)
        refuse_place(beside(path), weights_of(path, beside(path)), force=force)
    targets = [path, beside(path)] if places else [path]
    with atomic_writes(*targets) as (file, *data), Keeper() as keeper:
        with nullcontext() if verify is None else keeper.while_writing():
            _write(file, pieces)
            for target in data:
                _write_apart(target, graph.initializers, places)
        if verify is not None:
            for each in (file, *data):
                each.flush()
            verify(Path(file.name))


def beside(path: Path) -> Path:
    """Return where the weights of a model go that do not go into it."""
    return Path(f"{path}.data")


def _places(weights: Iterable[Initializer], location: str) -> dict[str, Place]:
    """Lay out the data file."""
    places = {}
    end = 0
    for weight in weights:
        if weight.nbytes >= SMALL:
            unit = ALLOCATION if weight.nbytes >= ALLOCATION else PAGE
            start = -(-end // unit) * unit
            places[weight.name] = Place(location, start, weight.nbytes)
            end = start + weight.nbytes
    return places


def _write_apart(
    file: IO[bytes], weights: Iterable[Initializer], places: Mapping[str, Place]
) -> None:
    for weight in weights:
        if weight.name in places:
            file.seek(places[weight.name].offset)
            _write_numbers(file, weight)


def _write(file: IO[bytes], pieces: Iterable[bytes | Initializer]) -> None:
    for piece in pieces:
        if isinstance(piece, bytes):
            file.write(piece)
        else:
            _write_numbers(file, piece)


def _write_numbers(file: IO[bytes], weight: Initializer) -> None:
    if weight.variable is not None and sys.byteorder == "little":
        for piece in weight.variable.chunks():
            file.write(piece.view(np.uint8).data)
    elif weight.nbytes:
        file.write(_little(weight).view(np.uint8).data)


def _little(weight: Initializer) -> Array:
    """Load the numbers, in little-endian order as ONNX has them."""
    array = weight.load()
    if array.shape != weight.shape:
        raise WeightError(f"{weight.name} has shape {array.shape}, expected {weight.shape}")
    dtype = np.dtype(weight.dtype).newbyteorder("<")
    with np.errstate(over="ignore", invalid="ignore"):
        return np.ascontiguousarray(array, dtype).reshape(-1)
