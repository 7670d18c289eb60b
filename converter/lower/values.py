"""Values while a program is built: views of buffers, as NumPy has them of memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from math import prod

from keronyx.converter.program.expressions import At
from keronyx.converter.program.memory import Buffer, DType
from keronyx.converter.several import picked


@dataclass(frozen=True, kw_only=True, eq=False)
class Value:
    """A view: where the numbers of one row lie.

    ``lead`` are the strides of the axes in front of the row (the steps of a TimeDistributed):
    layers don't see them.
    """

    buffer: Buffer
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    lead: tuple[int, ...] = ()
    offset: int = 0

    @property
    def dtype(self) -> DType:
        """The buffer's."""
        return self.buffer.dtype

    @property
    def rank(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements of a row."""
        return prod(self.shape)

    @property
    def at(self) -> At:
        """The element, as loops over the leading axes and all of the row see it."""
        return At(self.buffer, self.offset, (*self.lead, *self.strides))

    @property
    def is_dense(self) -> bool:
        """Whether the row lies in one piece, in C order."""
        expected = contiguous(self.shape)
        pairs = zip(self.strides, expected, self.shape, strict=True)
        return all(stride == wanted or size == 1 for stride, wanted, size in pairs)

    def permuted(self, order: Sequence[int]) -> "Value":
        """Reorder the axes."""
        return replace(
            self,
            shape=picked(self.shape, order),
            strides=picked(self.strides, order),
        )

    def reshaped(self, shape: Sequence[int]) -> "Value":
        """Return a dense value in another shape."""
        return replace(self, shape=tuple(shape), strides=contiguous(shape))

    def with_ones(self, position: int, count: int) -> "Value":
        """Insert axes of size 1."""
        ones = (1,) * count
        return replace(
            self,
            shape=(*self.shape[:position], *ones, *self.shape[position:]),
            strides=(*self.strides[:position], *(0 for _ in ones), *self.strides[position:]),
        )

    def broadcast(self, shape: Sequence[int]) -> "Value":
        """Stretch axes of size 1, and missing ones in front, as NumPy does."""
        missing = len(shape) - self.rank
        aligned = self.with_ones(0, missing) if missing else self
        sizes = zip(aligned.shape, aligned.strides, shape, strict=True)
        strides = tuple(0 if size != wanted else stride for size, stride, wanted in sizes)
        return replace(aligned, shape=tuple(shape), strides=strides)

    def part(self, axis: int, start: int, size: int) -> "Value":
        """Return a slice of one axis."""
        shape = (*self.shape[:axis], size, *self.shape[axis + 1 :])
        return replace(self, shape=shape, offset=self.offset + start * self.strides[axis])


def contiguous(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the strides of C order."""
    if not shape:
        return ()
    behind = list(accumulate(reversed(shape[1:]), lambda a, b: a * b, initial=1))
    return tuple(reversed(behind))


def broadcast_shapes(*shapes: Sequence[int]) -> tuple[int, ...]:
    """Return the shape that all stretch to; that they fit, the description has made sure of."""
    rank = max((len(shape) for shape in shapes), default=0)
    aligned = [(*[1] * (rank - len(shape)), *shape) for shape in shapes]
    return tuple(map(max, zip(*aligned, strict=True)))
