"""Operations that turn tensors: numbers moved on, axes backwards, quarters of a turn."""

from dataclasses import dataclass
from typing import ClassVar, Final, final

from keronyx.converter.layers.ops_base import Axes
from keronyx.converter.layers.ops_shapes import Moving
from keronyx.converter.several import as_tuple
from keronyx.converter.tensors import Shape

BACKENDS: Final = "Keras's backends make different numbers of it"


@dataclass(frozen=True, kw_only=True, eq=False)
class Turning(Moving, abstract=True):
    """Numbers at other places of the same axes."""

    readings: ClassVar[str] = "ops_joins"


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Rolled(Turning, abstract=True):
    """Numbers moved on by ``shift`` places along axes, around the end; without axes, in a row."""

    shift: int | tuple[int, ...]
    axis: Axes = None

    def steps(self, rank: int) -> list[tuple[int, int]]:
        """Axes and shifts."""
        shifts = as_tuple(self.shift)
        axes = as_tuple(0 if self.axis is None else self.axis)
        if len(axes) != len(shifts):
            raise self.refuse(f"shifts {shifts} of axes {axes}")
        return [(self.axis_of(axis, rank), by) for axis, by in zip(axes, shifts, strict=True)]

    def shape_of(self, *shapes: Shape) -> Shape:
        """The input's."""
        self.steps(1 if self.axis is None else len(shapes[0]))
        return shapes[0]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Flipped(Turning, abstract=True):
    """The axes backwards: all of them, or those that are named."""

    axis: Axes = None

    def places(self, rank: int) -> tuple[int, ...]:
        """The axes counted from the front."""
        return self.places_of(self.axis, rank)

    def shape_of(self, *shapes: Shape) -> Shape:
        """The input's."""
        self.places(len(shapes[0]))
        return shapes[0]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Rotated(Turning, abstract=True):
    """``k`` quarters of a turn from the first of two axes to the second."""

    k: int = 1
    axes: tuple[int, int] = (0, 1)

    def plane(self, rank: int) -> tuple[int, int]:
        """The axes counted from the front."""
        first, second = (self.axis_of(axis, rank) for axis in self.axes)
        if first == second:
            raise self.refuse(f"axes {self.axes}")
        return first, second

    def shape_of(self, *shapes: Shape) -> Shape:
        """The sizes of the two axes change places at each quarter."""
        sizes = [*shapes[0]]
        first, second = self.plane(len(sizes))
        if self.k % 4 == 2 and sizes[first] != sizes[second]:
            raise self.refuse("half a turn of unequal sides", BACKENDS)
        if self.k % 2:
            sizes[first], sizes[second] = sizes[second], sizes[first]
        return tuple(sizes)


OPERATIONS: Final = (Rolled, Flipped, Rotated)
