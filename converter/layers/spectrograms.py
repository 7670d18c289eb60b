"""Layers that tell how strong each frequency is in sound, step by step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal, final

from keronyx.converter.layers.base import Config, Layer, variable
from keronyx.converter.layers.masked import Mask
from keronyx.converter.layers.sizes import is_empty
from keronyx.converter.layers.windows import Spatial, windows
from keronyx.converter.tensors import Shape, Size, Variable


def _part(other: str) -> Callable[[Config], bool]:
    """Tell that a kernel is there, but where only the other part is asked for."""
    return lambda config: bool(config["mode"] != other)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class STFTSpectrogram(Spatial):
    """Every channel of sound times two kernels, which start as cosines and sines.

    ``mode``: what is made of the two, "real" and "imag". The frequencies of all channels are one
    axis, or with ``expand_dims`` one of their own.
    """

    mode: Literal["log", "magnitude", "psd", "real", "imag", "stft"] = "log"
    frame_length: int = 256
    frame_step: int | None = None
    fft_length: int | None = None
    padding: Literal["valid", "same"] = "valid"
    expand_dims: bool = False
    real_kernel: Variable | None = variable(_part("imag"))
    imag_kernel: Variable | None = variable(_part("real"))
    space: ClassVar[int] = 1

    @property
    def step(self) -> int:
        """How far each frame is from the one before."""
        return self.frame_length // 2 if self.frame_step is None else self.frame_step

    @property
    def frequencies(self) -> int:
        """How many numbers there are for each frame and channel."""
        kernel = self.real_kernel if self.imag_kernel is None else self.imag_kernel
        count = 0 if kernel is None else kernel.shape[-1]
        return 2 * count if self.mode == "stft" else count

    def infer_shape(self, *shapes: Shape) -> Shape:
        """(batch, frames, channels * frequencies), or with axes of their own."""
        (shape,) = shapes
        (time,) = self.sizes_of(shape)
        if not 1 <= self.step <= self.frame_length:
            raise self.refuse(f"frame_length={self.frame_length}, frame_step={self.frame_step}")
        self.check_each(("real_kernel", "imag_kernel"), (self.frame_length, 1, None))
        channels = shape[self.channel_axis]
        if not isinstance(channels, int):
            raise self.refuse("an open number of channels")
        frames = windows(time, self.frame_length, self.step, self.padding)
        if is_empty((frames,)):
            raise self.misfit(f"frame_length={self.frame_length} of {time} steps")
        return self._framed(shape[0], frames, channels)

    def _framed(self, batch: Size, frames: Size, channels: int) -> Shape:
        """Return a shape with frames in the place of time, and what each of them holds."""
        if not self.expand_dims:
            return self.shaped(batch, (frames,), channels * self.frequencies)
        if self.data_format == "channels_first":
            return (batch, channels, frames, self.frequencies)
        return (batch, frames, self.frequencies, channels)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class MelSpectrogram(Layer):
    """How loud ``num_mel_bins`` bands of (batch, time) are, as (batch, bands, frames).

    A frame is ``sequence_length`` steps under a window, in the middle of ``fft_length``; the sound
    is mirrored at both ends. In decibels nothing is more than ``top_db`` below the loudest band of
    all samples of the batch.
    """

    fft_length: int = 2048
    sequence_stride: int = 512
    sequence_length: int | None = None
    window: Literal["hann", "hamming"] | tuple[float, ...] | None = "hann"
    sampling_rate: float = 16000
    num_mel_bins: int = 128
    min_freq: float = 20.0
    max_freq: float | None = None
    power_to_db: bool = True
    top_db: float = 80.0
    mag_exp: float = 2.0
    min_power: float = 1e-10
    ref_power: float = 1.0
    mask: ClassVar[Mask] = "stops"

    @property
    def of_batch(self) -> bool:
        """Whether the loudest band is looked for in all samples."""
        return self.power_to_db

    @property
    def length(self) -> int:
        """How many steps a frame has."""
        return self.sequence_length or self.fft_length

    @property
    def highest(self) -> float:
        """The highest frequency of a band."""
        return self.max_freq or int(self.sampling_rate / 2)

    def propagates(self) -> bool:
        """The loudest band with NaN differs."""
        return False

    def infer_shape(self, *shapes: Shape) -> Shape:
        """(batch, bands, frames)."""
        (shape,) = shapes
        if len(shape) != 2:
            raise self.misfit(f"an input with {len(shape)} axes, MelSpectrogram takes two")
        self._check()
        time = shape[1]
        if not isinstance(time, int):
            return (shape[0], self.num_mel_bins, None)
        if time <= self.fft_length // 2:
            raise self.misfit(f"fft_length={self.fft_length} of {time} steps")
        longer = time + 2 * (self.fft_length // 2)
        return (shape[0], self.num_mel_bins, (longer - self.fft_length) // self.sequence_stride + 1)

    def _check(self) -> None:
        self._check_sizes(
            sequence_length=self.length,
            sequence_stride=self.sequence_stride,
            num_mel_bins=self.num_mel_bins,
        )
        if self.length > self.fft_length:
            raise self.refuse(f"sequence_length={self.length} above fft_length={self.fft_length}")
        if isinstance(self.window, tuple) and len(self.window) != self.length:
            raise self.refuse(f"a window of {len(self.window)} numbers, not {self.length}")
        if not 0 <= self.min_freq < self.highest:
            raise self.refuse(f"min_freq={self.min_freq}, max_freq={self.highest}")

    def _check_sizes(self, **sizes: int) -> None:
        for name, size in sizes.items():
            if size < 1:
                raise self.refuse(f"{name}={size}")
