"""Layers that put a border around space, cut one off, or make it several times as long."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, final

from keronyx.converter.layers.resampling import Interpolation, Resampled
from keronyx.converter.layers.sizes import is_empty
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
        if not _are_borders(self.padding, self.space):
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
        if not _are_borders(self.cropping, self.space):
            raise self.refuse(f"cropping={self.cropping}")
        left = tuple(
            _plus(size, -before, -behind)
            for size, (before, behind) in zip(sizes, self.cropping, strict=True)
        )
        if is_empty(left):
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
    keeps_dtype: ClassVar[bool] = True

    def infer_shape(self, *shapes: Shape) -> Shape:
        """So many times as long."""
        (shape,) = shapes
        sizes = self.sizes_of(shape)
        self.check_sizes(size=self.size)
        longer = tuple(map(_times, sizes, self.size))
        return self.shaped(shape[0], longer, shape[self.channel_axis])


@final
class UpSampling1D(UpSampling):
    """Every step several times."""

    space: ClassVar[int] = 1


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class UpSampling2D(UpSampling, Resampled):
    """Every pixel several times, or what lies between them.

    ``half_pixel``, whether a pixel is where its middle is, is no config key but the version's:
    bilinear images of Keras 2.2 and 2.3 start at the corner. None is not known. Nor is ``said``:
    whether the file has the interpolation.
    """

    interpolation: Interpolation = "nearest"
    half_pixel: bool | None = True
    said: bool = True
    space: ClassVar[int] = 2

    @property
    def from_corners(self) -> bool:
        """Whether a pixel is where its corner is."""
        return self.half_pixel is False

    def infer_shape(self, *shapes: Shape) -> Shape:
        """So many times as long."""
        if self.half_pixel is None and not self.picks:
            raise self.refuse(
                f"interpolation={self.interpolation!r}, which starts at the corner of an image "
                "or at the middle of its first pixel, by the version",
                "the file does not tell the version; save the whole model as one file",
            )
        return super().infer_shape(*shapes)


@final
class UpSampling3D(UpSampling):
    """Every voxel several times."""

    space: ClassVar[int] = 3


def _are_borders(borders: Sequence[Sequence[int]], space: int) -> bool:
    """Tell two numbers for each axis of space, none of them below 0."""
    return len(borders) == space and all(min(border) >= 0 for border in borders)


def _times(size: Size, times: int) -> Size:
    if isinstance(size, int):
        return size * times
    return size if times == 1 else None


def _plus(size: Size, *more: int) -> Size:
    if isinstance(size, int):
        return size + sum(more)
    return None if any(more) else size
