"""Protobuf's wire format, both ways: fields by their numbers, with no schema and no classes.

What is read is bounded: nothing is copied but numbers, a length that leaves its message is refused,
and the fields of a message are counted.

Source: https://protobuf.dev/programming-guides/encoding
"""

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from keronyx.converter.errors import FileFormatError
from keronyx.converter.limits import current, limited

Buffer: TypeAlias = "bytes | memoryview[int]"

VARINT, FIXED64, BLOCK, FIXED32 = 0, 1, 2, 5
"""How a field is written; the two kinds between are of groups, which nobody writes any more."""

WIDTHS: Final = {FIXED64: 8, FIXED32: 4}

DAMAGED: Final = "a protobuf message is damaged or cut off"


def varint(number: int) -> bytes:
    """Encode an integer; a negative one as 64-bit two's complement."""
    if 0 <= number <= 0x7F:
        return bytes((number,))
    rest = number & 0xFFFF_FFFF_FFFF_FFFF
    out = bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def head(field: int, size: int) -> bytes:
    """Encode what precedes ``size`` bytes of data."""
    return varint(field << 3 | BLOCK) + varint(size)


def block(field: int, data: bytes) -> bytes:
    """Encode bytes, or a message."""
    return head(field, len(data)) + data


def text(field: int, string: str) -> bytes:
    """Encode text."""
    return block(field, string.encode())


def integer(field: int, number: int) -> bytes:
    """Encode an integer."""
    return varint(field << 3) + varint(number)


def real(field: int, number: float) -> bytes:
    """Encode a float32."""
    return varint(field << 3 | FIXED32) + struct.pack("<f", number)


def each(encode: Callable[[int, Any], bytes], field: int, items: Iterable[Any]) -> bytes:
    """Encode a repeated field."""
    return b"".join(encode(field, item) for item in items)


def read_varint(data: Buffer, at: int) -> tuple[int, int]:
    """Return the unsigned integer at a place, and the place behind it.

    Raises FileFormatError where the data end before it does, or for more than 64 bits.
    """
    value = shift = 0
    for place in range(at, min(at + 10, len(data))):
        byte = data[place]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, place + 1
        shift += 7
    raise FileFormatError(DAMAGED)


def signed(number: int) -> int:
    """Return the integer that 64 bits mean as two's complement."""
    return number - (1 << 64) if number >> 63 else number


@dataclass(frozen=True)
class Message:
    """The fields of one message: of each number, what stands there, in order.

    An integer or a fixed width stands as an unsigned integer, everything else as bytes. What is
    absent is empty, zero, or nothing, as in protobuf.
    """

    fields: dict[int, list[Any]]

    @classmethod
    def of(cls, data: Buffer) -> "Message":
        """Split a message into its fields; raises FileFormatError where it is damaged."""
        found: dict[int, list[Any]] = {}
        for number, (field, value) in enumerate(_fields(memoryview(data))):
            if number >= current().message_fields:
                raise FileFormatError("too many fields", hint=limited("message_fields"))
            found.setdefault(field, []).append(value)
        return cls(found)

    def __contains__(self, field: int) -> bool:
        """Tell whether a field is there."""
        return field in self.fields

    def blocks(self, field: int) -> Iterator["memoryview[int]"]:
        """Yield what is bytes, text or a message."""
        for value in self.fields.get(field, ()):
            if isinstance(value, int):
                raise FileFormatError(DAMAGED)
            yield value

    def data(self, field: int) -> "memoryview[int]":
        """Return bytes; of several the last, as protobuf does."""
        found = [*self.blocks(field)]
        return found[-1] if found else memoryview(b"")

    def messages(self, field: int) -> Iterator["Message"]:
        """Yield messages."""
        return map(Message.of, self.blocks(field))

    def message(self, field: int) -> "Message":
        """Return a message."""
        return Message.of(self.data(field))

    def texts(self, field: int) -> list[str]:
        """Return texts."""
        return [*map(_decoded, self.blocks(field))]

    def text(self, field: int) -> str:
        """Return a text."""
        return _decoded(self.data(field))

    def integers(self, field: int) -> list[int]:
        """Return integers of two's complement, packed or not."""
        found: list[int] = []
        for value in self.fields.get(field, ()):
            found += [value] if isinstance(value, int) else _packed(value)
        return [*map(signed, found)]

    def integer(self, field: int) -> int:
        """Return an integer of two's complement, 0 where it is absent."""
        return (self.integers(field) or [0])[-1]

    def map(self, field: int) -> "dict[str, Message]":
        """Return the messages of a map by their keys, which are texts."""
        return {each.text(1): each.message(2) for each in self.messages(field)}


def _fields(data: "memoryview[int]") -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        key, at = read_varint(data, at)
        field, kind = key >> 3, key & 7
        if not field:
            raise FileFormatError(DAMAGED)
        if kind == VARINT:
            value, at = read_varint(data, at)
            yield field, value
            continue
        size, at = read_varint(data, at) if kind == BLOCK else (WIDTHS.get(kind, len(data) + 1), at)
        if size > len(data) - at:
            raise FileFormatError(DAMAGED)
        piece = data[at : at + size]
        yield field, piece if kind == BLOCK else int.from_bytes(piece, "little")
        at += size


def _packed(data: "memoryview[int]") -> list[int]:
    found = []
    at = 0
    while at < len(data):
        value, at = read_varint(data, at)
        found.append(value)
    return found


def _decoded(data: "memoryview[int]") -> str:
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError:
        raise FileFormatError(DAMAGED) from None
