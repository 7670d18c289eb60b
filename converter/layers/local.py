"""Convolutions whose kernel is another one at every place: layers of Keras 1 and 2."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, final

from keronyx.converter.layers.base import variable
from keronyx.converter.layers.functions import LINEAR, Function
from keronyx.converter.layers.sizes import numbers_in
from keronyx.converter.layers.windows import Padding, Spatial, windows
from keronyx.converter.tensors import Shape, Variable


@dataclass(frozen=True, kw_only=True, eq=False)
class LocallyConnected(Spatial, abstract=True):
    """Windows as of a convolution, each place p with a kernel of its own, then bias and activation.

    The sum over k, c of x[p · strides + k - before, c] · kernel of p[k, c, f]; ``before`` is
    kernel_size // 2 with padding same, which has ceil(size / stride) places; what lies outside of
    the input is left out. The kernel stands, by ``implementation``,
    1: as (places, numbers of a window, filters), the channels first among these where they are
    first in the input;
    2: as (*sizes of the input, *sizes of the output), both without the batch, of which only what
    windows see counts;
    3: as one row of what windows see, by output, and of one output by input, in the order in which
    these lie in memory.
    bias (*places, filters), of which memory is kept, not the order of axes, where channels are
    first.
    """

    filters: int
    kernel_size: tuple[int, ...]
    strides: tuple[int, ...]
    padding: Padding = "valid"
    activation: Function = LINEAR
    use_bias: bool = True
    implementation: Literal[1, 2, 3] = 1
    kernel: Variable = variable()
    bias: Variable | None = variable("use_bias")
    activates_last: ClassVar[bool] = True

    def propagates(self) -> bool:
        """Whether the activation does; Keras multiplies what no window sees with 0 in 2."""
        return self.implementation != 2 and super().propagates()

    def entered(self, shape: Shape) -> tuple[tuple[int, ...], int]:
        """Return the sizes of space and the channels of an input, all of which are fixed."""
        self._check_options()
        fixed, channels = tuple(numbers_in(self.sizes_of(shape))), shape[self.channel_axis]
        if len(fixed) < self.space or not isinstance(channels, int):
            raise self.misfit("an input with open sizes, of a kernel for every place")
        return fixed, channels

    def _check_options(self) -> None:
        """Raise for sizes that are no window, and for padding that Keras does not take."""
        self.check_sizes(kernel_size=self.kernel_size, strides=self.strides)
        if self.filters < 1:
            raise self.refuse(f"filters={self.filters}")
        known = (self.padding == "same" and self.implementation > 1) or self.padding == "valid"
        if not known:
            raise self.refuse(f"padding={self.padding!r} with implementation={self.implementation}")

    def made(self, sizes: tuple[int, ...]) -> tuple[int, ...]:
        """Return the sizes of space behind the windows."""
        found = tuple(self.made_along(axis, size) for axis, size in enumerate(sizes))
        if min(found) < 1:
            raise self.misfit(f"a window of {list(self.kernel_size)} in a space of {list(sizes)}")
        return found

    def made_along(self, axis: int, size: int) -> int:
        """Return how many windows there are along an axis of space."""
        made = windows(size, self.kernel_size[axis], self.strides[axis], self.padding)
        return made if isinstance(made, int) else 0

    def infer_shape(self, *shapes: Shape) -> Shape:
        """As many places as windows fit, with ``filters`` channels."""
        (shape,) = shapes
        sizes, channels = self.entered(shape)
        made = self.made(sizes)
        self.check_variable("kernel", self._kernel_shape(sizes, channels, made))
        self.check_variable("bias", (*made, self.filters))
        return self.activation.infer_shape(self.shaped(shape[0], made, self.filters))

    def _kernel_shape(self, sizes: tuple[int, ...], channels: int, made: tuple[int, ...]) -> Shape:
        if self.implementation == 1:
            return (math.prod(made), math.prod(self.kernel_size) * channels, self.filters)
        if self.implementation == 2:
            return (
                *self.shaped(None, sizes, channels)[1:],
                *self.shaped(None, made, self.filters)[1:],
            )
        seen = math.prod(self._seen(axis, size) for axis, size in enumerate(sizes))
        return (seen * channels * self.filters,)

    def _seen(self, axis: int, size: int) -> int:
        """Return how many places of an axis of space all windows see together."""
        width, stride = self.kernel_size[axis], self.strides[axis]
        before = width // 2 if self.padding == "same" else 0
        starts = (place * stride - before for place in range(self.made_along(axis, size)))
        return sum(min(start + width, size) - max(start, 0) for start in starts)


@final
class LocallyConnected1D(LocallyConnected):
    """A kernel for every step."""

    space: ClassVar[int] = 1


@final
class LocallyConnected2D(LocallyConnected):
    """A kernel for every pixel."""

    space: ClassVar[int] = 2
