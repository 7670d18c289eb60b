"""Files that appear at once and whole, or not at all."""

import errno
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from keronyx.converter.errors import KeronyxError, UsageError, os_reason
from keronyx.converter.watch import watch

if sys.platform != "win32":
    import fcntl

_FORBIDDEN: Final = "choose a folder that you may write to"
_FULL: Final = "free some space, or choose another disk"

HINTS: Final = {
    errno.ENOENT: "make the folder first",
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EROFS: _FORBIDDEN,
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
}
ELSEWHERE: Final = "choose another place"

STAGING: Final = ".keronyx-"
"""How the names of folders start in which files grow."""


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Write a file that appears under its name when all of it is on the disk.

    Raises UsageError where that cannot be; then, and on any other error, nothing is left, and
    what stood there stays. A symbolic link is replaced, not followed.
    """
    with atomic_writes(path) as (file,):
        yield file


@contextmanager
def atomic_writes(*paths: str | os.PathLike[str]) -> Iterator[tuple[IO[bytes], ...]]:
    """Write several files of one folder, which appear together, the first one last.

    Until then they have the names they will have, in a folder of their own beside their place.
    """
    targets = [*map(Path, paths)]
    with _named_errors(targets[0]):
        for target in targets:
            _refuse_special(target)
        with _beside(targets[0].parent) as folder:
            with ExitStack() as stack:
                new = [folder / target.name for target in targets]
                files = tuple(stack.enter_context(path.open("xb")) for path in new)
                yield files
                _flush_to_disk(files)
            _commit(folder, targets[::-1])


def _flush_to_disk(files: Iterable[IO[bytes]]) -> None:
    for file in files:
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _beside(parent: Path) -> Iterator[Path]:
    """Give a folder on the disk where the files will be, which is gone or empty afterwards."""
    ready = watch().staging(parent)
    folder = ready or staging_name(parent)
    if ready is None:
        watch().making(folder)
        folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        with suppress(OSError):
            for left in folder.iterdir():
                left.unlink()
            if ready is None:
                folder.rmdir()


def staging_name(parent: Path) -> Path:
    """Return a new name for a folder of files that are not whole yet."""
    return parent / f"{STAGING}{os.urandom(8).hex()}"


def _commit(folder: Path, targets: list[Path]) -> None:
    """Move the files to their places; when one cannot be moved, none stays."""
    moved: list[Path] = []
    with _locked(targets[0].parent):
        try:
            for target in targets:
                moved.append(target)
                os.replace(folder / target.name, target)  # noqa: PTH105
        except BaseException:
            for target in moved[:-1]:
                target.unlink(missing_ok=True)
            raise


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep others from moving files that belong together into a folder at the same time.

    Afterwards the new names are on the disk too. All of it where the system can.
    """
    if sys.platform == "win32":
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_special(target: Path) -> None:
    """Refuse to put a file in the place of a folder or a device."""
    if not target.name or "\0" in str(target):
        raise UsageError("is no file name", path=str(target))
    if target.is_dir():
        raise UsageError("is a folder", hint="give a file name in it", path=str(target))
    if _is_device(target):
        raise UsageError("is not a regular file", hint="choose another name", path=str(target))


def _is_device(target: Path) -> bool:
    """Tell what is there and neither a file nor a link."""
    if not os.path.lexists(target):
        return False
    mode = target.lstat().st_mode
    return not stat.S_ISREG(mode) and not stat.S_ISLNK(mode)


@contextmanager
def _named_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except KeronyxError:  # one that is missing is an OSError too
        raise
    except OSError as error:
        what = os_reason(error, "cannot be written")
        hint = HINTS.get(error.errno or 0, ELSEWHERE)
        raise UsageError(f"cannot be written: {what}", hint=hint, path=str(target)) from error
