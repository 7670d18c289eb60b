"""One pass over the files of a model: what is read to be written is hashed on the way.

The SHA-256 of a file is known when its last byte has been read, and it stands behind the weights in
what is written. So while a ``SinglePass`` lasts, nobody reads a file for its hash alone:
a description holds ``owed`` text in its place, and whoever writes puts the hash there. What else
is told by all bytes of a file, the checksums of an archive, is known at the end as well.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar, Token
from typing import Final, Protocol, Self

from keronyx.converter.errors import KeronyxError

DIGITS: Final = 64
"""Characters of a SHA-256, and of what stands in its place."""


class Follower(Protocol):
    """Who is told what is read of a file."""

    def take(self, offset: int, data: memoryview) -> None:
        """Look at bytes that were read."""

    def check(self) -> None:
        """Raise FileFormatError where what was read of the file is not what it says."""


class Nobody:
    """Follows a file whose hash nobody waits for."""

    def take(self, _offset: int, _data: memoryview) -> None:
        """Do nothing."""

    def check(self) -> None:
        """Do nothing."""


class SinglePass:
    """Lasts from the opening of a model to the end of its conversion."""

    def __init__(self) -> None:
        """Follow no file yet."""
        self._followers: dict[str, Follower] = {}
        self._owed: dict[str, Callable[[], str]] = {}
        self._goes = False
        self._tokens: list[Token[SinglePass | None]] = []

    def __enter__(self) -> Self:
        """Begin."""
        self._tokens.append(_under_way.set(self))
        return self

    def __exit__(self, _type: object, error: object, _trace: object) -> None:
        """End; where a file is damaged, that is the reason of whatever else is wrong with it."""
        _under_way.reset(self._tokens.pop())
        if isinstance(error, KeronyxError):
            for follower in self._followers.values():
                follower.check()

    def follow(self, path: str, follower: Follower) -> None:
        """Tell ``follower`` what is read of a file to be written."""
        self._followers[path] = follower

    @contextmanager
    def going(self) -> Iterator[None]:
        """Tell what is read in a ``with`` block, mostly in the order in which it lies in a file."""
        self._goes = True
        try:
            yield
        finally:
            self._goes = False

    def follower(self, path: str) -> Follower:
        """Return who is to be told what is read of a file now."""
        return self._followers.get(path, Nobody()) if self._goes else Nobody()

    def owe(self, sha256: Callable[[], str]) -> str:
        """Return text as long as a hash, which ``settled`` replaces by what ``sha256`` returns."""
        owed = secrets.token_hex(DIGITS // 2)
        self._owed[owed] = sha256
        return owed

    def settled(self, text: str) -> str:
        """Return a hash, or the one that is owed for a text; what is left of its file is read."""
        return self._owed[text]() if text in self._owed else text

    def filled(self, data: bytes) -> bytes:
        """Return bytes with each hash in the place of what was owed for it."""
        for owed in self._owed:
            if owed.encode() in data:
                data = data.replace(owed.encode(), self.settled(owed).encode())
        return data


def under_way() -> SinglePass | None:
    """Return the pass that lasts, if there is one."""
    return _under_way.get()


def following(path: str) -> Follower:
    """Return who is to be told what is read of a file."""
    passing = under_way()
    return passing.follower(path) if passing else Nobody()


def going() -> AbstractContextManager[None]:
    """Tell those who follow what is read in a ``with`` block."""
    passing = under_way()
    return passing.going() if passing else nullcontext()


def settled(sha256: str) -> str:
    """Return a hash, where it is owed too."""
    passing = under_way()
    return passing.settled(sha256) if passing else sha256


def filled(data: bytes) -> bytes:
    """Return bytes in which no hash is owed."""
    passing = under_way()
    return passing.filled(data) if passing else data


_under_way: ContextVar[SinglePass | None] = ContextVar("under_way", default=None)
