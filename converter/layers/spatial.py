"""Layers that put a border around space, cut one off, or repeat what is there."""

from dataclasses import dataclass
from typing import ClassVar, Literal, final

from keronyx.converter.layers.windows import Spatial
from keronyx.converter.tensors import Shape, Size

Borders = tuple[tuple[int, int], ...]
"""How many places before and behind, for each axis of space."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ZeroPadding(Spatial, abstract=True):
    """Zeros around space: ``padding`` (before, behind) of each axis."""

    padding: Borders
    keeps_dtype: ClassVar[bool] = True

    def infer_shape(self, *shapes: Shape) -> Shape:
        """So much longer."""
        (shape,) = shapes
        sizes = self.sizes_of(shape)
        if len(self.padding) != self.space or any(min(border) < 0 for border in self.padding):
            raise self.refuse(f"padding={self.padding}")
        longer = tuple(
            _plus(size, *border) for size, border in zip(sizes, self.padding, strict=True)
        )
        return self.shaped(shape[0], longer, shape[self.channel_axis])


@final
class ZeroPadding1D(ZeroPadding):
    """Zeros before and behind steps."""

    space: ClassVar[int] = 1


@final
class ZeroPadding2D(ZeroPadding):
    """Zeros around images."""

    space: ClassVar[int] = 2


@final
class ZeroPadding3D(ZeroPadding):
    """Zeros around volumes."""

    space: ClassVar[int] = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Cropping(Spatial, abstract=True):
    """Space without its border: ``cropping`` (before, behind) of each axis."""

    cropping: Borders
    keeps_dtype: ClassVar[bool] = True

    def infer_shape(self, *shapes: Shape) -> Shape:
        """So much shorter."""
        (shape,) = shapes
        sizes = self.sizes_of(shape)
        if len(self.cropping) != self.space or any(min(border) < 0 for border in self.cropping):
            raise self.refuse(f"cropping={self.cropping}")
        left = tuple(
            _plus(size, -before, -behind)
            for size, (before, behind) in zip(sizes, self.cropping, strict=True)
        )
        if any(isinstance(size, int) and size < 1 for size in left):
            raise self.misfit(f"cropping={self.cropping} of a space of {list(sizes)}")
        return self.shaped(shape[0], left, shape[self.channel_axis])


@final
class Cropping1D(Cropping):
    """Steps without some at both ends."""

    space: ClassVar[int] = 1


@final
class Cropping2D(Cropping):
    """Images without a border."""

    space: ClassVar[int] = 2


@final
class Cropping3D(Cropping):
    """Volumes without a border."""

    space: ClassVar[int] = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class UpSampling(Spatial, abstract=True):
    """Every place of space ``size`` times, one behind the other."""

    size: tuple[int, ...]
    interpolation: Literal["nearest"] = "nearest"
    keeps_dtype: ClassVar[bool] = True

    def infer_shape(self, *shapes: Shape) -> Shape:
        """So many times as long."""
        (shape,) = shapes
        sizes = self.sizes_of(shape)
        if len(self.size) != self.space or min(self.size) < 1:
            raise self.refuse(f"size={list(self.size)}")
        longer = tuple(
            size * times if isinstance(size, int) else size if times == 1 else None
            for size, times in zip(sizes, self.size, strict=True)
        )
        return self.shaped(shape[0], longer, shape[self.channel_axis])


@final
class UpSampling1D(UpSampling):
    """Every step several times."""

    space: ClassVar[int] = 1


@final
class UpSampling2D(UpSampling):
    """Every pixel several times."""

    space: ClassVar[int] = 2


@final
class UpSampling3D(UpSampling):
    """Every voxel several times."""

    space: ClassVar[int] = 3


def _plus(size: Size, *more: int) -> Size:
    if isinstance(size, int):
        return size + sum(more)
    return None if any(more) else size
