"""All constants of a program in one binary file, for source code that does not hold them.

The layout, little-endian: the magic ``KXW1``, the CRC-32 of everything from byte 16 on (uint32),
the size of the whole file (uint64), then the constants in the order of ``Program.constants``, each
in C order from an offset that 64 divides; zeros fill the gaps.
"""

import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np

from keronyx.converter.program.language import Program
from keronyx.converter.program.memory import Constant

MAGIC: Final = b"KXW1"
HEADER: Final = 16
ALIGNMENT: Final = 64


@dataclass(frozen=True, kw_only=True)
class Packed:
    """The bytes of a weights file, and where each constant begins in them."""

    data: bytes
    offsets: dict[str, int]

    @property
    def checksum(self) -> int:
        """CRC-32 of everything behind the header, as the file has it."""
        return int.from_bytes(self.data[4:8], "little")


def pack(program: Program) -> Packed:
    """Return the weights file of a program."""
    data = bytearray(HEADER)
    offsets: dict[str, int] = {}
    for constant in program.constants:
        data.extend(bytes(-len(data) % ALIGNMENT))
        offsets[constant.name] = len(data)
        data.extend(little_endian(constant))
    data.extend(bytes(-len(data) % ALIGNMENT))
    checksum = zlib.crc32(memoryview(data)[HEADER:])
    data[:HEADER] = MAGIC + checksum.to_bytes(4, "little") + len(data).to_bytes(8, "little")
    return Packed(data=bytes(data), offsets=offsets)


def little_endian(constant: Constant) -> bytes:
    """Return a constant's numbers as the weights file has them; a bool takes one byte."""
    dtype = np.dtype(constant.dtype).newbyteorder("<")
    return np.ascontiguousarray(constant.values, dtype).tobytes()
