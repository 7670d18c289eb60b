"""SHA-256 of a file, taken of the very bytes that are read for other reasons where that can be.

Numbers are mostly read in the order in which they lie in a file, so that its hash and the CRCs of
its members come of the same reading. The datasets of an HDF5 file may lie in scattered chunks as
well, whose places libhdf5 alone knows: they are read once more.
"""

import hashlib
import zlib
from bisect import insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from keronyx.converter.errors import FileFormatError
from keronyx.converter.files.span import Span, combined, digest
from keronyx.converter.single_pass import under_way

NEAR: Final = 1 << 16
"""Bytes before a part that are always read for the hash, so that the part need not be."""


@dataclass(order=True)
class Checksum:
    """The CRC that a part of a file should have, and the one of what was read of it.

    ``update`` returns the CRC of bytes behind those of another CRC.
    """

    start: int
    end: int
    expected: int
    label: str
    found: int = field(default=0, init=False)
    update: Callable[[Any, int], int] = field(default=zlib.crc32, compare=False)

    def take(self, offset: int, data: memoryview) -> None:
        """Look at bytes of the file, those of others among them."""
        own = data[max(0, self.start - offset) : max(0, self.end - offset)]
        self.found = self.update(own, self.found)

    def compare(self, path: str) -> None:
        """Raise FileFormatError where the CRC is another one."""
        if self.found != self.expected:
            raise FileFormatError(f"{self.label} is damaged: its CRC is wrong", path=path)


class Hashing:
    """One file, hashed from its front to its end as its parts are asked for in this order.

    What lies between two parts is read for the hash alone. A part before the last one has been
    hashed, and is only read.
    """

    def __init__(self, whole: Span) -> None:
        """Begin at the front; nothing is opened yet. A pass that is under way tells what it reads.

        Without one, whoever wants the hash to come of his own reading reads with ``pieces``.
        """
        self._whole = whole
        self._at = 0
        self._sha256 = hashlib.sha256()
        self._expected: list[Checksum] = []
        self._pass = under_way()
        if self._pass:
            self._pass.follow(whole.path, self)

    def expect(self, checksum: Checksum) -> bool:
        """Compare a CRC once its part has been read; False where somebody has to read it now."""
        if self._pass is None or checksum.start < self._at:
            return False
        insort(self._expected, checksum)
        return True

    def compare(self, part: Span, checksum: Checksum) -> None:
        """Compare the CRC of a part, now or when it has been read."""
        if self.expect(checksum):
            return
        at = part.offset
        for piece in self.pieces(part):
            checksum.take(at, memoryview(piece))
            at += len(piece)
        checksum.compare(part.path)

    def pieces(self, part: Span) -> Iterator[bytes]:
        """Yield the bytes of a part, which is one of the whole file, a piece at a time."""
        if part.offset < self._at:
            yield from part.pieces()
            return
        self._skip(part.offset)
        for piece in part.pieces():
            self._take(memoryview(piece))
            yield piece

    def read(self, part: Span) -> bytes:
        """Return the bytes of a part; the caller sees to it that they are not too many."""
        data = part.head(part.size)
        if part.offset - self._at <= max(part.size, NEAR):  # else it is read once more
            self.take(part.offset, memoryview(data))
        return data

    def take(self, offset: int, data: memoryview) -> None:
        """Hash what somebody has read, and what lies before it."""
        if offset > self._at:
            self._skip(offset)
        if self._at < offset + len(data):
            self._take(data[self._at - offset :])

    def sha256(self) -> str:
        """Read what is left, and return the hash of the whole file."""
        self._skip(self._whole.size)
        return self._sha256.hexdigest()

    def check(self) -> None:
        """Read as far as there is something to compare."""
        if self._expected:
            self._skip(self._expected[-1].end)
            self._compare()

    def owed(self) -> str:
        """Return the hash, or what stands for it while a pass is under way."""
        return self._pass.owe(self.sha256) if self._pass else self.sha256()

    def _skip(self, to: int) -> None:
        for piece in self._whole.part(self._at, to - self._at).pieces():
            self._take(memoryview(piece))

    def _take(self, data: memoryview) -> None:
        self._sha256.update(data)
        start = self._at
        self._at += len(data)
        for checksum in self._expected:
            if checksum.start >= self._at:
                break
            checksum.take(start, data)
        self._compare()

    def _compare(self) -> None:
        while self._expected and self._expected[0].end <= self._at:
            self._expected.pop(0).compare(self._whole.path)


def fingerprint(paths: Iterable[str], begun: Iterable[Hashing] = ()) -> str:
    """Return the SHA-256 of files as ``digest`` does, or what stands for it during a pass.

    Of some files the hashing may have ``begun``.
    """
    passing = under_way()
    hashings = [*begun]
    if passing is None:
        known = [each.sha256() for each in hashings]
        return combined([*known, *(digest([path]) for path in paths)])
    hashings += [Hashing(Span.of_file(path)) for path in paths]
    return passing.owe(lambda: combined(each.sha256() for each in hashings))


def together(digests: list[str]) -> str:
    """Return one SHA-256 for several, of which some may be owed."""
    passing = under_way()
    if passing is None:
        return combined(digests)
    return passing.owe(lambda: combined(map(passing.settled, digests)))
