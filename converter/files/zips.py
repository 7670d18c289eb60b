"""Zip archives: members are found once, checked, and read in place; nothing is ever extracted."""

import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Final

from keronyx.converter.errors import FileFormatError, shorten
from keronyx.converter.files.hashing import Checksum, Hashing
from keronyx.converter.files.markup import decoded
from keronyx.converter.files.span import Span
from keronyx.converter.limits import current, limited

LEAVES: Final = re.compile(r"[/\\].*|[A-Za-z]:.*|(.*[/\\])?\.\.([/\\].*)?", re.DOTALL)
"""Names that would land outside the folder an archive is unpacked in."""

HEADER: Final = struct.Struct("<4s22xHH")
"""Local header: signature, then the lengths of the name and of the extra field."""

ENCRYPTED: Final = 0x1 | 0x40 | 0x2000
STORED, DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED

EXPANSION: Final = ("inflated_bytes", "inflated_ratio")
"""Limits of which both must be exceeded."""


@dataclass(frozen=True)
class Archive:
    """The members of one archive by name; what is read of them is hashed on the way."""

    whole: Span
    members: dict[str, zipfile.ZipInfo]

    @property
    def path(self) -> str:
        """Return the path that the user gave."""
        return self.whole.path

    @cached_property
    def hashing(self) -> Hashing:
        """The reading of the file from its front to its end, of which its SHA-256 comes."""
        return Hashing(self.whole)

    @classmethod
    def of_file(cls, path: str) -> "Archive":
        """List a zip file: see ``of``."""
        return cls.of(Span.of_file(path))

    @classmethod
    def of(cls, whole: Span) -> "Archive":
        """List an archive; two members of one name, or a name that leaves it, are refused."""
        infos = listed(whole)
        members: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            _check_name(info, members)
            members[info.filename] = info
        _check_total(infos, whole.size)
        return cls(whole, members)

    def __contains__(self, name: str) -> bool:
        """Tell whether there is a member of this name."""
        return name in self.members

    def text(self, name: str) -> str:
        """Return a member as text."""
        info = self.members[name]
        label = f"member '{shorten(name)}'"
        if info.file_size > current().text_bytes:
            what = f"{label} declares {info.file_size} bytes of text"
            raise FileFormatError(what, hint=limited("text_bytes"))
        return decoded(self.span(name).read(), label)

    def span(self, name: str) -> Span:
        """Return where a member's bytes lie, inflated where they have to be; its CRC is right."""
        info = self.members[name]
        label = f"member '{shorten(name)}'"
        _check(info, label)
        found = self._place(info, label)
        if info.compress_type == STORED:
            self._compare(found, info, label)
        else:
            data = _inflated(self.hashing.read(found), info, label)
            found = Span(path=self.path, offset=0, size=len(data), data=data)
            checksum = Checksum(0, len(data), info.CRC, label)
            checksum.take(0, memoryview(data))
            checksum.compare(self.path)
        return found

    def _compare(self, part: Span, info: zipfile.ZipInfo, label: str) -> None:
        """Compare the CRC of a member that is stored as it is, now or when it has been read."""
        checksum = Checksum(part.offset, part.offset + part.size, info.CRC, label)
        self.hashing.compare(part, checksum)

    def _place(self, info: zipfile.ZipInfo, label: str) -> Span:
        name, start = self._header(info.header_offset, label)
        encoding = "utf-8" if info.flag_bits & 0x800 else "cp437"
        if start + info.compress_size > self.whole.size:
            raise FileFormatError(f"{label} leaves the file: it is truncated")
        if name != info.orig_filename.encode(encoding, "replace"):
            raise FileFormatError(f"{label} has another name in its own header")
        return self.whole.part(start, info.compress_size)

    def _header(self, start: int, label: str) -> tuple[bytes, int]:
        """Return the name that a member has in its own header, and where its data begin."""
        whole = self.whole
        header = whole.part(start, max(0, whole.size - start)).head(HEADER.size)
        if len(header) < HEADER.size or not header.startswith(b"PK\3\4"):
            raise FileFormatError(f"{label} is not where the archive says")
        _signature, name_size, extra_size = HEADER.unpack(header)
        start += HEADER.size
        return whole.part(start, name_size).head(name_size), start + name_size + extra_size


def listed(span: Span) -> list[zipfile.ZipInfo]:
    """Return the members that an archive lists, unchecked."""
    try:
        with span.open() as file, zipfile.ZipFile(file) as opened:
            infos = opened.infolist()
    except ZIP_FAULTS as error:
        raise FileFormatError(_fault(error), path=span.path) from error
    if len(infos) > current().zip_members:
        what = f"an archive of {len(infos)} members"
        raise FileFormatError(what, hint=limited("zip_members"), path=span.path)
    return infos


def _check_name(info: zipfile.ZipInfo, members: dict[str, zipfile.ZipInfo]) -> None:
    name = info.filename
    if name in members:
        raise FileFormatError(f"two members are called '{shorten(name)}'")
    if LEAVES.fullmatch(name) or "\0" in info.orig_filename:
        raise FileFormatError(f"member '{shorten(name)}' has a name that leaves the archive")


def _check_total(infos: list[zipfile.ZipInfo], size: int) -> None:
    """Refuse members that share bytes, or together expand beyond what is sensible."""
    end = 0
    for info in sorted(infos, key=attrgetter("header_offset")):
        if info.header_offset < end:
            raise FileFormatError(f"member '{shorten(info.filename)}' shares bytes with another")
        end = info.header_offset + HEADER.size + info.compress_size
    total = sum(info.file_size for info in infos)
    if _expands(total, size):
        raise FileFormatError(f"members of {total} bytes in {size}", hint=limited(*EXPANSION))


def _expands(size: int, stored: int) -> bool:
    """Tell whether so many bytes come of so few that no model was compressed."""
    limits = current()
    return size > limits.inflated_bytes and size > limits.inflated_ratio * stored


def _check(info: zipfile.ZipInfo, label: str) -> None:
    if info.flag_bits & ENCRYPTED:
        raise FileFormatError(f"{label} is encrypted", hint="unpack it and convert the folder")
    if info.filename.endswith("/") or info.external_attr >> 28 == 0xA:
        raise FileFormatError(f"{label} is a folder or a symbolic link, not a file")
    if info.compress_type not in {STORED, DEFLATED}:
        raise FileFormatError(
            f"{label} is compressed with method {info.compress_type}; stored and deflated are read"
        )
    _check_size(info, label)


def _check_size(info: zipfile.ZipInfo, label: str) -> None:
    size, stored = info.file_size, info.compress_size
    if info.compress_type == STORED and size != stored:
        raise FileFormatError(f"{label} declares {size} bytes and stores {stored}")
    if _expands(size, stored):
        raise FileFormatError(
            f"{label} declares {size} bytes in {stored}", hint=limited(*EXPANSION)
        )


def _inflated(stored: bytes, info: zipfile.ZipInfo, label: str) -> bytes:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = stream.decompress(stored, info.file_size + 1)
    except zlib.error as error:
        raise FileFormatError(f"{label} is damaged: it cannot be inflated") from error
    if len(data) != info.file_size or not stream.eof:
        raise FileFormatError(f"{label} does not come to the {info.file_size} bytes it declares")
    return data


def _fault(error: Exception) -> str:
    if "not a zip file" in str(error):
        return "a truncated zip archive: its end is missing; copy or download it again"
    return f"a damaged zip archive ({shorten(error)})"


ZIP_FAULTS: Final = (
    zipfile.BadZipFile,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    struct.error,
    ValueError,
)
"""What ``zipfile`` raises for a central directory that makes no sense."""
