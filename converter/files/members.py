"""Files that belong together under plain names: those of a folder, or the members of a zip."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from keronyx.converter.errors import FileFormatError, KeronyxError, shorten
from keronyx.converter.files.markup import decoded
from keronyx.converter.files.span import Span, file_status


class Members(Protocol):
    """What a folder and an archive have in common."""

    @property
    def path(self) -> str:
        """Return the path that the user gave."""

    def __contains__(self, name: str) -> bool:
        """Tell whether there is a member of this name."""

    def span(self, name: str) -> Span:
        """Return the bytes of a member."""

    def text(self, name: str) -> str:
        """Return a member as text."""


@dataclass(frozen=True)
class Folder:
    """The files of a folder; ``used`` gathers the paths of those that were read."""

    path: str
    used: list[str] = field(default_factory=list)

    def __contains__(self, name: str) -> bool:
        """Tell whether there is anything of this name."""
        return Path(self.path, name).exists()

    def span(self, name: str) -> Span:
        """Return the bytes of a regular file in the folder."""
        found = inside(self.path, name)
        self.used.append(found)
        return Span.of_file(found)

    def text(self, name: str) -> str:
        """Return a regular file in the folder as text."""
        return decoded(self.span(name).read(), f"'{shorten(name)}'")


def inside(folder: str, name: str) -> str:
    """Return the path of a file in a folder; neither its name nor a symbolic link may leave it."""
    if not _is_plain(name):
        raise FileFormatError(f"'{shorten(name)}' is not the plain name of a file in the folder")
    parts = name.split("/")
    root = Path(folder).resolve()
    try:
        place = root.joinpath(*parts).resolve()
        file_status(str(place))
    except KeronyxError as error:
        raise FileFormatError(f"'{shorten(name)}': {error.what}") from error
    except (OSError, RuntimeError) as error:  # symbolic links in a circle
        raise FileFormatError(f"'{shorten(name)}' cannot be followed to a file") from error
    if not place.is_relative_to(root):
        raise FileFormatError(
            f"'{shorten(name)}' is a symbolic link that leaves the folder",
            hint="put a copy of the file in its place",
        )
    return str(Path(folder, *parts))


def _is_plain(name: str) -> bool:
    """Tell a path of names, none of which is empty or leads up, on any system."""
    return {*"\\:\0"}.isdisjoint(name) and {"", ".", ".."}.isdisjoint(name.split("/"))


def asset(members: Members, name: str) -> str | None:
    """Return the text of an asset, or None where there is none."""
    member = f"assets/{name}"
    return members.text(member) if member in members else None
