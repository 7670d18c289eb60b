"""Operations that put tensors one behind the other, take them apart, or repeat them."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Final, Literal, final

from keronyx.converter.layers.base import Spec
from keronyx.converter.layers.ops_shapes import Moving
from keronyx.converter.layers.sizes import fits, numbers_in, product, same, shown
from keronyx.converter.several import as_tuple
from keronyx.converter.tensors import KerasTensor, Shape, Size

MOST: Final = 10_000
"""Most outputs of an operation."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Concatenated(Moving, abstract=True):
    """Tensors one behind the other along ``axis``; without one, all their numbers.

    hstack and vstack take the second and the first axis, dstack the third, which it makes.
    """

    axis: int | None = 0

    def widened(self, rank: int) -> tuple[int, ...]:
        """The axes of size 1 that are made before, in their places."""
        if self.function != "dstack":
            return ()
        return {0: (0, 1, 2), 1: (0, 2), 2: (2,)}.get(rank, ())

    def place(self, rank: int) -> int:
        """The axis, of tensors with so many axes, those that are made counted in."""
        if self.function == "vstack" and rank < 2:
            raise self.refuse(f"vstack of tensors with {rank} axes")
        told = {"vstack": 0, "hstack": min(1, rank - 1), "dstack": 2}.get(self.function, self.axis)
        return self.axis_of(told or 0, rank)

    @property
    def flat(self) -> bool:
        """Whether tensors are put in a row first."""
        return self.axis is None

    def shape_of(self, *shapes: Shape) -> Shape:
        """With the sizes along the axis added."""
        made = [self._before(shape) for shape in shapes]
        place = self.place(len(made[0]))
        rests = [(*shape[:place], *shape[place + 1 :]) for shape in made]
        if not all(fits(rest, rests[0]) for rest in rests):
            raise self.refuse(f"shapes {' and '.join(map(shown, shapes))}")
        rest = [same(sizes) for sizes in zip(*rests, strict=True)]
        return (*rest[:place], total([shape[place] for shape in made]), *rest[place:])

    def _before(self, shape: Shape) -> Shape:
        if self.flat:
            return (product(shape),)
        sizes = [*shape]
        for axis in self.widened(len(shape)):
            sizes.insert(axis, 1)
        return tuple(sizes)


def total(sizes: Sequence[Size]) -> Size:
    """Return the sum of sizes, where all are numbers."""
    known = numbers_in(sizes)
    return sum(known) if len(known) == len(sizes) else None


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Stacked(Moving, abstract=True):
    """Tensors of one shape one behind the other along a new axis."""

    axis: int = 0

    def place(self, rank: int) -> int:
        """The new axis, of tensors with so many."""
        return self.axis_of(self.axis, rank + 1)

    def shape_of(self, *shapes: Shape) -> Shape:
        """With the new axis."""
        if not all(fits(shape, shapes[0]) for shape in shapes):
            raise self.refuse(f"shapes {' and '.join(map(shown, shapes))}")
        sizes = [same(each) for each in zip(*shapes, strict=True)]
        place = self.place(len(sizes))
        return (*sizes[:place], len(shapes), *sizes[place:])


@dataclass(frozen=True, kw_only=True, eq=False)
class Parting(Moving, abstract=True):
    """A tensor in several."""

    @abstractmethod
    def shapes(self, shape: Shape) -> tuple[Shape, ...]:
        """The shapes of the parts."""

    def shape_of(self, *shapes: Shape) -> Shape:
        """That of the first part."""
        return self.shapes(shapes[0])[0]

    def results(self, *inputs: KerasTensor, **_arguments: object) -> tuple[Spec, ...]:
        """Every part, of the dtype that all of it has."""
        (tensor,) = inputs
        return tuple(Spec(shape, tensor.dtype) for shape in self.shapes(tensor.shape))


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Parted(Parting, abstract=True):
    """Parts along an axis: so many of one size, or those between places.

    hsplit takes the second axis (of a vector the first), dsplit the third. The first parts of
    array_split are one longer where the size cannot be divided.
    """

    indices_or_sections: int | tuple[int, ...]
    axis: int = 0

    def place(self, rank: int) -> int:
        """The axis."""
        told = {"hsplit": min(1, rank - 1), "dsplit": 2}.get(self.function, self.axis)
        return self.axis_of(told, rank)

    def bounds(self, size: Size) -> list[tuple[int, int | None]]:
        """From where to where each part goes; None for the end."""
        told = self.indices_or_sections
        if isinstance(told, tuple):
            return [*zip((0, *told), (*told, None), strict=True)]
        if not isinstance(size, int) or not 0 < told <= MOST:
            raise self.refuse(f"{told} parts of an axis whose size varies")
        length, more = divmod(size, told)
        if more and self.function != "array_split":
            raise self.refuse(f"{told} parts of an axis of size {size}")
        starts = [place * length + min(place, more) for place in range(told)]
        return [*pairwise([*starts, size])]

    def shapes(self, shape: Shape) -> tuple[Shape, ...]:
        """The input's with the sizes of the parts."""
        place = self.place(len(shape))
        size = shape[place]
        bounds = self.bounds(size)
        ends = [end for _, end in bounds if end is not None]
        if ends != sorted(ends) or (isinstance(size, int) and max(ends, default=0) > size):
            raise self.refuse(f"places {self.indices_or_sections} of an axis of size {size}")
        sizes = [_length(start, size if end is None else end) for start, end in bounds]
        return tuple((*shape[:place], each, *shape[place + 1 :]) for each in sizes)


def _length(start: int, end: Size) -> Size:
    return end - start if isinstance(end, int) else None


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Unstacked(Parting, abstract=True):
    """What stands at each place of an axis, ``num`` of them."""

    num: int | None = None
    axis: int = 0

    def count(self, shape: Shape) -> int:
        """How many parts there are."""
        size = shape[self.axis_of(self.axis, len(shape))]
        found = size if self.num is None else self.num
        if not isinstance(found, int) or found > MOST or (isinstance(size, int) and found != size):
            raise self.refuse(f"{found} parts of an axis of size {size}")
        return found

    def shapes(self, shape: Shape) -> tuple[Shape, ...]:
        """The input's without the axis."""
        place = self.axis_of(self.axis, len(shape))
        return ((*shape[:place], *shape[place + 1 :]),) * self.count(shape)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Tiled(Moving, abstract=True):
    """All of it so many times along the last axes, those in front of the first being new."""

    repeats: int | tuple[int, ...]

    def times(self, rank: int) -> tuple[int, ...]:
        """How often along each axis of the result."""
        told = as_tuple(self.repeats)
        return (*(1,) * (rank - len(told)), *told)

    def shape_of(self, *shapes: Shape) -> Shape:
        """The sizes so many times."""
        times = self.times(len(shapes[0]))
        sizes = (*(1,) * (len(times) - len(shapes[0])), *shapes[0])
        return tuple(product(pair) for pair in zip(sizes, times, strict=True))


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Repeated(Moving, abstract=True):
    """Every place of ``axis`` so many times; without an axis, of all numbers in a row."""

    repeats: int | tuple[int, ...]
    axis: int | None = None

    @property
    def each(self) -> int | tuple[int, ...]:
        """How often every place is repeated, or each of them."""
        told = self.repeats
        return told[0] if isinstance(told, tuple) and len(told) == 1 else told

    def shape_of(self, *shapes: Shape) -> Shape:
        """With a longer axis."""
        shape = (product(shapes[0]),) if self.axis is None else shapes[0]
        place = self.axis_of(self.axis or 0, len(shape))
        return (*shape[:place], self._longer(shape[place]), *shape[place + 1 :])

    def _longer(self, size: Size) -> Size:
        if isinstance(self.each, int):
            return product((size, self.each))
        if size != len(self.each):
            raise self.refuse(f"repeats of {len(self.each)} places for an axis of size {size}")
        return sum(self.each)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Padded(Moving, abstract=True):
    """Borders of so many places: of a constant, 0 by default, or of what is near.

    "symmetric" mirrors the border's own numbers, "reflect" those behind it. The constant is the
    second operand.
    """

    pad_width: int | tuple[int | tuple[int, ...], ...]
    mode: Literal["constant", "reflect", "symmetric"] = "constant"
    takes_constant: ClassVar[bool] = True

    def widths(self, rank: int) -> list[tuple[int, int]]:
        """Before and behind each axis."""
        told = self.pad_width if isinstance(self.pad_width, tuple) else (self.pad_width,)
        plain = [each for each in told if isinstance(each, int)]
        pairs = [as_tuple(each) for each in told]
        if plain:
            pairs = [tuple(plain)]
        both = [(pair[0], pair[-1]) for pair in pairs]
        found = both * rank if len(both) == 1 else both
        if len(found) != rank or min(map(min, found), default=0) < 0:
            raise self.refuse(f"pad_width {self.pad_width} of {rank} axes")
        return found

    def shape_of(self, *shapes: Shape) -> Shape:
        """With the borders."""
        widths = self.widths(len(shapes[0]))
        return tuple(_wider(size, sum(pair)) for size, pair in zip(shapes[0], widths, strict=True))

    def computes_in(self, *dtypes: str) -> str:
        """The dtype of what gets borders."""
        return dtypes[0]


def _wider(size: Size, more: int) -> Size:
    if isinstance(size, int):
        return size + more
    return None if more else size


OPERATIONS: Final = (
    Concatenated,
    Stacked,
    Parted,
    Unstacked,
    Tiled,
    Repeated,
    Padded,
)
