"""Write a graph: as bytes, or to a file with its weights inside or beside it."""

import io
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from itertools import accumulate
from operator import itemgetter
from pathlib import Path
from typing import IO, Final

import numpy as np

from keronyx.converter.errors import UsageError
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Initializer
from keronyx.converter.graph.proto import Place, Places, model_proto, size_of
from keronyx.converter.graph.recognise import weights_of
from keronyx.converter.output import atomic_writes
from keronyx.converter.overwriting import refuse_place
from keronyx.converter.reading import Keeper
from keronyx.converter.reading import Place as SourcePlace
from keronyx.converter.single_pass import filled, going

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
    if _goes_apart(pieces, external_data):
        places = _places(graph.initializers, beside(path).name)
        pieces = model_proto(graph, metadata, places)
        refuse_place(beside(path), weights_of(path, beside(path)), force=force)
    targets = [path, beside(path)] if places else [path]
    with atomic_writes(*targets) as (file, *data), Keeper() as keeper:
        with nullcontext() if verify is None else keeper.while_writing():
            for target in data:
                _write_apart(target, graph.initializers, places)
            _write(file, pieces)
        if verify is not None:
            _flush(file, *data)
            verify(Path(file.name))


def _goes_apart(pieces: Sequence[bytes | Initializer], asked: bool | None) -> bool:  # noqa: FBT001
    """Tell whether weights go into a file beside the model: by their size where nobody says."""
    return size_of(pieces) >= INSIDE if asked is None else asked


def _flush(*files: IO[bytes]) -> None:
    for file in files:
        file.flush()


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
    apart = [(places[each.name].offset, each) for each in weights if each.name in places]
    _write_weights(file, apart)


def _write_weights(file: IO[bytes], placed: Iterable[tuple[int, Initializer]]) -> None:
    with going():
        for start, weight in _as_they_lie(placed):
            file.seek(start)
            _write_numbers(file, weight)


def _write(file: IO[bytes], pieces: Sequence[bytes | Initializer]) -> None:
    """Write a ModelProto: first the weights, since its end may tell the hash of their file."""
    starts = accumulate((size_of([piece]) for piece in pieces), initial=0)
    placed = list(zip(starts, pieces, strict=False))
    _write_weights(
        file, [(start, piece) for start, piece in placed if not isinstance(piece, bytes)]
    )
    for start, piece in placed:
        if isinstance(piece, bytes):
            file.seek(start)
            file.write(filled(piece))


def _as_they_lie(placed: Iterable[tuple[int, Initializer]]) -> list[tuple[int, Initializer]]:
    """Sort weights by where their numbers lie in the file that they come from.

    What is computed of several variables stays behind whatever came before it.
    """
    place: SourcePlace = ("", 0)
    found = []
    for start, weight in placed:
        place = (weight.variable and weight.variable.extent) or place
        found.append((place, start, weight))
    return [(start, weight) for _, start, weight in sorted(found, key=itemgetter(0))]


def _write_numbers(file: IO[bytes], weight: Initializer) -> None:
    if weight.variable is not None and sys.byteorder == "little":
        for piece in weight.variable.chunks():
            file.write(piece.view(np.uint8).data)
    elif weight.nbytes:
        file.write(weight.little().view(np.uint8).data)
