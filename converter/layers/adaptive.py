"""Pooling to a given size: windows that share out each axis of space as evenly as can be."""

from dataclasses import dataclass
from typing import ClassVar, final

from keronyx.converter.layers.sizes import numbers_in
from keronyx.converter.layers.windows import Spatial
from keronyx.converter.tensors import Shape


@dataclass(frozen=True, kw_only=True, eq=False)
class AdaptivePooling(Spatial, abstract=True):
    """One number for each window and channel.

    Of ``output_size`` m, window i of an axis of n places goes from floor(i · n / m) to before
    ceil((i + 1) · n / m).
    """

    output_size: tuple[int, ...]

    def infer_shape(self, *shapes: Shape) -> Shape:
        """As many windows as are asked for, of an input whose sizes of space are fixed."""
        (shape,) = shapes
        sizes = self.sizes_of(shape)
        self.check_sizes(output_size=self.output_size)
        if len(numbers_in(sizes)) < len(sizes):
            raise self.misfit("an input with open sizes, which Keras does not share out either")
        if 0 in sizes:
            raise self.misfit(f"windows in a space of {list(sizes)}")
        return self.shaped(shape[0], self.output_size, shape[self.channel_axis])


class AdaptiveAveragePooling(AdaptivePooling, abstract=True):
    """The mean of each window."""


class AdaptiveMaxPooling(AdaptivePooling, abstract=True):
    """The largest number of each window."""

    keeps_dtype: ClassVar[bool] = True

    def propagates(self) -> bool:
        """No: Keras loses a NaN, by its place in the window."""
        return False


@final
class AdaptiveAveragePooling1D(AdaptiveAveragePooling):
    """The mean of so many shares of the steps."""

    space: ClassVar[int] = 1


@final
class AdaptiveAveragePooling2D(AdaptiveAveragePooling):
    """The mean of so many shares of an image."""

    space: ClassVar[int] = 2


@final
class AdaptiveAveragePooling3D(AdaptiveAveragePooling):
    """The mean of so many shares of a volume."""

    space: ClassVar[int] = 3


@final
class AdaptiveMaxPooling1D(AdaptiveMaxPooling):
    """The largest of so many shares of the steps."""

    space: ClassVar[int] = 1


@final
class AdaptiveMaxPooling2D(AdaptiveMaxPooling):
    """The largest of so many shares of an image."""

    space: ClassVar[int] = 2


@final
class AdaptiveMaxPooling3D(AdaptiveMaxPooling):
    """The largest of so many shares of a volume."""

    space: ClassVar[int] = 3
