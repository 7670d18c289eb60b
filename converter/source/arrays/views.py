"""Strided places of flat memory as NumPy's reshape, slices and transpose."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import dropwhile
from math import prod

from keronyx.converter.several import picked

Walk = tuple[int, int]
"""Size and stride of an axis; a stride of 0 broadcasts."""


@dataclass(frozen=True)
class Held:
    """An array that holds a buffer: its name, its shape without the batch axis, if it has one."""

    name: str
    shape: tuple[int, ...]
    batched: bool = True

    @property
    def size(self) -> int:
        """Number of elements, in a row if it has one."""
        return prod(self.shape)

    def reshaped(self, shape: Sequence[int]) -> str:
        """Return the array in another shape."""
        if tuple(shape) == self.shape:
            return self.name
        sizes = ", ".join(["rows"] * self.batched + list(map(str, shape)))
        return f"{self.name}.reshape({sizes})"


def view(held: Held, offset: int, walks: Sequence[Walk]) -> str:
    """Return the expression of a view with an axis for each walk, behind that of the batch.

    Without a batch, axes of size 1 in front may be missing. It can be assigned to.
    """
    if not held.shape:
        return _indexed(held.name, held, [None] * len(walks))
    moving = [axis for axis, (_, stride) in enumerate(walks) if stride]
    order = sorted(moving, key=lambda axis: -walks[axis][1])
    cut = _cut(held.size, offset, list(picked(walks, order)))
    if cut is None:
        return _gathered(held, offset, walks)
    shape, slices = cut
    text = held.reshaped(shape)
    if order != moving:
        text = _turned(_indexed(text, held, slices), held, [*map(order.index, moving)])
        order, slices = moving, [":"] * len(order)
    by_axis = dict(zip(order, slices, strict=False))
    rest = slices[len(order) :]
    return _indexed(text, held, [*map(by_axis.get, range(len(walks))), *rest])


def _turned(text: str, held: Held, order: Sequence[int]) -> str:
    """Return the text of an array with its axes, that of the batch aside, in another order."""
    places = [0, *(axis + 1 for axis in order)] if held.batched else order
    return f"{text}.transpose({', '.join(map(str, places))})"


def _cut(size: int, offset: int, walks: Sequence[Walk]) -> tuple[tuple[int, ...], list[str]] | None:
    """Return the shape in which each walk is a slice of one axis, and the slices."""
    shape: list[int] = []
    slices: list[str] = []
    for count, stride in walks:
        start, offset = divmod(offset, stride)
        if stride < 0 or size % stride or start + count > size // stride:
            return None
        shape.append(size // stride)
        slices.append(_slice(start, count, size // stride))
        size = stride
    if size > 1 or not walks:
        shape.append(size)
        slices.append(str(offset))
    return tuple(shape), slices


def _slice(start: int, count: int, size: int) -> str:
    return ":" if count == size else f"{start}:{start + count}"


def _indexed(text: str, held: Held, parts: Sequence[str | None]) -> str:
    """Return the text with an index; None is a new axis."""
    index = [":"] if held.batched else []
    index += ["None" if part is None else part for part in parts]
    # New axes in front come by themselves, and all of those behind are taken anyway.
    index = [*dropwhile("None".__eq__, index)]
    index = [*dropwhile(":".__eq__, reversed(index))][::-1]
    return f"{text}[{', '.join(index)}]" if index else text


def _gathered(held: Held, offset: int, walks: Sequence[Walk]) -> str:
    """Return a view by the number of each element: whatever the strides are."""
    terms = [str(offset)] if offset else []
    for axis, (size, stride) in enumerate(walks):
        if stride:
            numbers = f"np.arange({size}){_on_axis(axis, len(walks))}"
            terms.append(numbers if stride == 1 else f"{stride} * {numbers}")
    flat = held.reshaped((held.size,))
    return f"{flat}[{':, ' if held.batched else ''}{' + '.join(terms)}]"


def _on_axis(axis: int, rank: int) -> str:
    """Return the index that puts numbers on one of several axes."""
    if rank == 1:
        return ""
    return f"[{', '.join([*['None'] * axis, ':', *['None'] * (rank - axis - 1)])}]"
