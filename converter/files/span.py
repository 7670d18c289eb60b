"""Bytes in one piece, on disk or in memory, and the one door through which files are opened."""

import hashlib
import io
import math
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from keronyx.converter.errors import FileFormatError, MissingFileError, unreadable
from keronyx.converter.limits import current, limited
from keronyx.converter.single_pass import following
from keronyx.converter.tensors import Array

PIECE: Final = 1 << 20

SPECIAL: Final = (
    (stat.S_ISDIR, "a folder, where a file is expected"),
    (stat.S_ISFIFO, "a named pipe, not a regular file"),
    (stat.S_ISSOCK, "a socket, not a regular file"),
    (stat.S_ISCHR, "a device, not a regular file"),
    (stat.S_ISBLK, "a device, not a regular file"),
)


@dataclass(frozen=True, kw_only=True)
class Span:
    """``size`` bytes of ``path`` from ``offset`` on, or ``data`` where they had to be inflated."""

    path: str
    offset: int
    size: int
    data: bytes | None = None
    whole: bool = False

    @classmethod
    def of_file(cls, path: str) -> "Span":
        """Take a whole file, which must be a regular one."""
        return cls(path=path, offset=0, size=file_status(path).st_size, whole=True)

    def part(self, offset: int, size: int) -> "Span":
        """Return a piece of this piece; its place must have been checked."""
        return replace(self, offset=self.offset + offset, size=size, whole=False)

    def open(self) -> IO[bytes]:
        """Open the bytes as a seekable file of their own."""
        if self.data is not None:
            return io.BytesIO(self.data[self.offset : self.offset + self.size])
        return io.BufferedReader(_opened(self.path) if self.whole else _Window(self))

    def read(self) -> bytes:
        """Return all bytes of a text; too many are refused."""
        if self.size > current().text_bytes:
            raise FileFormatError(
                f"{self.size} bytes of text", hint=limited("text_bytes"), path=self.path
            )
        return self.head(self.size)

    def head(self, count: int) -> bytes:
        """Return the first ``count`` bytes, or all where there are fewer."""
        with self.open() as file:
            return file.read(count)

    def pieces(self) -> Iterator[bytes]:
        """Yield all bytes, a piece at a time."""
        with self.open() as file:
            while piece := file.read(PIECE):
                yield piece

    def array(self, dtype: "np.dtype[Any]", shape: tuple[int, ...]) -> Array:
        """Return the numbers at the start of this piece, in native byte order."""
        count = math.prod(shape)
        if count == 0:
            return np.empty(shape, dtype.newbyteorder("="))
        if self.data is not None:
            flat = np.frombuffer(self.data, dtype, count, self.offset)
        else:
            flat = self._numbers(dtype, count)
        if flat.size != count:
            raise FileFormatError("changed while it was read", path=self.path)
        return flat.astype(dtype.newbyteorder("="), copy=False).reshape(shape)

    def _numbers(self, dtype: "np.dtype[Any]", count: int) -> Array:
        try:
            flat = np.fromfile(self.path, dtype, count, offset=self.offset)
        except OSError as error:
            raise unreadable(error, self.path) from error
        following(self.path).take(self.offset, flat.view(np.uint8).data)
        return flat


class _Window(io.RawIOBase):
    """A read-only file that shows a piece of another one."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._at = 0
        self._file = _opened(span.path)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._span.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: "memoryview[int] | bytearray") -> int:  # type: ignore[override]
        view = memoryview(buffer)[: max(0, self._span.size - self._at)]
        self._file.seek(self._span.offset + self._at)
        count = self._file.readinto(view)
        self._at += count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def _opened(path: str) -> io.FileIO:
    try:
        return io.FileIO(path)
    except OSError as error:
        raise unreadable(error, path) from error


def file_status(path: str) -> os.stat_result:
    """Return the status of a regular file, or say why it is none; nothing is opened."""
    status = path_status(path)
    for test, what in SPECIAL:
        if test(status.st_mode):
            raise FileFormatError(what, path=path)
    return status


def path_status(path: str) -> os.stat_result:
    """Return the status of what stands at a path."""
    try:
        return Path(path).stat()
    except OSError as error:
        raise unreadable(error, path) from error
    except ValueError as error:
        raise MissingFileError("no such file or directory", path=path) from error


def digest(paths: Iterable[str]) -> str:
    """Return the SHA-256 of one file, or of the sorted SHA-256s of several."""
    return combined(map(_digest, paths))


def combined(digests: Iterable[str]) -> str:
    """Return one SHA-256 for several, whatever their order and the names of their files."""
    ordered = sorted(digests)
    if len(ordered) == 1:
        return ordered[0]
    return hashlib.sha256("".join(ordered).encode()).hexdigest()


def _digest(path: str) -> str:
    with _opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
