"""Convolutions: a kernel slid over space."""

from dataclasses import dataclass
from typing import ClassVar, final

from keronyx.converter.layers.base import variable
from keronyx.converter.layers.functions import LINEAR, Function
from keronyx.converter.layers.sizes import is_empty
from keronyx.converter.layers.windows import Padding, Spatial, reach, windows
from keronyx.converter.tensors import Shape, Size, Variable


@dataclass(frozen=True, kw_only=True, eq=False)
class Sliding(Spatial, abstract=True):
    """What all convolutions have.

    ``padding``: valid leaves out windows that do not fit; same puts zeros around, one more at the
    end where they are odd; causal (one axis of space) puts all of them in front. With ``theano``,
    which is no config key but the file's backend, same puts w // 2 zeros in front, w = (kernel_size
    - 1) · dilation + 1, and full, which Theano alone has, w - 1 at either end.
    """

    varies: ClassVar[bool] = True
    slides: ClassVar[bool] = True
    kernel_size: tuple[int, ...]
    strides: tuple[int, ...]
    padding: Padding = "valid"
    dilation_rate: tuple[int, ...] = (1,)
    activation: Function = LINEAR
    use_bias: bool = True
    theano: bool = False
    activates_last: ClassVar[bool] = True
    filters_first: ClassVar[bool] = False
    """Whether the axis of filters stands before that of channels in the kernel."""

    @property
    def dilations(self) -> tuple[int, ...]:
        """The dilation of each axis of space."""
        return (
            self.dilation_rate * self.space if len(self.dilation_rate) == 1 else self.dilation_rate
        )

    def check_window(self) -> None:
        """Raise for sizes that are no window."""
        self.check_sizes(
            kernel_size=self.kernel_size, strides=self.strides, dilation_rate=self.dilations
        )
        filters = getattr(self, "filters", 1)
        if filters < 1:
            raise self.refuse(f"filters={filters}")
        if not self._takes_padding:
            raise self.refuse(f"padding={self.padding!r}")

    @property
    def _takes_padding(self) -> bool:
        """Whether Keras pads like this: causally along a line alone, fully on Theano alone."""
        if self.padding == "causal":
            return self.space == 1
        return self.padding != "full" or self.theano

    def check_strides(self) -> None:
        """Raise for strides that Keras does not take together with the dilations."""
        if max(self.strides) > 1 and max(self.dilations) > 1:
            raise self.refuse(
                f"strides={list(self.strides)} with dilation_rate={list(self.dilations)}",
                "Keras refuses this pair, too",
            )

    def entered(self, shape: Shape) -> tuple[Shape, int]:
        """Return the sizes of space and the channels of an input; raises where either is unfit."""
        self.check_window()
        sizes, channels = self.sizes_of(shape), shape[self.channel_axis]
        if not isinstance(channels, int):
            raise self.misfit("an input with an open number of channels")
        return sizes, channels

    def slid(self, sizes: Shape) -> tuple[Size, ...]:
        """Return the sizes of space behind the windows."""
        made = tuple(
            windows(size, reach(width, dilation), stride, self.padding)
            for size, width, stride, dilation in zip(
                sizes, self.kernel_size, self.strides, self.dilations, strict=True
            )
        )
        if is_empty(made):
            raise self.misfit(f"a window of {list(self.kernel_size)} in a space of {list(sizes)}")
        return made


@dataclass(frozen=True, kw_only=True, eq=False)
class Convolution(Sliding, abstract=True):
    """activation of: sum over k, c of x[p · strides + k · dilation, c] · kernel[k, c, f] + bias[f].

    kernel (*kernel_size, channels / groups, filters), bias (filters,); of several groups, each
    has its own share of the channels and of the filters. With LoRA, kernel = kernel + lora_alpha /
    lora_rank * lora_kernel_a · lora_kernel_b, these (*kernel_size, channels / groups, lora_rank)
    and (lora_rank, filters).
    """

    filters: int
    groups: int = 1
    lora_rank: int | None = None
    lora_alpha: float | None = None
    kernel: Variable = variable(trainable=lambda config: not config["lora_rank"])
    bias: Variable | None = variable("use_bias")
    lora_kernel_a: Variable | None = variable("lora_rank")
    lora_kernel_b: Variable | None = variable("lora_rank")

    def infer_shape(self, *shapes: Shape) -> Shape:
        """As many windows as fit, with ``filters`` channels."""
        (shape,) = shapes
        sizes, channels = self.entered(shape)
        if self.groups < 1 or channels % self.groups or self.filters % self.groups:
            raise self.refuse(
                f"groups={self.groups} of {channels} channels, {self.filters} filters"
            )
        self.check_strides()
        seen = (*self.kernel_size, channels // self.groups)
        self.check_variable("kernel", (*seen, self.filters))
        self.check_variable("bias", (self.filters,))
        self.check_variable("lora_kernel_a", (*seen, self.lora_rank))
        self.check_variable("lora_kernel_b", (self.lora_rank, self.filters))
        return self.activation.infer_shape(self.shaped(shape[0], self.slid(sizes), self.filters))


@final
class Conv1D(Convolution):
    """Convolution over one axis of space, or time."""

    space: ClassVar[int] = 1


@final
class Conv2D(Convolution):
    """Convolution over images."""

    space: ClassVar[int] = 2


@final
class Conv3D(Convolution):
    """Convolution over volumes."""

    space: ClassVar[int] = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class DepthwiseConvolution(Sliding, abstract=True):
    """Every channel by ``depth_multiplier`` kernels of its own, whose results stand side by side.

    kernel (*kernel_size, channels, depth_multiplier), bias (channels · depth_multiplier,).
    """

    depth_multiplier: int = 1
    kernel: Variable = variable()
    bias: Variable | None = variable("use_bias")

    def infer_shape(self, *shapes: Shape) -> Shape:
        """As many windows as fit, with ``depth_multiplier`` times as many channels."""
        (shape,) = shapes
        sizes, channels = self.entered(shape)
        if self.depth_multiplier < 1:
            raise self.misfit(f"depth_multiplier={self.depth_multiplier}")
        self.check_variable("kernel", (*self.kernel_size, channels, self.depth_multiplier))
        made = channels * self.depth_multiplier
        self.check_variable("bias", (made,))
        return self.activation.infer_shape(self.shaped(shape[0], self.slid(sizes), made))


@final
class DepthwiseConv1D(DepthwiseConvolution):
    """Depthwise convolution over one axis of space."""

    space: ClassVar[int] = 1


@final
class DepthwiseConv2D(DepthwiseConvolution):
    """Depthwise convolution over images."""

    space: ClassVar[int] = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class SeparableConvolution(Sliding, abstract=True):
    """A depthwise convolution, then one of windows of a single place, with bias and activation.

    depthwise_kernel (*kernel_size, channels, depth_multiplier), pointwise_kernel (1 ..., channels ·
    depth_multiplier, filters), bias (filters,).
    """

    filters: int
    depth_multiplier: int = 1
    depthwise_kernel: Variable = variable()
    pointwise_kernel: Variable = variable()
    bias: Variable | None = variable("use_bias")

    def infer_shape(self, *shapes: Shape) -> Shape:
        """As many windows as fit, with ``filters`` channels."""
        (shape,) = shapes
        sizes, channels = self.entered(shape)
        if self.depth_multiplier < 1:
            raise self.misfit(f"depth_multiplier={self.depth_multiplier}")
        between = channels * self.depth_multiplier
        ones = (1,) * self.space
        self.check_variable(
            "depthwise_kernel", (*self.kernel_size, channels, self.depth_multiplier)
        )
        self.check_variable("pointwise_kernel", (*ones, between, self.filters))
        self.check_variable("bias", (self.filters,))
        return self.activation.infer_shape(self.shaped(shape[0], self.slid(sizes), self.filters))


@final
class SeparableConv1D(SeparableConvolution):
    """Separable convolution over one axis of space."""

    space: ClassVar[int] = 1


@final
class SeparableConv2D(SeparableConvolution):
    """Separable convolution over images."""

    space: ClassVar[int] = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class TransposedConvolution(Sliding, abstract=True):
    """The gradient of a convolution: every place of the input spreads the kernel over the output.

    kernel (*kernel_size, filters, channels), bias (filters,). What is spread reaches over
    (size - 1) · stride + w places, w = (kernel_size - 1) · dilation + 1. Without
    ``output_padding`` the output has size · stride places (same), or size · stride +
    max(w - stride, 0) (valid); with it (size - 1) · stride + w + output_padding, less 2 · (w // 2)
    for same. Of same, the places that are left out are those that a convolution with this padding
    of an input as long as the output would add.
    """

    filters: int
    output_padding: tuple[int, ...] | None = None
    kernel: Variable = variable()
    bias: Variable | None = variable("use_bias")
    filters_first: ClassVar[bool] = True

    def infer_shape(self, *shapes: Shape) -> Shape:
        """As many places as are asked for, with ``filters`` channels."""
        (shape,) = shapes
        sizes, channels = self.entered(shape)
        if self.output_padding is not None and len(self.output_padding) != self.space:
            raise self.refuse(f"output_padding={list(self.output_padding)}")
        self.check_strides()
        self.check_variable("kernel", (*self.kernel_size, self.filters, channels))
        self.check_variable("bias", (self.filters,))
        made = tuple(self._spread(axis, size) for axis, size in enumerate(sizes))
        return self.activation.infer_shape(self.shaped(shape[0], made, self.filters))

    def _spread(self, axis: int, size: Size) -> Size:
        """Return how many places an axis of space has behind it."""
        stride, window = self.strides[axis], reach(self.kernel_size[axis], self.dilations[axis])
        if not isinstance(size, int):
            plain = stride == 1 and self.padding == "same" and self.output_padding is None
            return size if plain else None
        if self.output_padding is not None:
            return self._padded(size, stride, window, self.output_padding[axis])
        longer = max(window - stride, 0) if self.padding == "valid" else 0
        return size * stride + longer

    def _padded(self, size: int, stride: int, window: int, added: int) -> int:
        """Return how many places there are where the config says how many are added."""
        said = f"output_padding={list(self.output_padding or ())}"
        if not 0 <= added < stride:
            raise self.refuse(f"{said} with strides={list(self.strides)}")
        less = 2 * (window // 2) if self.padding == "same" else 0
        made = (size - 1) * stride + window - less + added
        if self.padding == "same" and -(-made // stride) != size:
            raise self.misfit(said)
        return made


@final
class Conv1DTranspose(TransposedConvolution):
    """Transposed convolution over one axis of space."""

    space: ClassVar[int] = 1


@final
class Conv2DTranspose(TransposedConvolution):
    """Transposed convolution over images."""

    space: ClassVar[int] = 2


@final
class Conv3DTranspose(TransposedConvolution):
    """Transposed convolution over volumes."""

    space: ClassVar[int] = 3
