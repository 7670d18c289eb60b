"""Operations on the places of images and volumes: windows in a row, channels turned to places."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, final

from keronyx.converter.layers.ops_base import Applied, Rule
from keronyx.converter.layers.promotion import kept
from keronyx.converter.layers.sizes import shown
from keronyx.converter.tensors import Shape, Size

DataFormat = Literal["channels_last", "channels_first"] | None
"""None is Keras's default, channels_last."""

MOST: Final = 4096
"""The most places of a window."""


def each(value: int | tuple[int, ...], count: int) -> tuple[int, ...]:
    """Return a number for each axis."""
    return value if isinstance(value, tuple) else (value,) * count


@dataclass(frozen=True, kw_only=True, eq=False)
class InSpace(Applied, abstract=True):
    """An operation on (batch, *space, channels), the batch of which may be missing."""

    data_format: DataFormat = "channels_last"

    def order(self, rank: int, space: int) -> tuple[int, ...]:
        """The axes with the channels behind: as they are where they stand there."""
        axes = tuple(range(rank))
        if self.data_format != "channels_first":
            return axes
        front = rank - space - 1
        return (*axes[:front], *axes[front + 1 :], front)

    def inward(self, shape: Shape, space: int) -> Shape:
        """A shape with the channels behind."""
        if len(shape) not in (space + 1, space + 2):
            raise self.refuse(f"an input of shape {shown(shape)}")
        return tuple(shape[axis] for axis in self.order(len(shape), space))

    def outward(self, shape: Shape, space: int) -> Shape:
        """A shape with the channels where they stand."""
        order = self.order(len(shape), space)
        return tuple(shape[order.index(axis)] for axis in range(len(shape)))


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Patches(InSpace, abstract=True):
    """Each window as the channels of one place: its places in their order, channels innermost."""

    size: tuple[int, ...]
    strides: int | tuple[int, ...] | None = None
    dilation_rate: int | tuple[int, ...] = 1
    padding: Literal["valid", "same"] = "valid"
    rules: ClassVar[Mapping[str, Rule]] = {"extract_patches": Rule(kept, takes="floats")}

    @property
    def space(self) -> int:
        """How many axes of space there are."""
        return len(self.size)

    @property
    def steps(self) -> tuple[int, ...]:
        """From window to window, the window's size by default."""
        return each(self.strides or self.size, self.space)

    @property
    def apart(self) -> tuple[int, ...]:
        """From place to place in a window."""
        return each(self.dilation_rate, self.space)

    @property
    def widths(self) -> tuple[int, ...]:
        """What a window covers along each axis."""
        pairs = zip(self.size, self.apart, strict=True)
        return tuple((size - 1) * apart + 1 for size, apart in pairs)

    def counts(self, sizes: Shape) -> tuple[int, ...]:
        """How many windows there are along each axis of space."""
        return tuple(map(self._count, sizes, self.widths, self.steps))

    def _count(self, size: Size, width: int, step: int) -> int:
        if not isinstance(size, int):
            raise self.refuse("images of open height or width")
        return -(-size // step) if self.padding == "same" else max(0, (size - width) // step + 1)

    def shape_of(self, *shapes: Shape) -> Shape:
        """(*batch, *counts, places of a window · channels)."""
        *front, channels = self.inward(shapes[0], self.space)
        places = 1
        for size in self.size:
            places *= size
        if not isinstance(channels, int) or places > MOST:
            raise self.refuse(f"windows of {places} places and {channels} channels")
        split = len(front) - self.space
        counts = self.counts(tuple(front[split:]))
        if 0 in counts:
            raise self.refuse(f"windows of {self.size} in an input of {shown(shapes[0])}")
        return self.outward((*front[:split], *counts, places * channels), self.space)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Blocks(InSpace, abstract=True):
    """Channels as the places of blocks (depth_to_space), or these as channels (space_to_depth)."""

    block_size: int
    rules: ClassVar[Mapping[str, Rule]] = dict.fromkeys(
        ("depth_to_space", "space_to_depth"), Rule(kept, takes="all")
    )

    def shape_of(self, *shapes: Shape) -> Shape:
        """Sizes times the block's, and channels by its square; or the other way round."""
        batch, height, width, channels = self.inward(shapes[0], 2)
        block = self.block_size
        known = [size for size in (height, width, channels) if isinstance(size, int)]
        if len(known) != 3:
            raise self.refuse("images of open height, width or channels")
        high, wide, deep = known
        if self.function == "depth_to_space":
            sizes = (high * block, wide * block, deep // block**2)
            fits = deep % block**2 == 0
        else:
            sizes = (high // block, wide // block, deep * block**2)
            fits = high % block == 0 and wide % block == 0
        if not fits:
            raise self.refuse(f"blocks of {block} in an input of {shown(shapes[0])}")
        return self.outward((batch, *sizes), 2)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Grayscale(InSpace, abstract=True):
    """0.2989 red + 0.587 green + 0.114 blue, as one channel; one channel stays."""

    rules: ClassVar[Mapping[str, Rule]] = {"rgb_to_grayscale": Rule(kept, takes="floats")}

    def shape_of(self, *shapes: Shape) -> Shape:
        """One channel."""
        *front, channels = self.inward(shapes[0], 2)
        if channels not in (1, 3):
            raise self.refuse(f"{channels} channels")
        return self.outward((*front, 1), 2)


OPERATIONS: Final = (Patches, Blocks, Grayscale)
