"""Keras 1's transposed convolution, which is told the shape that it gives."""

from dataclasses import dataclass
from typing import ClassVar, final

from keronyx.converter.layers.base import variable
from keronyx.converter.layers.convolutional import Sliding
from keronyx.converter.layers.windows import reach
from keronyx.converter.tensors import Shape, Size, Variable


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Deconvolution2D(Sliding):
    """The gradient of a convolution of an input that has the sizes of space in ``output_shape``.

    kernel (*kernel_size, filters, channels), bias (filters,). Every place of the input spreads the
    kernel over the output, from ``place · stride - before`` on, where ``before`` is what padding
    puts in front of an input as long as the output.
    """

    filters: int
    output_shape: tuple[int | None, ...]
    kernel: Variable = variable()
    bias: Variable | None = variable("use_bias")
    filters_first: ClassVar[bool] = True
    space: ClassVar[int] = 2

    @property
    def made(self) -> tuple[int, ...]:
        """The sizes of space behind it."""
        sizes = self.output_shape[self.space_axes[0] : self.space_axes[-1] + 1]
        known = tuple(size for size in sizes if size is not None and size > 0)
        if len(self.output_shape) != self.space + 2 or len(known) != self.space:
            raise self.refuse(f"output_shape={list(self.output_shape)}")
        return known

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The sizes that it is told, if a convolution of them gives the input's."""
        (shape,) = shapes
        sizes, channels = self.entered(shape)
        if self.padding not in ("valid", "same"):
            raise self.refuse(f"padding={self.padding!r}")
        self.check_variable("kernel", (*self.kernel_size, self.filters, channels))
        self.check_variable("bias", (self.filters,))
        for axis, size in enumerate(sizes):
            self._check(axis, size)
        return self.activation.infer_shape(self.shaped(shape[0], self.made, self.filters))

    def _check(self, axis: int, size: Size) -> None:
        """Raise where a convolution of the output's size does not give this one."""
        made, stride, width = self.made[axis], self.strides[axis], self.kernel_size[axis]
        if self.theano and self.padding == "same" and width % 2 == 0:
            raise self.refuse("padding='same' on Theano with even kernel sizes")
        covered = made if self.padding == "same" else made - reach(width, 1) + 1
        if -(-covered // stride) != size:
            raise self.misfit(f"output_shape={list(self.output_shape)} of a space of {size}")
