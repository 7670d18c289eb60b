"""Operations that give a tensor other axes: other sizes, another order, axes of size 1."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, final

from keronyx.converter.layers.base import Role
from keronyx.converter.layers.ops_base import Applied, Axes, Rule
from keronyx.converter.layers.promotion import kept
from keronyx.converter.layers.sizes import numbers_in, product, shown
from keronyx.converter.several import as_tuple
from keronyx.converter.tensors import Shape, Size

MOVED: Final = Rule(kept, takes="all")
"""What moves numbers keeps their dtype, whatever it is."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Moving(Applied, abstract=True):
    """An operation whose output holds the numbers of its operands."""

    role: ClassVar[Role] = "moves"

    @property
    def rule(self) -> Rule:
        """Their dtype, or the promoted one."""
        return MOVED


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Reshaped(Moving, abstract=True):
    """The numbers in rows of ``newshape``, in which one size may be -1: what is left."""

    newshape: int | tuple[int, ...] = (-1,)

    @property
    def wanted(self) -> tuple[int, ...]:
        """The sizes; -1 for the one that is left."""
        return as_tuple(self.newshape)

    def shape_of(self, *shapes: Shape) -> Shape:
        """The sizes that are told, and what they leave."""
        (shape,) = shapes
        if self.wanted.count(-1) > 1 or min(self.wanted, default=1) < -1 or 0 in self.wanted:
            raise self.refuse(f"newshape {self.wanted}")
        left = self._left(shape)
        return tuple(left if size == -1 else size for size in self.wanted)

    def _left(self, shape: Shape) -> Size:
        told = product(tuple(size for size in self.wanted if size != -1))
        known = product((*numbers_in(shape),))
        assert isinstance(told, int) and isinstance(known, int)  # noqa: S101, PT018 - of numbers
        open_sizes = [size for size in shape if not isinstance(size, int)]
        if open_sizes:
            return open_sizes[0] if len(open_sizes) == 1 and known == told else None
        if known % told or (-1 not in self.wanted and known != told):
            raise self.refuse(f"shape {shown(shape)} as {self.wanted}")
        return known // told


@dataclass(frozen=True, kw_only=True, eq=False)
class Permuting(Moving, abstract=True):
    """The axes in another order."""

    @abstractmethod
    def order(self, rank: int) -> tuple[int, ...]:
        """The axis of the input that each of the output is."""

    def shape_of(self, *shapes: Shape) -> Shape:
        """The sizes in the order."""
        return tuple(shapes[0][axis] for axis in self.order(len(shapes[0])))


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Transposed(Permuting, abstract=True):
    """The axes in the order of ``axes``; without them backwards."""

    axes: tuple[int, ...] | None = None

    def order(self, rank: int) -> tuple[int, ...]:
        """As it is told."""
        told = self.axes or tuple(reversed(range(rank)))
        found = tuple(self.axis_of(axis, rank) for axis in told)
        if sorted(found) != [*range(rank)]:
            raise self.refuse(f"axes {self.axes} of {rank}")
        return found


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Swapped(Permuting, abstract=True):
    """Two axes in each other's place."""

    axis1: int
    axis2: int

    def order(self, rank: int) -> tuple[int, ...]:
        """All in order but the two."""
        first, second = (self.axis_of(axis, rank) for axis in (self.axis1, self.axis2))
        swapped = {first: second, second: first}
        return tuple(swapped.get(axis, axis) for axis in range(rank))


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class AxesMoved(Permuting, abstract=True):
    """The axes ``source`` in the places ``destination``, the others in order around them."""

    source: int | tuple[int, ...]
    destination: int | tuple[int, ...]

    def order(self, rank: int) -> tuple[int, ...]:
        """The others, and each that is moved put in its place."""
        moved, places = (self._several(each, rank) for each in (self.source, self.destination))
        if len(moved) != len(places):
            raise self.refuse(f"axes {moved} to {places}")
        order = [axis for axis in range(rank) if axis not in moved]
        for place, axis in sorted(zip(places, moved, strict=True)):
            order.insert(place, axis)
        return tuple(order)

    def _several(self, axes: int | tuple[int, ...], rank: int) -> Sequence[int]:
        named = as_tuple(axes)
        return [self.axis_of(axis, rank) for axis in named]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class AxesInserted(Moving, abstract=True):
    """Axes of size 1, so that they are at ``axis`` of the result."""

    axis: int | tuple[int, ...]

    def places(self, rank: int) -> tuple[int, ...]:
        """The new axes of the result, counted from the front, in order."""
        count = len(self.axis) if isinstance(self.axis, tuple) else 1
        return self.places_of(self.axis, rank + count)

    def shape_of(self, *shapes: Shape) -> Shape:
        """With the new axes."""
        sizes = [*shapes[0]]
        for place in self.places(len(sizes)):
            sizes.insert(place, 1)
        return tuple(sizes)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class AxesRemoved(Moving, abstract=True):
    """Without the axes ``axis``, which have size 1; by default without all that have."""

    axis: Axes = None

    def places(self, shape: Shape) -> tuple[int, ...]:
        """The axes that go, counted from the front, in order."""
        if self.axis is not None:
            return self.places_of(self.axis, len(shape))
        if None in shape or any(isinstance(size, str) for size in shape):
            raise self.refuse("all axes of size 1, where sizes vary", "name them")
        return tuple(axis for axis, size in enumerate(shape) if size == 1)

    def shape_of(self, *shapes: Shape) -> Shape:
        """Without the axes."""
        (shape,) = shapes
        places = self.places(shape)
        if any(isinstance(shape[place], int) and shape[place] != 1 for place in places):
            raise self.refuse(f"axis {self.axis} of shape {shown(shape)} has not size 1")
        return tuple(size for axis, size in enumerate(shape) if axis not in places)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Spread(Moving, abstract=True):
    """The numbers again and again along new axes and those of size 1, up to ``shape``."""

    shape: tuple[int, ...]

    def shape_of(self, *shapes: Shape) -> Shape:
        """The shape, where the input's suits it."""
        (given,) = shapes
        rank = len(self.shape)
        aligned = (*(1,) * (rank - len(given)), *given)
        known = zip(aligned, self.shape, strict=True) if len(given) <= rank else [(2, 1)]
        if any(isinstance(size, int) and size not in (1, wanted) for size, wanted in known):
            raise self.refuse(f"shape {shown(given)} to {shown(self.shape)}")
        return self.shape


OPERATIONS: Final = (
    Reshaped,
    Transposed,
    Swapped,
    AxesMoved,
    AxesInserted,
    AxesRemoved,
    Spread,
)
