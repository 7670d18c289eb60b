"""Preprocessing layers of images that are at work in prediction, too."""

from dataclasses import dataclass
from typing import ClassVar, Literal, final

from keronyx.converter.layers.augmentation import TRAINING, Unconverting
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.masked import Mask
from keronyx.converter.layers.resampling import Interpolation, Resampled
from keronyx.converter.layers.windows import Spatial
from keronyx.converter.several import are_all
from keronyx.converter.tensors import Shape


@dataclass(frozen=True, kw_only=True, eq=False)
class Sized(Spatial, abstract=True):
    """A layer that gives images of ``height`` and ``width``."""

    height: int
    width: int
    space: ClassVar[int] = 2
    harmless: ClassVar[frozenset[str]] = TRAINING

    @property
    def target(self) -> tuple[int, int]:
        """The sizes of what it gives."""
        return (self.height, self.width)

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The given sizes."""
        (shape,) = shapes
        self.sizes_of(shape)
        if min(self.target) < 1:
            raise self.refuse(f"height={self.height}, width={self.width}")
        return self.shaped(shape[0], self.target, shape[self.channel_axis])


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Resizing(Sized, Resampled):
    """Images of another size: the middle of them, or with a border, where their shape stays."""

    interpolation: Interpolation = "bilinear"
    crop_to_aspect_ratio: bool = False
    pad_to_aspect_ratio: bool = False
    fill_mode: Literal["constant"] = "constant"
    fill_value: float = 0.0
    antialias: bool = False

    @property
    def smooths(self) -> bool:
        """Whether a smaller image is made of all pixels."""
        return self.antialias

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The given sizes."""
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            raise self.refuse("crop_to_aspect_ratio and pad_to_aspect_ratio together")
        return super().infer_shape(*shapes)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class CenterCrop(Sized):
    """The middle of images; of smaller ones the largest part of the same shape, resized."""

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The given sizes."""
        sizes = self.sizes_of(shapes[0])
        if not are_all(int, sizes):
            raise self.refuse("images of open height or width", "build the model for a fixed size")
        return super().infer_shape(*shapes)

    def propagates(self) -> bool:
        """Smaller images are resized."""
        return False


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class AutoContrast(Layer):
    """Every channel stretched to ``value_range``; a channel of one number stays as it is."""

    value_range: tuple[float, float] = (0.0, 255.0)
    mask: ClassVar[Mask] = "stops"
    harmless: ClassVar[frozenset[str]] = TRAINING

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The input's shape."""
        low, high = self.value_range
        if len(shapes[0]) != 4:
            raise self.misfit(f"an input with {len(shapes[0])} axes, AutoContrast takes 4")
        if not low < high:
            raise self.refuse(f"value_range={list(self.value_range)}")
        return shapes[0]

    def propagates(self) -> bool:
        """What the smallest and the largest number with NaN are differs."""
        return False


@final
class RandomCrop(Unconverting):
    """A part of the image in training; in prediction all of it, whatever shape Keras states."""
