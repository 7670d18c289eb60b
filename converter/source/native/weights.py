"""How C and C++ read the weights file: its size and checksum first, then number by number."""

from collections.abc import Iterator
from typing import Final

from keronyx.converter.program.language import Program
from keronyx.converter.program.memory import ITEM_SIZES
from keronyx.converter.program.weights import HEADER, MAGIC, Packed
from keronyx.converter.source.native.expressions import Dialect
from keronyx.converter.source.native.loops import Lines

CHECKSUM: Final = """
@HELPER@ uint32_t kx_checksum(const unsigned char *bytes, size_t size)
{
    static const uint32_t table[16] = {
        0x00000000u, 0x1db71064u, 0x3b6e20c8u, 0x26d930acu, 0x76dc4190u, 0x6b6b51f4u,
        0x4db26158u, 0x5005713cu, 0xedb88320u, 0xf00f9344u, 0xd6d6a3e8u, 0xcb61b38cu,
        0x9b64c2b0u, 0x86d3d2d4u, 0xa00ae278u, 0xbdbdf21cu};
    uint32_t sum = 0xffffffffu;
    for (size_t n = 0; n < size; ++n) {
        sum ^= bytes[n];
        sum = (sum >> 4) ^ table[sum & 15u];
        sum = (sum >> 4) ^ table[sum & 15u];
    }
    return sum ^ 0xffffffffu;
}

@HELPER@ void kx_numbers(void *to, const unsigned char *bytes, size_t count, size_t width)
{
    unsigned char *const target = (unsigned char *)to;
    const uint16_t one = 1;
    unsigned char little = 0;
    memcpy(&little, &one, 1);
    for (size_t n = 0; n < count * width; ++n) {
        target[n] = bytes[little ? n : n - n % width + (width - 1 - n % width)];
    }
}
"""
"""The CRC-32 of zlib, four bits at a time; and little-endian numbers as the machine has them."""


def helpers(dialect: Dialect) -> Iterator[str]:
    """Yield the functions that loading needs."""
    yield from CHECKSUM.replace("@HELPER@", dialect.helper).strip().splitlines()
    yield ""


def load_body(program: Program, packed: Packed, arrow: str) -> Lines:
    """Return what loads weights: 0 when it did, 1 for another file, 2 for a damaged one."""
    size, sum_ = len(packed.data), packed.checksum
    lines = [
        "const unsigned char *const bytes = (const unsigned char *)data;",
        f'if (size != {size} || memcmp(bytes, "{MAGIC.decode()}", {len(MAGIC)}) != 0) {{',
        "    return 1;",
        "}",
        f"if (kx_checksum(bytes + {HEADER}, size - {HEADER}) != 0x{sum_:08x}u) {{",
        "    return 2;",
        "}",
    ]
    for constant in program.constants:
        start, width = packed.offsets[constant.name], ITEM_SIZES[constant.dtype]
        target = f"weights{arrow}{constant.name}"
        lines.append(f"kx_numbers({target}, bytes + {start}, {constant.size}, {width});")
    return [*lines, "return 0;"]
