"""Checksums, compression, messages and keys of TensorFlow's files."""

import numpy as np
import pytest

from keronyx.converter.errors import FileFormatError
from keronyx.converter.files.tensorflow.crc32c import by_numpy
from keronyx.converter.files.tensorflow.parts import Part, slice_key
from keronyx.converter.files.tensorflow.snappy import inflated
from keronyx.converter.wire import Message, block, integer, real, text, varint


def bitwise(data: bytes) -> int:
    register = 0xFFFFFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
    return register ^ 0xFFFFFFFF


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
    ],
)
def test_checksums_of_the_standard(data: bytes, expected: int) -> None:
    """RFC 3720, appendix B.4."""
    assert by_numpy(data) == expected


@pytest.mark.parametrize("size", [4095, 4096, 4097, 6145, 20_001])
def test_checksums_in_lanes(size: int) -> None:
    data = np.random.default_rng(size).bytes(size)
    assert by_numpy(data) == bitwise(data)
    assert by_numpy(data[7:], by_numpy(data[:7])) == by_numpy(data)
    assert by_numpy(data[-5:], by_numpy(data[:-5])) == by_numpy(data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x00", b""),
        (b"\x03\x08abc", b"abc"),
        (b"\x08\x04ab\x09\x02", b"ab" + b"ababab"[:6]),
        (b"\x05\x04ab\x0a\x02\x00", b"ababa"),
        (b"\x05\x04ab\x0b\x02\x00\x00\x00", b"ababa"),
        (b"\x3d\xf0\x3c" + bytes(61), bytes(61)),
        (b"\x3d\xf4\x3c\x00" + bytes(61), bytes(61)),
    ],
)
def test_snappy(data: bytes, expected: bytes) -> None:
    """Literals of short and long lengths, and copies of each kind, which may overlap."""
    assert inflated(data, 100) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"\x03\x08ab",
        b"\x04\x08abc",
        b"\x02\x08abc",
        b"\x05\x00a\x05\x02",
        b"\x05\x00a\x05\x00",
        b"\x05\x00a\x06",
    ],
)
def test_snappy_that_is_damaged(data: bytes) -> None:
    with pytest.raises(FileFormatError, match="Snappy is damaged"):
        inflated(data, 100)
    with pytest.raises(FileFormatError, match="declares 101 bytes"):
        inflated(varint(101), 100)


def test_messages_are_read_as_they_are_written() -> None:
    data = integer(1, -3) + text(2, "é") + real(3, 1.5) + block(4, varint(300) + varint(2))
    message = Message.of(data + integer(1, 7) + b"\x29" + bytes(range(8)))
    assert message.integers(1) == [-3, 7]
    assert message.integer(1) == 7
    assert message.text(2) == "é"
    assert message.integer(3) == 0x3FC00000
    assert message.integers(4) == [300, 2]
    assert message.integer(5) == 0x0706050403020100
    assert (message.integer(6), message.text(6), bytes(message.data(6))) == (0, "", b"")
    assert 1 in message
    assert 6 not in message


@pytest.mark.parametrize(
    "data",
    [
        b"\x08",
        b"\x0a\x05abc",
        b"\x0d\0\0\0",
        b"\x09\0",
        b"\x0b",
        b"\x00\x00",
        b"\x08" + b"\xff" * 10,
    ],
)
def test_messages_that_are_damaged(data: bytes) -> None:
    with pytest.raises(FileFormatError, match="damaged or cut off"):
        Message.of(data)


def test_what_a_message_does_not_hold() -> None:
    for read in (Message.of(b"\x08\x01").text, Message.of(b"\x0a\x01\xff").text):
        with pytest.raises(FileFormatError, match="damaged or cut off"):
            read(1)


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (0, -1, "807f"),
        (63, 64, "bfc040"),
        (64, 8192, "c040e02000"),
        (1_272_000, 8191, "f01368c0dfff"),
    ],
)
def test_the_keys_of_pieces(start: int, length: int, expected: str) -> None:
    """OrderedCode: as many leading ones as there are bytes."""
    key = slice_key("a\0b", Part((start,), (5,), (length,)))
    assert key.hex() == b"\0a\0\xffb\0\1\1\1".hex() + expected
