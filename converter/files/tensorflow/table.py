"""The sorted table that a checkpoint's index is: keys and values in blocks with checksums.

Source: LevelDB's doc/table_format.md, as TensorFlow's tsl/lib/io/table has it.
"""

import struct
from collections.abc import Iterator
from typing import Final

from keronyx.converter.errors import FileFormatError
from keronyx.converter.files.tensorflow.crc32c import crc32c, unmasked
from keronyx.converter.files.tensorflow.snappy import inflated
from keronyx.converter.limits import current, limited
from keronyx.converter.wire import read_varint

MAGIC: Final = bytes.fromhex("57fb808b247547db")
"""Last bytes of a table."""

FOOTER: Final = 48
TRAILER: Final = 5
"""Bytes behind a block: how it is compressed, and its checksum."""

PLAIN, SNAPPY = 0, 1
DAMAGED: Final = "the index of the checkpoint is damaged"
CUT: Final = "the index of the checkpoint is cut off"


def entries(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the keys and values of a table, whose keys are in order and stand once.

    Raises FileFormatError where it is damaged, or has too many entries.
    """
    if len(data) < FOOTER or data[-8:] != MAGIC:
        raise FileFormatError(CUT)
    last: bytes | None = None
    for number, (key, value) in enumerate(_entries(data)):
        if last is not None and key <= last:
            raise FileFormatError(f"{DAMAGED}: its keys are not in order")
        if number >= current().checkpoint_entries:
            raise FileFormatError("too many entries", hint=limited("checkpoint_entries"))
        last = key
        yield key, value


def _entries(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Go through the blocks that the index block at the end lists."""
    footer = data[-FOOTER:]
    *_, at = _handle(footer, 0)
    offset, size, _ = _handle(footer, at)
    end = 0
    for _, handle in _in_block(_block(data, offset, size)):
        offset, size, _ = _handle(handle, 0)
        if offset < end:
            raise FileFormatError(f"{DAMAGED}: its blocks overlap")
        end = offset + size
        yield from _in_block(_block(data, offset, size))


def _handle(data: bytes, at: int) -> tuple[int, int, int]:
    """Return the offset and the size of a block, and the place behind them."""
    offset, at = read_varint(data, at)
    size, at = read_varint(data, at)
    return offset, size, at


def _block(data: bytes, offset: int, size: int) -> bytes:
    """Return the contents of a block, of which the checksum is right."""
    end = offset + size
    if end + TRAILER > len(data) - FOOTER:
        raise FileFormatError(CUT)
    (stored,) = struct.unpack_from("<I", data, end + 1)
    if crc32c(data[offset : end + 1]) != unmasked(stored):
        raise FileFormatError(f"{DAMAGED}: a block has another checksum")
    return _plain(data[offset:end], data[end])


def _plain(block: bytes, kind: int) -> bytes:
    if kind == SNAPPY:
        return inflated(block, current().message_bytes)
    if kind != PLAIN:
        raise FileFormatError(f"the index is compressed with method {kind}; Snappy is read")
    return block


def _in_block(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield what a block holds: each key says how much it has in common with the one before."""
    (restarts,) = struct.unpack("<I", block[-4:]) if len(block) >= 4 else (0,)
    end = len(block) - 4 - 4 * restarts
    if end < 0:
        raise FileFormatError(DAMAGED)
    at = 0
    key = b""
    while at < end:
        shared, at = read_varint(block, at)
        own, at = read_varint(block, at)
        size, at = read_varint(block, at)
        if shared > len(key) or own + size > end - at:
            raise FileFormatError(DAMAGED)
        key = key[:shared] + block[at : at + own]
        at += own
        yield key, block[at : at + size]
        at += size
