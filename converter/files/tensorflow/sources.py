"""Where the files of a SavedModel or a checkpoint come from: a folder, or an archive of one."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from keronyx.converter.errors import FileFormatError, shorten
from keronyx.converter.files.hashing import Checksum, Hashing, fingerprint
from keronyx.converter.files.markup import decoded
from keronyx.converter.files.members import Folder, Members
from keronyx.converter.files.span import Span
from keronyx.converter.files.zips import Archive
from keronyx.converter.limits import current, limited


@dataclass(frozen=True)
class Inside:
    """The members of an archive that are in one folder of it."""

    archive: Archive
    folder: str

    @property
    def path(self) -> str:
        """The path of the archive."""
        return self.archive.path

    def __contains__(self, name: str) -> bool:
        """Tell whether there is a member of this name."""
        return self.folder + name in self.archive

    def span(self, name: str) -> Span:
        """Return the bytes of a member."""
        if name not in self:
            raise FileFormatError(f"'{shorten(name)}' is not in the archive")
        return self.archive.span(self.folder + name)

    def text(self, name: str) -> str:
        """Return a member as text."""
        return decoded(self.span(name).read(), f"'{shorten(name)}'")


@dataclass(frozen=True)
class Sources:
    """Files by their names, and the checksums that TensorFlow keeps of what is in them."""

    members: Members
    hashings: dict[str, Hashing] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The path that the user gave."""
        return self.members.path

    def __contains__(self, name: str) -> bool:
        """Tell whether there is a file of this name."""
        return name in self.members

    def message(self, name: str) -> bytes:
        """Return a file that holds a message or an index, as a whole."""
        span = self.members.span(name)
        if span.size > current().message_bytes:
            what = f"'{shorten(name)}' has {span.size} bytes"
            raise FileFormatError(what, hint=limited("message_bytes"))
        return span.head(span.size)

    def compare(self, part: Span, checksum: Checksum) -> None:
        """Compare a checksum, now or when the bytes are read for the graph that is written."""
        if part.data is not None or not isinstance(self.members, Folder):
            _at_once(part, checksum)
            return
        if part.path not in self.hashings:
            self.hashings[part.path] = Hashing(Span.of_file(part.path))
        self.hashings[part.path].compare(part, checksum)

    def sha256(self) -> str:
        """Return the SHA-256 of every file that was used, or what stands for it."""
        if isinstance(self.members, Inside):
            return self.members.archive.hashing.owed()
        used = set(self.members.used) if isinstance(self.members, Folder) else set()
        return fingerprint(used - self.hashings.keys(), self.hashings.values())


def _at_once(part: Span, checksum: Checksum) -> None:
    own = replace(checksum, start=0, end=part.size)
    at = 0
    for piece in part.pieces():
        own.take(at, memoryview(piece))
        at += len(piece)
    own.compare(part.path)


def of_folder(path: str, also: Iterable[str] = ()) -> Sources:
    """Return the files of a folder."""
    return Sources(Folder(path, [*also]))


def beside(path: str) -> tuple[Sources, str]:
    """Return the files of the folder that a file is in, and the name of this one there."""
    place = Path(path)
    return of_folder(str(place.parent)), place.name
