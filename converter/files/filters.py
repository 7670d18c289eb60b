"""The four HDF5 filters that Keras files meet, undone within bounds.

libhdf5 would inflate without a limit, and hand out uninitialised memory where a chunk comes out
short. Here every step is bounded by the size of the chunk, and that size must come out exactly.
"""

import zlib
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import numpy as np

from keronyx.converter.errors import FileFormatError

Filter: TypeAlias = Callable[[bytes, Sequence[int], int], bytes]


def undo(raw: bytes, pipeline: Sequence[tuple[int, Sequence[int]]], mask: int, size: int) -> bytes:
    """Return the ``size`` bytes of a chunk from what is stored.

    ``pipeline`` has (filter id, its parameters) in the order of writing; bit i of ``mask`` says
    that filter i was left out for this chunk.
    """
    for index in reversed(range(len(pipeline))):
        if not mask >> index & 1:
            number, parameters = pipeline[index]
            raw = FILTERS[number](raw, parameters, size + size // 64 + 1024)
    if len(raw) != size:
        raise FileFormatError(f"an HDF5 chunk has {len(raw)} bytes instead of {size}")
    return raw


def _inflate(raw: bytes, _parameters: Sequence[int], limit: int) -> bytes:
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(raw, limit)
    except zlib.error as error:
        raise FileFormatError("a compressed HDF5 chunk is damaged") from error
    if not stream.eof or stream.unused_data:
        raise FileFormatError("a compressed HDF5 chunk does not end where it should")
    return data


def _unshuffle(raw: bytes, parameters: Sequence[int], _limit: int) -> bytes:
    size = parameters[0] if parameters else 0
    if size < 1 or len(raw) % size:
        raise FileFormatError("a shuffled HDF5 chunk is not a whole number of elements")
    return np.frombuffer(raw, np.uint8).reshape(size, -1).T.tobytes()


def _verify(raw: bytes, _parameters: Sequence[int], _limit: int) -> bytes:
    data, stored = raw[:-4], raw[-4:]
    total, weighted = (int.from_bytes(stored[i : i + 2], "little") for i in (0, 2))
    words = np.frombuffer(data + b"\0" * (len(data) % 2), ">u2").astype(np.uint64)
    places = np.arange(len(words), 0, -1, dtype=np.uint64) % 65535
    # The stored sums are reduced modulo 65535, with 65535 in place of 0.
    if (int(words.sum()) - total) % 65535 or (int((places * words).sum()) - weighted) % 65535:
        raise FileFormatError("the checksum of an HDF5 chunk is wrong")
    return data


def _unpack_lzf(raw: bytes, _parameters: Sequence[int], limit: int) -> bytes:
    out = bytearray()
    at = 0
    while at < len(raw) and len(out) <= limit:
        control = raw[at]
        if control < 32:
            out += raw[at + 1 : at + 2 + control]
            at += 2 + control
        else:
            at = _copy_back(raw, at, out)
    if at != len(raw):
        raise FileFormatError("an HDF5 chunk compressed with lzf is damaged")
    return bytes(out)


def _copy_back(raw: bytes, at: int, out: bytearray) -> int:
    """Repeat bytes that are out already, and return where the next instruction starts."""
    control, length = raw[at], (raw[at] >> 5) + 2
    is_long = length == 9
    operands = raw[at + 1 : at + 2 + is_long]
    start = len(out) - ((control & 31) << 8) - (operands[-1] if operands else 0) - 1
    if start < 0 or len(operands) != 1 + is_long:
        raise FileFormatError("an HDF5 chunk compressed with lzf is damaged")
    length += operands[0] if is_long else 0
    out += _repeated(out[start : start + length], length)
    return at + 1 + len(operands)


def _repeated(piece: bytearray, length: int) -> bytearray:
    """Return so many bytes of a piece, over and over where it is shorter."""
    while len(piece) < length:
        piece += piece[: length - len(piece)]
    return piece


FILTERS: Final[dict[int, Filter]] = {1: _inflate, 2: _unshuffle, 3: _verify, 32000: _unpack_lzf}
"""By the number that the HDF Group registered: deflate, shuffle, fletcher32, lzf."""
