"""What a child says of itself, line by line; it is believed only as far as it makes sense."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

LONGEST: Final = 1 << 28
"""Longest line that is taken."""

FIELDS: Final[dict[str, Callable[[Any], Any]]] = {
    "reading": str,
    "seconds": int,
    "done": int,
    "result": dict,
}
"""Fields of a message that are kept as they are."""


@dataclass
class Inbox:
    """Everything that was said, up to ``most`` bytes of numbers.

    ``reading`` is the file that is being read, ``seconds`` what it may take, ``steps`` how often
    that changed; ``folders`` must not stay. ``done`` is the exit code, ``result`` what came out,
    with ``blobs``.
    """

    most: int | None = None
    reading: str = ""
    seconds: int = 0
    steps: int = 0
    done: int | None = None
    result: dict[str, Any] | None = None
    folders: list[Path] = field(default_factory=list)
    blobs: list[bytearray] = field(default_factory=list)
    _line: bytearray = field(default_factory=bytearray)
    _missing: list[int] = field(default_factory=list)

    def hear(self, data: bytes) -> None:
        """Take in bytes as they come; ValueError or TypeError where they make no sense."""
        while data:
            data = self._hear_blob(data) if self._missing else self._hear_line(data)

    def _hear_line(self, data: bytes) -> bytes:
        line, newline, rest = data.partition(b"\n")
        self._line += line
        if len(self._line) > LONGEST:
            raise ValueError("too long a line")
        if newline:
            self._understand(dict(json.loads(self._line)))
            self._line.clear()
        return rest

    def _understand(self, message: dict[str, Any]) -> None:
        for name in FIELDS.keys() & message.keys():
            setattr(self, name, FIELDS[name](message[name]))
        self.steps += "reading" in message
        if "folder" in message:
            self.folders.append(Path(str(message["folder"])))
        if "blobs" in message:
            self._expect([*map(int, message["blobs"])])

    def _expect(self, sizes: list[int]) -> None:
        """Expect numbers after the line, so many bytes each."""
        if min(sizes, default=0) < 0 or self._is_too_much(sum(sizes)):
            raise ValueError("sizes that cannot be")
        self.blobs = [bytearray() for _ in sizes]
        self._missing = sizes
        self._drop_complete()

    def _is_too_much(self, size: int) -> bool:
        return self.most is not None and size > self.most

    def _hear_blob(self, data: bytes) -> bytes:
        blob = self.blobs[-len(self._missing)]
        piece = data[: self._missing[0]]
        blob += piece
        self._missing[0] -= len(piece)
        self._drop_complete()
        return data[len(piece) :]

    def _drop_complete(self) -> None:
        while self._missing and not self._missing[0]:
            self._missing.pop(0)
