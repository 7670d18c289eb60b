"""CRC-32C (Castagnoli), which TensorFlow keeps of every tensor and of every block of an index.

A compiled library computes it where one is installed. Elsewhere NumPy does, in many lanes at once:
each lane takes its own stretch of the bytes, and as the checksum is linear, stretches are joined by
what so many zero bytes make of the checksum before them.

Source: RFC 3720, appendix B.4; masking: LevelDB's util/crc32c.h.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, Final, TypeAlias

import numpy as np

from keronyx.converter.tensors import Array

Buffer: TypeAlias = "bytes | memoryview[int]"

POLYNOMIAL: Final = 0x82F63B78
"""Castagnoli's, its lowest power first."""

ONES: Final = 0xFFFF_FFFF
MASK: Final = 0xA282_EAD8

LANES: Final = 1 << 10
"""Stretches that are computed side by side; their number is a power of two."""

SHORT: Final = 4 * LANES
"""Bytes that are not worth that."""


def unmasked(stored: int) -> int:
    """Return the checksum that is stored under a mask."""
    rotated = (stored - MASK) & ONES
    return (rotated >> 17 | rotated << 15) & ONES


def crc32c(data: Buffer, value: int = 0) -> int:
    """Return the checksum of bytes, or of those before them (of checksum ``value``) and of them."""
    return _function()(bytes(data) if len(data) < SHORT else data, value)


@cache
def _function() -> Callable[[Buffer, int], int]:
    try:
        import google_crc32c  # noqa: PLC0415 - may be missing
    except ImportError:
        return by_numpy
    return lambda data, value: int(google_crc32c.extend(value, bytes(data)))


def by_numpy(data: Buffer, value: int = 0) -> int:
    """Return the same, computed here."""
    flat = np.frombuffer(data, np.uint8)
    register = value ^ ONES
    side = flat.size // (2 * LANES) * 2 if flat.size >= SHORT else 0
    if side:
        register = _shifted(register, LANES * side) ^ _in_lanes(flat[: LANES * side])
    for byte in flat[LANES * side :].tolist():
        register = _BYTE_LIST[(register ^ byte) & 0xFF] ^ register >> 8
    return register ^ ONES


def _in_lanes(flat: Array) -> int:
    """Return the register after so many pairs of bytes a lane; it began with nothing in it."""
    columns = np.ascontiguousarray(flat.view("<u2").reshape(LANES, -1).T)
    registers = np.zeros(LANES, np.uint32)
    for column in columns:
        registers = _PAIRS[(registers ^ column) & 0xFFFF] ^ registers >> 16
    length = 2 * len(columns)
    while registers.size > 1:
        registers = _apply(_zeros(length), registers[0::2]) ^ registers[1::2]
        length *= 2
    return int(registers[0])


def _shifted(register: int, length: int) -> int:
    """Return what so many zero bytes make of a register."""
    return int(_apply(_zeros(length), np.array([register], np.uint32))[0])


@lru_cache(1024)
def _zeros(length: int) -> Array:
    """Return what so many zero bytes make of each byte of a register: (4, 256)."""
    if length == 1:
        return _of_bytes(_BYTES[_BITS & 0xFF] ^ _BITS >> 8)
    half = _zeros(length // 2)
    columns = _apply(half, _apply(half, _BITS))
    return _of_bytes(_apply(_zeros(1), columns) if length % 2 else columns)


def _of_bytes(columns: Array) -> Array:
    """Return what a matrix of bits makes of each byte, of what it makes of each bit."""
    chosen = np.arange(256, dtype=np.uint32)[:, None] >> np.arange(8, dtype=np.uint32) & 1
    parts = columns.reshape(4, 1, 8) * chosen
    matrix: Array = np.bitwise_xor.reduce(parts, axis=-1)
    return matrix


def _apply(matrix: Array, registers: Array) -> Array:
    """Multiply registers by a matrix of bits."""
    out: Array = matrix[0][registers & 0xFF] ^ matrix[1][registers >> 8 & 0xFF]
    out ^= matrix[2][registers >> 16 & 0xFF] ^ matrix[3][registers >> 24]
    return out


def _table() -> "np.ndarray[Any, np.dtype[np.uint32]]":
    """Return what each byte makes of an empty register."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, table >> 1 ^ np.uint32(POLYNOMIAL), table >> 1)
    return table


_BITS: Final = np.uint32(1) << np.arange(32, dtype=np.uint32)
_BYTES: Final = _table()
_BYTE_LIST: Final = _BYTES.tolist()
_FIRST: Final = _BYTES[np.arange(1 << 16) & 0xFF]
_PAIRS: Final = _BYTES[(_FIRST ^ np.arange(1 << 16, dtype=np.uint32) >> 8) & 0xFF] ^ _FIRST >> 8
"""What each pair of bytes makes of an empty register, the first byte in the lower half."""
