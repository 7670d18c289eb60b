"""HDF5 opened safely: hard links only, plain numbers only, nothing beyond the file itself.

h5py is called here, in ``chunks`` and in ``reach``, and nowhere else. A file is open only for the
time of one call: an ``h5py.File`` over a Python file that is not closed crashes at the
interpreter's exit.
"""

import itertools
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import IO, Any, Final

import h5py
import numpy as np

from keronyx.converter.errors import FileFormatError, KeronyxError, WeightError, shorten
from keronyx.converter.files import chunks
from keronyx.converter.files.plugins import without_plugins
from keronyx.converter.files.span import Span
from keronyx.converter.files.variables import (
    BFLOAT16,
    dtype_name,
    numeric,
    plain_shape,
    variable,
    widened,
)
from keronyx.converter.tensors import Array, Variable
from keronyx.converter.watch import watch

COMPACT, CONTIGUOUS, CHUNKED = 0, 1, 2
"""Layouts of a dataset; the fourth is the virtual dataset, which is made of other files."""

RANKS: Final = ("one string", "a list of strings")

HEADERS: Final = 128
"""Bytes that every HDF5 file has: its superblock and its root group."""

TRUNCATED: Final = "a truncated HDF5 file: its end is missing; copy or download it again"

LINKS: Final = {h5py.h5l.TYPE_SOFT: "a soft link", h5py.h5l.TYPE_EXTERNAL: "a link to another file"}


@contextmanager
def opened(span: Span, expected: int = 0) -> Iterator[Any]:
    """Open an HDF5 file for the time of a ``with`` block; every fault is a ``KeronyxError``.

    ``expected`` is how many bytes come of it, where that may be more than the file has.
    """
    if span.size < HEADERS:
        raise FileFormatError(TRUNCATED, path=span.path)
    reading = watch().reading(span.path, max(span.size, expected))
    try:
        # Through a Python file: by its path, HDF5 would lock the file, and would refuse to open it
        # where the same process has it open in another way.
        with (
            reading,
            without_plugins(),
            span.open() as source,
            h5py.File(_Padded(source), "r") as file,
        ):
            yield file
    except KeronyxError as error:
        raise error.at(path=span.path) from error.__cause__
    except Exception as error:  # libhdf5 tells damage by a dozen types of exception
        raise FileFormatError(_damage(error), path=span.path) from error


class _Padded:
    """A file that goes on in zeros, where libhdf5 would take what lies in memory for its bytes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file: Any = file
        self.seek = file.seek
        self.tell = file.tell
        self.read = file.read
        self.flush = file.flush

    def readinto(self, buffer: Any) -> int:
        """Fill the whole buffer."""
        view = memoryview(buffer).cast("B")
        count: int = self._file.readinto(view)
        view[count:] = bytes(len(view) - count)
        return len(view)


def _damage(error: Exception) -> str:
    text = " ".join(str(error).split())
    if "truncated file" in text:
        return TRUNCATED
    return f"a damaged HDF5 file ({shorten(text, 120)})"


def member(group: Any, path: str) -> Any:
    """Return the group or dataset at a path below a group, or None where there is none."""
    for part in path.split("/"):
        if part in {"", ".", ".."} or "\0" in part:
            raise FileFormatError(f"{shorten(path)!r} is not a path inside the file")
        group = _step(group, part)
        if group is None:
            return None
    return group


def _step(group: Any, name: str) -> Any:
    if not isinstance(group, h5py.Group):
        raise FileFormatError(f"{shorten(group.name)!r} is not a group")
    links = group.id.links
    spelled = name.encode("utf-8", "surrogateescape")
    if not links.exists(spelled):
        return None
    kind = links.get_info(spelled).type
    if kind != h5py.h5l.TYPE_HARD:
        what = LINKS.get(kind, "an unknown kind of link")
        raise FileFormatError(f"{shorten(name)!r} is {what}, which keronyx does not follow")
    return group[name]


def is_group(item: Any) -> bool:
    """Tell a group from a dataset."""
    return isinstance(item, h5py.Group)


def address(group: Any) -> int:
    """Return what tells one object of a file from another."""
    return int(h5py.h5o.get_info(group.id).addr)


def text(item: Any, name: str) -> str | None:
    """Return a string attribute, or None where there is none."""
    found = _attribute(item, name, 0)
    return None if found is None else _decoded(found, name)


def number(item: Any, name: str) -> int | None:
    """Return an integer attribute, or None where there is none."""
    if name not in item.attrs:
        return None
    header = item.attrs.get_id(name)
    if header.shape not in {(), (1,)} or header.get_type().get_class() != h5py.h5t.INTEGER:
        raise FileFormatError(f"attribute {name!r} is not an integer")
    return int(np.asarray(item.attrs[name]).reshape(()))


def names(item: Any, name: str) -> list[str] | None:
    """Return an attribute that is a list of strings, or None where there is none.

    Keras cuts lists of more than 64512 bytes into ``name0``, ``name1`` and so on, and writes an
    empty list as numbers.
    """
    if name in item.attrs:
        return _listed(item, name)
    parts = _parts(item, name)
    return [entry for part in parts for entry in _listed(item, part)] if parts else None


def _parts(item: Any, name: str) -> list[str]:
    """Return the attributes that a list was cut into, none of which may be missing."""
    there = set(filter(re.compile(f"{name}[0-9]+").fullmatch, item.attrs))
    parts = [f"{name}{number}" for number in range(len(there))]
    for missing in itertools.filterfalse(there.__contains__, parts):
        raise FileFormatError(f"attribute '{missing}' is missing")
    return parts


def _listed(item: Any, name: str) -> list[str]:
    return [_decoded(entry, name) for entry in _attribute(item, name, 1)]


def _attribute(item: Any, name: str, rank: int) -> Any:
    if name not in item.attrs:
        return None
    header = item.attrs.get_id(name)
    if rank == 1 and header.shape == (0,):
        return ()
    _check_text(header, name, rank)
    return item.attrs[name]


def _check_text(header: Any, name: str, rank: int) -> None:
    if header.get_type().get_class() != h5py.h5t.STRING or np.ndim(header.shape) == 0:
        raise FileFormatError(f"attribute {name!r} is not text")
    if len(header.shape) != rank:
        raise FileFormatError(f"attribute {name!r} is not {RANKS[rank]}")


def _decoded(value: Any, name: str) -> str:
    try:
        # h5py hides bytes that are not UTF-8 behind surrogates.
        found = value.decode() if isinstance(value, bytes) else str(value)
        found.encode()
    except UnicodeError as error:
        raise FileFormatError(f"attribute {name!r} is not UTF-8") from error
    return found


@dataclass(kw_only=True)
class Storage:
    """One HDF5 file while its datasets are described.

    ``bfloat16`` says that the architecture speaks of bfloat16, so that two unmarked bytes are
    one. ``claimed`` counts the bytes that uncompressed datasets have taken for their own.
    """

    span: Span
    bfloat16: bool = False
    claimed: int = 0

    def variable(self, dataset: Any, name: str) -> Variable:
        """Describe a dataset; its numbers are read when they are asked for."""
        if not isinstance(dataset, h5py.Dataset):
            raise WeightError(f"variable '{shorten(name)}' is not a dataset")
        dtype = self._dtype(dataset, name)
        if dataset.id.get_space().get_simple_extent_type() == h5py.h5s.NULL:
            raise WeightError(f"variable '{shorten(name)}' has no value")
        shape = plain_shape(dataset.shape, name)
        layout = _layout(dataset, name)
        size = math.prod(shape) * dtype.itemsize
        if size == 0:
            return variable(self.span.part(0, 0), name, dtype, shape)
        if layout == CHUNKED:
            chunks.pipeline(dataset, name)
            chunks.check_declared(dataset, dtype.itemsize, name, self.span.size)
        else:
            self._claim(dataset, name, size)
        if layout == CONTIGUOUS:
            return variable(self.span.part(dataset.id.get_offset(), size), name, dtype, shape)
        reader = partial(_read, self.span, dataset.name.lstrip("/"), dtype, size)
        return Variable(name=name, shape=shape, dtype=dtype_name(dtype), load=reader)

    def _dtype(self, dataset: Any, name: str) -> "np.dtype[Any]":
        stored = dataset.id.get_type()
        if stored.get_class() == h5py.h5t.OPAQUE:
            return self._opaque(dataset, name, stored.get_size())
        try:
            dtype = numeric(stored.dtype, name)
        except (TypeError, ValueError) as error:
            raise WeightError(f"variable '{shorten(name)}' does not hold numbers") from error
        # Enumerations and odd widths look like a NumPy type too: the one libhdf5 would convert to.
        if dtype.metadata or not h5py.h5t.py_create(dtype, logical=True).equal(stored):
            raise WeightError(f"variable '{shorten(name)}' has a number format of its own")
        return dtype

    def _opaque(self, dataset: Any, name: str, size: int) -> "np.dtype[Any]":
        said = text(dataset, "dtype")
        usual = "bfloat16" if self.bfloat16 else None
        if size == BFLOAT16.itemsize and (usual if said is None else said) == "bfloat16":
            return BFLOAT16
        raise WeightError(
            f"variable '{shorten(name)}' holds {size} opaque bytes a number"
            f"{f', said to be {shorten(said)}' if said else ' and nothing says what they are'}"
        )

    def _claim(self, dataset: Any, name: str, size: int) -> None:
        stored = dataset.id.get_storage_size()
        if stored != size:
            raise WeightError(f"variable '{shorten(name)}' has {stored} bytes in place of {size}")
        self.claimed += size
        # Values in the object's header have no offset.
        end = (dataset.id.get_offset() or 0) + size
        if max(self.claimed, end) > self.span.size:
            raise WeightError(f"variable '{shorten(name)}' of {size} bytes exceeds the file")


def _layout(dataset: Any, name: str) -> int:
    """Return how numbers lie in the file, which is where they must be."""
    plist = dataset.id.get_create_plist()
    layout: int = plist.get_layout()
    if plist.get_external_count() or layout not in {COMPACT, CONTIGUOUS, CHUNKED}:
        raise WeightError(f"variable '{shorten(name)}' is stored in other files")
    return layout


def _read(span: Span, path: str, dtype: "np.dtype[Any]", size: int) -> Array:
    with opened(span, size) as file:
        dataset = member(file, path)
        if dataset.chunks:
            array = chunks.read_chunks(dataset, dtype, path, span.size)
        else:
            array = dataset[()]
        return widened(np.asarray(array).astype(dtype.newbyteorder("="), copy=False))
