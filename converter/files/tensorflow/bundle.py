"""A checkpoint: an index of tensors, and the data files in which their bytes lie.

The names of the data files are made of the checkpoint's own, so nothing that an index says leads to
another file.

Source: tensorflow/core/protobuf/tensor_bundle.proto and core/util/tensor_bundle
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Final

import numpy as np

from keronyx.converter.errors import FileFormatError, WeightError, shorten
from keronyx.converter.files.hashing import Checksum
from keronyx.converter.files.span import Span
from keronyx.converter.files.tensorflow.crc32c import crc32c, unmasked
from keronyx.converter.files.tensorflow.parts import Part, parts_of, slice_key
from keronyx.converter.files.tensorflow.sources import Sources
from keronyx.converter.files.tensorflow.strings import read_strings
from keronyx.converter.files.tensorflow.table import entries
from keronyx.converter.files.variables import BFLOAT16, dtype_name, plain_shape, variable
from keronyx.converter.files.variables import load as load_span
from keronyx.converter.limits import current, limited
from keronyx.converter.tensors import Array, Variable
from keronyx.converter.wire import Message

STRING: Final = 7
DTYPES: Final[dict[int, "np.dtype[Any]"]] = {
    1: np.dtype("<f4"),
    2: np.dtype("<f8"),
    3: np.dtype("<i4"),
    4: np.dtype("u1"),
    5: np.dtype("<i2"),
    6: np.dtype("i1"),
    9: np.dtype("<i8"),
    10: np.dtype("?"),
    14: BFLOAT16,
    17: np.dtype("<u2"),
    19: np.dtype("<f2"),
    22: np.dtype("<u4"),
    23: np.dtype("<u8"),
}
"""TensorFlow's DataType, and how numbers of it lie in a file."""

OTHERS: Final = {
    STRING: "strings",
    8: "complex64",
    18: "complex128",
    20: "resources",
    24: "float8_e5m2",
    25: "float8_e4m3fn",
    29: "int4",
    30: "uint4",
}
"""Types that no variable of a layer has."""

BIG: Final = 1
"""The header's endianness, where it is not little."""


@dataclass(frozen=True)
class Entry:
    """What the index says of one tensor, or of one piece of it."""

    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    checksum: int
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, data: bytes, name: str) -> "Entry":
        """Read a BundleEntryProto."""
        message = Message.of(data)
        axes = (each.integer(1) for each in message.message(2).messages(2))
        shape = plain_shape(axes, name)
        (stored,) = message.fields.get(6, [0])[-1:]
        return cls(
            dtype=message.integer(1),
            shape=shape,
            shard=message.integer(3),
            offset=message.integer(4),
            size=message.integer(5),
            checksum=unmasked(int(stored)),
            parts=parts_of(message.messages(7), shape, name),
        )


@dataclass(frozen=True)
class Bundle:
    """The tensors of one checkpoint; ``prefix`` is what the names of its files begin with."""

    sources: Sources
    prefix: str
    index: Mapping[bytes, bytes]
    shards: int
    swapped: bool
    expected: list[tuple[int, Entry, str]] = field(default_factory=list)

    @classmethod
    def of(cls, sources: Sources, prefix: str) -> "Bundle":
        """Read the index of a checkpoint."""
        index = dict(entries(sources.message(f"{prefix}.index")))
        header = Message.of(index.pop(b"", b""))
        shards = header.integer(1)
        if not 0 < shards <= current().checkpoint_shards:
            what = f"a checkpoint of {shards} data files"
            raise FileFormatError(what, hint=limited("checkpoint_shards"))
        return cls(sources, prefix, index, shards, header.integer(2) == BIG)

    def __contains__(self, key: str) -> bool:
        """Tell whether there is a tensor of this name."""
        return key.encode() in self.index

    def names(self) -> Iterator[str]:
        """Yield the names of all tensors; pieces have none of their own."""
        for key in self.index:
            if not key.startswith(b"\0"):
                yield key.decode("utf-8", "backslashreplace")

    def entry(self, key: str | bytes) -> Entry:
        """Return what the index says of a tensor, which must be there."""
        name = shorten(key if isinstance(key, str) else key.decode("latin-1"))
        data = self.index.get(key.encode() if isinstance(key, str) else key)
        if data is None:
            raise WeightError(f"variable '{name}' is not in the checkpoint")
        return Entry.of(data, name)

    def is_numeric(self, key: str) -> bool:
        """Tell whether a tensor may be a variable of a layer."""
        return self.entry(key).dtype in DTYPES

    def variable(self, key: str, name: str = "") -> Variable:
        """Describe a variable; its numbers are read when they are asked for."""
        entry, label = self.entry(key), name or key
        if entry.parts:
            return self._partitioned(key, label, entry)
        dtype = self._dtype(entry, label)
        return variable(self._span(entry, label), label, dtype, entry.shape)

    def _partitioned(self, key: str, label: str, entry: Entry) -> Variable:
        """Describe a variable whose pieces lie apart."""
        dtype = self._dtype(entry, label)
        pieces = []
        for part in entry.parts:
            own = self.entry(slice_key(key, part))
            if own.dtype != entry.dtype or own.shape != part.shape or own.parts:
                raise WeightError(f"a piece of variable '{shorten(label)}' is of another kind")
            pieces.append((part, self._span(own, label)))
        reader = partial(_joined, pieces, dtype, entry.shape)
        return Variable(name=label, shape=entry.shape, dtype=dtype_name(dtype), load=reader)

    def _dtype(self, entry: Entry, label: str) -> "np.dtype[Any]":
        dtype = DTYPES.get(entry.dtype)
        if dtype is None:
            other = OTHERS.get(entry.dtype, f"TensorFlow's type {entry.dtype}")
            raise WeightError(f"variable '{shorten(label)}' holds {other}, which no layer has")
        return dtype.newbyteorder(">") if self.swapped and dtype != BFLOAT16 else dtype

    def _span(self, entry: Entry, label: str) -> Span:
        """Return where the bytes of a tensor lie, which is inside its data file."""
        size = math.prod(entry.shape) * DTYPES[entry.dtype].itemsize
        if size != entry.size:
            raise WeightError(f"variable '{shorten(label)}' has {entry.size} bytes, not {size}")
        if self.swapped and DTYPES[entry.dtype] == BFLOAT16:
            raise WeightError(f"variable '{shorten(label)}' is bfloat16 in the other byte order")
        self.expected.append((entry.shard, entry, label))
        return self._place(entry, label)

    def _place(self, entry: Entry, label: str) -> Span:
        shard = self._shard(entry.shard)
        if not 0 <= entry.offset <= shard.size - entry.size or entry.size < 0:
            raise WeightError(f"variable '{shorten(label)}' leaves its data file")
        return shard.part(entry.offset, entry.size)

    def _shard(self, number: int) -> Span:
        if not 0 <= number < self.shards:
            raise FileFormatError(f"data file {number} of {self.shards}")
        return self._spans.setdefault(number, self._open(number))

    def _open(self, number: int) -> Span:
        known = self._spans.get(number)
        name = f"{self.prefix}.data-{number:05d}-of-{self.shards:05d}"
        return known or self.sources.members.span(name)

    @cached_property
    def _spans(self) -> dict[int, Span]:
        return {}

    def strings(self, key: str) -> list[bytes]:
        """Return the strings of a tensor, whose checksums are right."""
        entry = self.entry(key)
        if entry.dtype != STRING or entry.parts:
            raise WeightError(f"'{shorten(key)}' holds no strings")
        if entry.size > current().message_bytes:
            what = f"'{shorten(key)}' has {entry.size} bytes"
            raise FileFormatError(what, hint=limited("message_bytes"))
        data = self._place(entry, key).head(entry.size)
        return read_strings(data, math.prod(entry.shape), entry.checksum, key)

    def verify(self) -> None:
        """Have the checksum of every variable compared, now or when its bytes are read.

        Raises FileFormatError for variables that share bytes.
        """
        end = place = -1
        for shard, entry, label in sorted(self.expected, key=_where):
            if shard == place and entry.offset < end:
                raise FileFormatError(f"variable '{shorten(label)}' shares bytes with another one")
            if entry.size:
                place, end = shard, entry.offset + entry.size
                self._expect(entry, label)
        self.expected.clear()

    def _expect(self, entry: Entry, label: str) -> None:
        what = f"variable '{shorten(label)}'"
        part = self._place(entry, label)
        checksum = Checksum(
            part.offset, part.offset + part.size, entry.checksum, what, update=crc32c
        )
        self.sources.compare(part, checksum)


def _where(expected: tuple[int, Entry, str]) -> tuple[int, int]:
    shard, entry, _ = expected
    return shard, entry.offset


def _joined(
    pieces: list[tuple[Part, Span]], dtype: "np.dtype[Any]", shape: tuple[int, ...]
) -> Array:
    """Return the numbers of a variable of its pieces, each of which is read on its own."""
    arrays = [load_span(span, dtype, part.shape) for part, span in pieces]
    out = np.empty(shape, arrays[0].dtype)
    for (part, _), array in zip(pieces, arrays, strict=True):
        out[part.place] = array
    return out
