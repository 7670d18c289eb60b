"""Pooling: the largest number or the mean of every window, or of all of space."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

from keronyx.converter.layers.base import Argument, Spec
from keronyx.converter.layers.masked import Mask
from keronyx.converter.layers.sizes import fits, is_empty, shown
from keronyx.converter.layers.windows import Padding, Spatial, windows
from keronyx.converter.limits import current, limited
from keronyx.converter.tensors import KerasTensor, Shape


@dataclass(frozen=True, kw_only=True, eq=False)
class Pooling(Spatial, abstract=True):
    """One number for each window and channel; what padding adds is left out of it.

    ``strides`` are the window's sizes where they are None. With ``theano``, which is no config key
    but the file's backend, padding same puts pool_size - 1 places in front, or one less where that
    is even and above 0.
    """

    varies: ClassVar[bool] = True
    pool_size: tuple[int, ...]
    strides: tuple[int, ...] | None = None
    padding: Padding = "valid"
    theano: bool = False

    @property
    def steps(self) -> tuple[int, ...]:
        """How far each window is from the one before."""
        return self.pool_size if self.strides is None else self.strides

    def infer_shape(self, *shapes: Shape) -> Shape:
        """As many windows as fit."""
        (shape,) = shapes
        sizes = self.sizes_of(shape)
        self.check_sizes(pool_size=self.pool_size, strides=self.steps)
        if math.prod(self.pool_size) > current().window_places:
            raise self.refuse(f"pool_size={list(self.pool_size)}", limited("window_places"))
        if self.padding in ("causal", "full"):
            raise self.refuse(f"padding={self.padding!r}")
        made = tuple(
            windows(size, width, stride, self.padding)
            for size, width, stride in zip(sizes, self.pool_size, self.steps, strict=True)
        )
        if is_empty(made):
            raise self.misfit(f"a window of {list(self.pool_size)} in a space of {list(sizes)}")
        return self.shaped(shape[0], made, shape[self.channel_axis])


class MaxPooling(Pooling, abstract=True):
    """The largest number of each window."""

    keeps_dtype: ClassVar[bool] = True

    def propagates(self) -> bool:
        """No: Keras and onnxruntime lose a NaN, by its place in the window; NumPy does not."""
        return False


class AveragePooling(Pooling, abstract=True):
    """The mean of each window."""


@final
class MaxPooling1D(MaxPooling):
    """The largest of each window of steps."""

    space: ClassVar[int] = 1


@final
class MaxPooling2D(MaxPooling):
    """The largest of each window of an image."""

    space: ClassVar[int] = 2


@final
class MaxPooling3D(MaxPooling):
    """The largest of each window of a volume."""

    space: ClassVar[int] = 3


@final
class AveragePooling1D(AveragePooling):
    """The mean of each window of steps."""

    space: ClassVar[int] = 1


@final
class AveragePooling2D(AveragePooling):
    """The mean of each window of an image."""

    space: ClassVar[int] = 2


@final
class AveragePooling3D(AveragePooling):
    """The mean of each window of a volume."""

    space: ClassVar[int] = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class GlobalPooling(Spatial, abstract=True):
    """One number for each channel; ``keepdims`` leaves axes of size 1 in place of space."""

    keepdims: bool = False

    def infer_shape(self, *shapes: Shape) -> Shape:
        """(batch, channels), or with axes of size 1."""
        (shape,) = shapes
        ones = (1,) * len(self.sizes_of(shape))
        channels = shape[self.channel_axis]
        return self.shaped(shape[0], ones, channels) if self.keepdims else (shape[0], channels)


class GlobalMaxPooling(GlobalPooling, abstract=True):
    """The largest number of each channel."""

    keeps_dtype: ClassVar[bool] = True


class GlobalAveragePooling(GlobalPooling, abstract=True):
    """The mean of each channel."""


@final
class GlobalMaxPooling1D(GlobalMaxPooling):
    """The largest of all steps."""

    space: ClassVar[int] = 1


@final
class GlobalMaxPooling2D(GlobalMaxPooling):
    """The largest of an image."""

    space: ClassVar[int] = 2


@final
class GlobalMaxPooling3D(GlobalMaxPooling):
    """The largest of a volume."""

    space: ClassVar[int] = 3


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class GlobalAveragePooling1D(GlobalAveragePooling):
    """The mean of all steps; masked ones are left out.

    ``multiplies`` is no config key but the version's: before Keras 3.15 steps are multiplied with
    the mask, which weighs them where it is of numbers.
    """

    multiplies: bool = False
    space: ClassVar[int] = 1
    mask: ClassVar[Mask] = "takes"
    arguments: ClassVar[Mapping[str, Argument]] = {"mask": "tensor"}
    placed: ClassVar[tuple[str, ...]] = ("mask",)
    takes_numbers_as_mask: ClassVar[bool] = True

    def results(self, *inputs: KerasTensor, **arguments: Any) -> tuple[Spec, ...]:
        """As without a mask; raises for one that is not (batch, steps)."""
        (x,) = inputs
        for mask in arguments.values():
            if not fits(mask.shape, (x.shape[0], *self.sizes_of(x.shape))):
                raise self.refuse(f"a mask of shape {shown(mask.shape)} for {shown(x.shape)}")
        return super().results(x)


@final
class GlobalAveragePooling2D(GlobalAveragePooling):
    """The mean of an image."""

    space: ClassVar[int] = 2


@final
class GlobalAveragePooling3D(GlobalAveragePooling):
    """The mean of a volume."""

    space: ClassVar[int] = 3
