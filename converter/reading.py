"""Numbers as they come from a file: read once for all who need them, as far as memory allows.

Whoever reads a variable first counts what is odd about it, so that nobody reads it again to find
that out; and what is written first and compared afterwards stays in memory in between.
"""

import io
import math
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from keronyx.converter.errors import FileFormatError, unreadable
from keronyx.converter.single_pass import following

Array: TypeAlias = NDArray[Any]
Place: TypeAlias = tuple[str, int]
"""Where bytes lie: a path, and an offset in bytes."""

CHUNK: Final = 1 << 18
"""Bytes that are read, looked at and handed on while the processor still has them at hand."""

KEPT: Final = 1 << 28
"""Most bytes that are kept for a second reader; he reads what exceeds them from the file again."""


class Odd(NamedTuple):
    """How many numbers are NaN, and how many are infinite."""

    nan: int = 0
    infinite: int = 0


def odd_of(array: Array) -> Odd:
    """Count what is odd about an array; integers have nothing of the kind."""
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return Odd()
    return Odd(int(np.isnan(array).sum()), int(np.isinf(array).sum()))


class Reading:
    """How to get at a variable's numbers, and what is known of them since they were read."""

    def __init__(self, load: Callable[[], Array]) -> None:
        """Read by ``load``, which may be called any number of times."""
        self._load = load
        self._kept: Array | None = None
        self._odd: Odd | None = None

    def __call__(self) -> Array:
        """Return the numbers: those that were kept, or read anew.

        What was kept is given away, unless more of it may be written.
        """
        keeper = _keeper.get()
        array = self._kept
        if keeper is None:
            self._kept = None
        if array is None:
            array = self._load() if keeper is None else keeper.kept(self, self._load)
        if self._odd is None:
            self._odd = odd_of(array)
        return array

    def odd(self, read: Callable[[], Iterator[Array]]) -> Odd:
        """Return what is odd about the numbers, which are all of ``read`` if nobody read them."""
        if self._odd is None:
            deque(read(), maxlen=0)
        return self._odd or Odd()

    def chunks(
        self, place: Place, dtype: "np.dtype[Any]", shape: tuple[int, ...]
    ) -> Iterator[Array]:
        """Yield the numbers from their place in a file, in flat pieces of ``CHUNK`` bytes.

        A piece holds until the next one is asked for. Raises FileFormatError where the file
        cannot be read, or ends before the numbers do.
        """
        if self._kept is not None:
            yield self._kept.reshape(-1)
            return
        count = math.prod(shape)
        keeper = _keeper.get()
        kept = keeper.room(count, dtype) if keeper else None
        nan = infinite = 0
        for piece in _pieces(place, count, dtype, kept):
            odd = odd_of(piece)
            nan, infinite = nan + odd.nan, infinite + odd.infinite
            yield piece
        self._odd = Odd(nan, infinite)
        if keeper is not None and kept is not None:
            keeper.hold(self, kept.reshape(shape))

    def hold(self, array: Array | None) -> None:
        """Keep the numbers until they are asked for, or none any more."""
        self._kept = array


def _pieces(
    place: Place, count: int, dtype: "np.dtype[Any]", kept: Array | None
) -> Iterator[Array]:
    """Read numbers piece by piece, into ``kept`` or into one piece of memory over and over."""
    path, offset = place
    follower = following(path)
    step = CHUNK // dtype.itemsize
    room = np.empty(min(step, count), dtype)
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 (no Path, no buffer)
            file.seek(offset)
            for start in range(0, count, step):
                piece = room[: count - start] if kept is None else kept[start : start + step]
                data = piece.view(np.uint8).data
                _fill(file, data, path)
                follower.take(offset + start * dtype.itemsize, data)
                yield piece
    except OSError as error:
        raise unreadable(error, path) from error


def _fill(file: io.FileIO, view: memoryview, path: str) -> None:
    while view:
        count = file.readinto(view)
        if not count:
            raise FileFormatError("changed while it was read", path=path)
        view = view[count:]


class Keeper:
    """Keeps what is read ``while_writing`` for who compares it; at its end it keeps nothing."""

    def __init__(self) -> None:
        """Keep ``KEPT`` bytes at most."""
        self._left = KEPT
        self._readings: list[Reading] = []

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Forget all that nobody asked for."""
        for reading in self._readings:
            reading.hold(None)

    @contextmanager
    def while_writing(self) -> Iterator[None]:
        """Keep what is read in a ``with`` block."""
        token = _keeper.set(self)
        try:
            yield
        finally:
            _keeper.reset(token)

    def room(self, count: int, dtype: "np.dtype[Any]") -> Array | None:
        """Return memory for numbers that will be kept, or None where they are too many."""
        return np.empty(count, dtype) if self.takes(count * dtype.itemsize) else None

    def takes(self, size: int) -> bool:
        """Tell whether so many bytes more may be kept, and count them."""
        if size > self._left:
            return False
        self._left -= size
        return True

    def kept(self, reading: Reading, load: Callable[[], Array]) -> Array:
        """Load the numbers of a reading, and keep them unless they come of what is kept."""
        left = self._left
        array = load()
        if left == self._left and self.takes(array.nbytes):
            self.hold(reading, array)
        return array

    def hold(self, reading: Reading, array: Array) -> None:
        """Keep the numbers of a reading."""
        reading.hold(array)
        self._readings.append(reading)


_keeper: ContextVar[Keeper | None] = ContextVar("keeper", default=None)
