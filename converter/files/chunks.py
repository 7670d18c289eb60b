"""Chunked HDF5 datasets, read chunk by chunk so that nothing is allocated on a file's word."""

import itertools
import math
from collections.abc import Iterable, Sequence
from operator import add, attrgetter
from typing import Any, Final

import numpy as np

from keronyx.converter.errors import FileFormatError, WeightError, shorten
from keronyx.converter.files import filters
from keronyx.converter.limits import current, limited
from keronyx.converter.tensors import Array

Filters = list[tuple[int, tuple[int, ...]]]

DEFLATE_RATIO: Final = 1100
"""Most bytes of data for every byte of the file: a little more than deflate can ever reach."""


def pipeline(dataset: Any, name: str) -> Filters:
    """Return the filters of a dataset, of which all must be known."""
    plist = dataset.id.get_create_plist()
    found = [*map(plist.get_filter, range(plist.get_nfilters()))]
    for number, _flags, _parameters, title in found:
        _check_filter(number, title, name)
    return [(number, parameters) for number, _flags, parameters, _title in found]


def _check_filter(number: int, title: bytes, name: str) -> None:
    if number not in filters.FILTERS:
        label = title.decode("ascii", "replace") or "unnamed"
        raise WeightError(
            f"variable {name!r} is stored with HDF5 filter {number} ({label})",
            hint="write it again with gzip or without compression",
        )


def check_declared(dataset: Any, itemsize: int, name: str, stored: int) -> None:
    """Refuse a dataset whose chunks come to more than a file of ``stored`` bytes can hold."""
    chunk = math.prod(dataset.chunks) * itemsize
    count = math.prod(_grid(dataset))
    ratio = DEFLATE_RATIO if dataset.id.get_create_plist().get_nfilters() else 1
    label = f"variable {shorten(repr(name))}"
    what = f"{label} declares {count} chunks of {chunk} bytes in a file of {stored}"
    if count * chunk > ratio * stored:
        raise WeightError(what)
    if count > current().hdf5_chunks:
        raise WeightError(what, hint=limited("hdf5_chunks"))
    if chunk > max(current().chunk_bytes, 2 * math.prod(dataset.shape) * itemsize):
        raise WeightError(what, hint=limited("chunk_bytes"))


def _grid(dataset: Any) -> list[int]:
    return [-(-axis // side) for axis, side in zip(dataset.shape, dataset.chunks, strict=True)]


def read_chunks(dataset: Any, dtype: "np.dtype[Any]", name: str, stored: int) -> Array:
    """Return the numbers of a dataset in the file's byte order; every chunk must be there once."""
    chunks: Sequence[int] = dataset.chunks
    steps = pipeline(dataset, name)
    size = math.prod(chunks) * dtype.itemsize
    out = np.empty(dataset.shape, dtype)
    for info in _chunks(dataset, name, stored):
        mask, raw = dataset.id.read_direct_chunk(info.chunk_offset)
        if len(raw) != info.size:  # libhdf5 fills up a chunk that is short, with what was in memory
            raise FileFormatError(f"a chunk of variable {name!r} has {info.size} bytes")
        block = np.frombuffer(filters.undo(raw, steps, mask, size), dtype).reshape(chunks)
        place = out[tuple(map(slice, info.chunk_offset, map(add, info.chunk_offset, chunks)))]
        place[...] = block[tuple(map(slice, place.shape))]
    return out


def _chunks(dataset: Any, name: str, stored: int) -> list[Any]:
    found: list[Any] = []
    dataset.id.chunk_iter(found.append)
    starts = map(range, itertools.repeat(0), dataset.shape, dataset.chunks)
    if sorted(info.chunk_offset for info in found) != list(itertools.product(*starts)):
        raise FileFormatError(f"chunks of variable {name!r} are missing or out of place")
    _check_apart(found, name, stored)
    return found


def _check_apart(found: Iterable[Any], name: str, stored: int) -> None:
    """Refuse chunks that share bytes, or end behind the file."""
    end = 0
    for info in sorted(found, key=attrgetter("byte_offset")):
        if info.byte_offset < end or info.size > stored:
            raise FileFormatError(f"chunks of variable {name!r} share bytes or leave the file")
        end = info.byte_offset + info.size
