"""Layers that even out the histograms of images."""

from dataclasses import dataclass
from typing import ClassVar, final

from keronyx.converter.layers.augmentation import TRAINING
from keronyx.converter.layers.base import FLOATS
from keronyx.converter.layers.windows import Spatial
from keronyx.converter.several import are_all
from keronyx.converter.tensors import Shape

LEVELS = 256
"""How many grey levels the images are taken to have."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ContrastLimitedAdaptiveHistogramEqualization(Spatial):
    """Every pixel takes the place that it has among the pixels of the tiles around it.

    ``tile_grid_size`` is how many tiles there are in height and width, ``clip_limit`` how many
    times the mean a level may count, or 0. ``value_range`` is scaled to 0 ... 255.
    """

    value_range: tuple[float, float] = (0.0, 255.0)
    clip_limit: float = 4.0
    tile_grid_size: tuple[int, int] = (8, 8)
    space: ClassVar[int] = 2
    harmless: ClassVar[frozenset[str]] = TRAINING

    @property
    def scales(self) -> bool:
        """Whether the range of values is another one than 0 ... 255."""
        return self.value_range != (0.0, 255.0)

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The input's shape; raises where images do not fill the tiles, or are of open size."""
        (shape,) = shapes
        sizes = self.sizes_of(shape)
        low, high = self.value_range
        if not low < high:
            raise self.refuse(f"value_range={list(self.value_range)}")
        if min(self.tile_grid_size) < 1:
            raise self.refuse(f"tile_grid_size={list(self.tile_grid_size)}")
        if not are_all(int, shape[1:]):
            raise self.refuse("images of open height, width or channels", "build it for fixed ones")
        for size, tiles in zip(sizes, self.tile_grid_size, strict=True):
            if isinstance(size, int) and -size % tiles > size:
                raise self.misfit(f"{size} pixels for {tiles} tiles, more than twice as many")
        return shape

    def infer_dtype(self, *dtypes: str) -> str:
        """The compute dtype; raises for whole numbers, which Keras cuts off at the end."""
        if dtypes[0] not in FLOATS:
            raise self.refuse(
                f"images of {dtypes[0]}, which depend on the last bit of a sum",
                "give the model an Input of float32, to which Keras's predict casts them",
            )
        return self.dtype.compute

    def propagates(self) -> bool:
        """NaN has no level."""
        return False
