"""Views: a value told as another one with its axes in another order, some of size 1 added or gone.

Transpose, Squeeze, Unsqueeze and a Reshape that only moves ones make a view of a view, so that a
chain of them is one view of the value that it began with.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from keronyx.converter.graph.nodes import Value
from keronyx.converter.several import picked, present, without
from keronyx.converter.tensors import Sizes

Known = TypeVar("Known")

Axes = tuple[int | None, ...]
"""For each axis of a view that of the source, or None for a new one of size 1."""


def all_known(found: Iterable[Known | None]) -> list[Known] | None:
    """Return what was found; None where anything was not."""
    items = list(found)
    known = present(items)
    return known if len(known) == len(items) else None


@dataclass(frozen=True, slots=True)
class View:
    """The ``source`` with its axes in the order of ``axes``.

    Axes of the source that are not among them have size 1.
    """

    source: Value
    axes: Axes

    @classmethod
    def whole(cls, value: Value) -> "View":
        """Return the value as it is."""
        return cls(value, tuple(range(value.rank)))

    @property
    def is_whole(self) -> bool:
        """Whether nothing is moved."""
        return self.axes == tuple(range(self.source.rank))

    @property
    def shape(self) -> Sizes:
        """The shape of the view."""
        return tuple(1 if axis is None else self.source.shape[axis] for axis in self.axes)

    @property
    def rank(self) -> int:
        """Number of axes of the view."""
        return len(self.axes)

    @property
    def absent(self) -> list[int]:
        """Axes of the source, of size 1, that the view leaves out."""
        return without(range(self.source.rank), self.axes)

    @property
    def is_in_order(self) -> bool:
        """Whether the numbers lie as in the source: only axes of size 1 have moved."""
        moved = [axis for axis in self.axes if axis is not None and self.source.shape[axis] != 1]
        return moved == sorted(moved)

    def transposed(self, order: Sequence[int]) -> "View":
        """Return the view with its axes in another order."""
        return View(self.source, picked(self.axes, order))

    def squeezed(self, gone: Iterable[int]) -> "View":
        """Return the view without some axes of size 1."""
        lost = {axis % self.rank for axis in gone}
        kept = tuple(axis for place, axis in enumerate(self.axes) if place not in lost)
        return View(self.source, kept)

    def unsqueezed(self, new: Sequence[int]) -> "View":
        """Return the view with axes of size 1 more, at these places of the result."""
        rank = self.rank + len(new)
        places = {axis % rank for axis in new}
        rest = iter(self.axes)
        axes = tuple(None if place in places else next(rest) for place in range(rank))
        return settled(self.source, axes)

    def reshaped(self, shape: Sizes) -> "View | None":
        """Return the view in a shape that has the same sizes but for ones; None where it has not.

        At most one size may be open, which is the batch's in both.
        """
        sizes = _without_ones(self.shape)
        if sizes != _without_ones(shape) or sizes.count(None) > 1:
            return None
        rest = (axis for axis, size in zip(self.axes, self.shape, strict=True) if size != 1)
        return settled(self.source, tuple(None if size == 1 else next(rest) for size in shape))

    def places(self, axes: Iterable[int]) -> list[int] | None:
        """Return the source's axes of some of the view; None where one is new."""
        return all_known(self.axes[axis % self.rank] for axis in axes)

    def steps(self) -> list[tuple[str, list[int], Sizes]]:
        """Return operators that make the view, each with its axes or order, and the shape after."""
        found: list[tuple[str, list[int], Sizes]] = []
        now = View.whole(self.source)
        if self.absent:
            now = now.squeezed(self.absent)
            found.append(("Squeeze", self.absent, now.shape))
        order = [now.axes.index(axis) for axis in self.axes if axis is not None]
        if order != sorted(order):
            now = now.transposed(order)
            found.append(("Transpose", order, now.shape))
        if self.added:
            found.append(("Unsqueeze", self.added, self.shape))
        return found

    @property
    def added(self) -> list[int]:
        """The view's axes that the source does not have."""
        return [place for place, axis in enumerate(self.axes) if axis is None]

    def shape_in_source(self, shape: Sizes) -> Sizes:
        """Return a shape of the view's axes as one of the source's."""
        known = dict(zip(self.axes, shape, strict=True))
        return tuple(known.get(axis, 1) for axis in range(self.source.rank))

    def inverse(self, rank: int) -> Axes:
        """Return what makes a value of the source's axes of one that broadcasts with the view.

        ``rank`` is that of the value, its axes the last ones of the view's.
        """
        missing = self.rank - rank
        places = {axis: place - missing for place, axis in enumerate(self.axes)}
        found = (places.get(axis, -1) for axis in range(self.source.rank))
        return tuple(place if place >= 0 else None for place in found)


def _without_ones(shape: Sizes) -> list[int | None]:
    return without(shape, [1])


def settled(source: Value, axes: Axes) -> View:
    """Return a view whose new axes are those that the source has and the view would leave out."""
    free = iter(without(range(source.rank), axes))
    return View(source, tuple(next(free, None) if axis is None else axis for axis in axes))


def all_axes(axes: Axes, rank: int) -> list[int]:
    """Return axes of a value without the new ones, and behind them those that are left out."""
    order = present(axes)
    return [*order, *(axis for axis in range(rank) if axis not in order)]
