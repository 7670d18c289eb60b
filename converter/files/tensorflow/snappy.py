"""Snappy's raw format, which the blocks of an index may be compressed with.

Source: https://github.com/google/snappy/blob/main/format_description.txt
"""

from keronyx.converter.errors import FileFormatError
from keronyx.converter.wire import read_varint

DAMAGED = "a block compressed with Snappy is damaged"


def inflated(data: bytes, most: int) -> bytes:
    """Return what was compressed, at most ``most`` bytes.

    Raises FileFormatError where it is damaged, or says that it is longer.
    """
    size, at = read_varint(data, 0)
    if size > most:
        raise FileFormatError(f"a block compressed with Snappy declares {size} bytes")
    out = bytearray()
    while at < len(data) and len(out) <= size:
        at = _literal(data, at, out) if data[at] & 3 == 0 else _copy(data, at, out)
    if len(out) != size:
        raise FileFormatError(DAMAGED)
    return bytes(out)


def _literal(data: bytes, at: int, out: bytearray) -> int:
    """Append bytes that stand as they are, and return the place behind them."""
    length = data[at] >> 2
    start = at + 1
    if length >= 60:
        start += length - 59
        length = int.from_bytes(data[at + 1 : start], "little")
    end = start + length + 1
    if end > len(data):
        raise FileFormatError(DAMAGED)
    out += data[start:end]
    return end


def _copy(data: bytes, at: int, out: bytearray) -> int:
    """Append bytes that were there before, and return the place behind the element."""
    tag = data[at]
    width = (1, 2, 4)[(tag & 3) - 1]
    offset = int.from_bytes(data[at + 1 : at + 1 + width], "little")
    length = (tag >> 2) + 1
    if width == 1:
        offset |= tag >> 5 << 8
        length = (tag >> 2 & 7) + 4
    if not 0 < offset <= len(out):
        raise FileFormatError(DAMAGED)
    for _ in range(length):
        out.append(out[-offset])
    return at + 1 + width
