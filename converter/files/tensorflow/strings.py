"""Tensors of strings as a checkpoint holds them: the lengths, their checksum, then the bytes.

Source: ReadStringTensor in tensorflow/core/util/tensor_bundle/tensor_bundle.cc
"""

import struct
from typing import Final

from keronyx.converter.errors import FileFormatError, shorten
from keronyx.converter.files.tensorflow.crc32c import crc32c, unmasked
from keronyx.converter.wire import read_varint

CHECKSUM: Final = 4
LONG: Final = 1 << 32
"""Lengths from here on take eight bytes in a checksum."""


def read_strings(data: bytes, count: int, checksum: int, key: str) -> list[bytes]:
    """Return ``count`` strings; raises FileFormatError where they or a checksum do not fit."""
    what = f"the strings of '{shorten(key)}'"
    if count > len(data):
        raise FileFormatError(f"{what} are cut off")
    lengths, at = [], 0
    for _ in range(count):
        length, at = read_varint(data, at)
        lengths.append(length)
    start = at + CHECKSUM
    if start + sum(lengths) != len(data):
        raise FileFormatError(f"{what} do not have the lengths that are told")
    spelled = b"".join(struct.pack("<I" if n < LONG else "<Q", n) for n in lengths)
    (stored,) = struct.unpack_from("<I", data, at)
    if crc32c(spelled) != unmasked(stored) or _whole(spelled, data[at:]) != checksum:
        raise FileFormatError(f"{what} have another checksum")
    return _cut(data, start, lengths)


def _whole(spelled: bytes, rest: bytes) -> int:
    """Return the checksum of the lengths as numbers, of their checksum, and of the bytes."""
    return crc32c(rest, crc32c(spelled))


def _cut(data: bytes, at: int, lengths: list[int]) -> list[bytes]:
    found = []
    for length in lengths:
        found.append(data[at : at + length])
        at += length
    return found
