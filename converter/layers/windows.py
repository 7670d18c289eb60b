"""Layers that slide a window over space: sizes, strides, padding and dilation, once for all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.masked import Mask
from keronyx.converter.several import picked, without
from keronyx.converter.tensors import Shape, Size

DataFormat = Literal["channels_last", "channels_first"]
Padding = Literal["valid", "same", "causal", "full"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Spatial(Layer, abstract=True):
    """A layer of inputs with a batch axis, ``space`` axes of space, and channels.

    The channels are the last axis, or with "channels_first" the one behind the batch.
    """

    data_format: DataFormat = "channels_last"
    space: ClassVar[int]
    mask: ClassVar[Mask] = "stops"

    @property
    def channel_axis(self) -> int:
        """The axis of the channels, counted from the front."""
        return 1 if self.data_format == "channels_first" else self.space + 1

    @property
    def space_axes(self) -> tuple[int, ...]:
        """The axes of space, counted from the front."""
        return tuple(without(range(1, self.space + 2), [self.channel_axis]))

    def sizes_of(self, shape: Shape) -> Shape:
        """Return the sizes of space; raises where the input has other axes."""
        if len(shape) != self.space + 2:
            kind = type(self).__name__
            raise self.misfit(f"an input with {len(shape)} axes, {kind} takes {self.space + 2}")
        return picked(shape, self.space_axes)

    def shaped(self, batch: Size, sizes: Sequence[Size], channels: Size) -> Shape:
        """Return a shape with these sizes of space, where the channels stand."""
        if self.data_format == "channels_first":
            return (batch, channels, *sizes)
        return (batch, *sizes, channels)

    def check_sizes(self, **named: tuple[int, ...]) -> None:
        """Raise UnsupportedConfigError for what is not one size for each axis of space."""
        for name, values in named.items():
            if len(values) != self.space or min(values) < 1:
                raise self.refuse(f"{name}={list(values)}")


def reach(size: int, dilation: int) -> int:
    """Return how many places a window of so many numbers covers."""
    return (size - 1) * dilation + 1


def windows(size: Size, window: int, stride: int, padding: Padding) -> Size:
    """Return how many windows that cover so many places fit; a name stays where all do.

    valid: (size - window) // stride + 1, full: as many as touch it, and with other paddings
    ceil(size / stride).
    """
    if not isinstance(size, int):
        stays = window == 1 or padding in ("same", "causal")
        return size if stride == 1 and stays else None
    if padding == "valid":
        return (size - window) // stride + 1
    if padding == "full":
        return (size + window - 2) // stride + 1
    return -(-size // stride)
