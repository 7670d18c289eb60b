"""SHA-256 of a file, taken of the very bytes that are read for other reasons where that can be.

The members of an archive are read once each to check their CRC, mostly in the order in which they
lie in the file, so that its hash comes of the same reading. The datasets of an HDF5 file may lie
in any order and in scattered chunks, whose places libhdf5 alone knows: ``span.digest`` reads such
a file once more.
"""

import hashlib
from collections.abc import Iterator

from keronyx.converter.files.span import Span


class Hashing:
    """One file, hashed from its front to its end as its parts are asked for in this order.

    What lies between two parts is read for the hash alone. A part before the last one has been
    hashed, and is only read.
    """

    def __init__(self, whole: Span) -> None:
        """Begin at the front; nothing is opened yet."""
        self._whole = whole
        self._at = 0
        self._sha256 = hashlib.sha256()

    def pieces(self, part: Span) -> Iterator[bytes]:
        """Yield the bytes of a part, which is one of the whole file, a piece at a time."""
        if part.offset < self._at:
            yield from part.pieces()
            return
        self._skip(part.offset)
        for piece in part.pieces():
            self._take(piece)
            yield piece

    def read(self, part: Span) -> bytes:
        """Return the bytes of a part; the caller sees to it that they are not too many."""
        data = part.head(part.size)
        if part.offset >= self._at:
            self._skip(part.offset)
            self._take(data)
        return data

    def sha256(self) -> str:
        """Read what is left, and return the hash of the whole file."""
        self._skip(self._whole.size)
        return self._sha256.hexdigest()

    def _skip(self, to: int) -> None:
        for piece in self._whole.part(self._at, to - self._at).pieces():
            self._take(piece)

    def _take(self, data: bytes) -> None:
        self._sha256.update(data)
        self._at += len(data)
