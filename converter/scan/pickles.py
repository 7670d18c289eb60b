"""Pickles: which names they would import, read off their opcodes without running any."""

import io
import pickletools
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from keronyx.converter.errors import shorten
from keronyx.converter.files.span import Span
from keronyx.converter.scan.finding import Found

START: Final = re.compile(rb"\x80[\x02-\x05]|\(dp\d|\(lp\d|c\w+\n\w+\n")
"""First bytes of a pickle, of any protocol."""

READ: Final = 16 << 20
"""How much of a pickle is looked at."""

LISTED: Final = 12

DAMAGE: Final = (
    ValueError,
    IndexError,
    KeyError,
    OverflowError,
    UnicodeError,
    MemoryError,
    EOFError,
)
"""A damaged pickle fails in many ways; what stood before is what was asked for."""


def is_pickle(head: bytes) -> bool:
    """Tell a pickle by its first bytes."""
    return START.match(head) is not None


def scan_pickle(span: Span, where: str, found: Found, start: int = 0) -> None:
    """Note a pickle, and the names it would import."""
    names = _imported(span.head(READ)[start:])
    listed = ", ".join(f"'{shorten(name, 60)}'" for name in names[:LISTED])
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    what = f"a pickle that imports {listed}{more}" if names else "a pickle"
    found.add("pickle", where, what)


def _imported(data: bytes) -> list[str]:
    names: dict[str, None] = {}
    last: list[str] = []
    for opcode, argument in _opcodes(data):
        if isinstance(argument, str):
            last = [*last[-1:], argument]
        if opcode in {"GLOBAL", "INST"}:
            names[str(argument).replace(" ", ".")] = None
        elif opcode == "STACK_GLOBAL":
            names[".".join(last)] = None
    return list(names)


def _opcodes(data: bytes) -> Iterator[tuple[str, Any]]:
    """Yield the opcodes of a pickle with their arguments, as far as it is whole."""
    with suppress(*DAMAGE):
        for opcode, argument, _ in pickletools.genops(io.BytesIO(data)):
            yield opcode.name, argument
