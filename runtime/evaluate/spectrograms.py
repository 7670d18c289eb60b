"""How strong each frequency of sound is, frame by frame."""

import numpy as np

from keronyx.converter.layers.spectrograms import MelSpectrogram, STFTSpectrogram
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers
from keronyx.runtime.evaluate.windows import padding_of

EPSILON = 1e-7
"""``keras.config.epsilon()``."""
BREAK_HERTZ, HIGH_FREQUENCY_Q = 700.0, 1127.0


@prepare_layer.register
def stft_spectrogram(layer: STFTSpectrogram, numbers: Numbers) -> Step:
    """``conv(inputs, real_kernel)`` and ``conv(inputs, imag_kernel)``, channel by channel."""
    kernels = [
        numbers(kernel)[:, 0, :] for kernel in (layer.real_kernel, layer.imag_kernel) if kernel
    ]

    def step(x: Array) -> Array:
        sound = x if layer.data_format == "channels_first" else x.swapaxes(1, 2)
        pads = padding_of(layer.padding, sound.shape[2:], (layer.frame_length,), (layer.step,))
        sound = np.pad(sound, [(0, 0), (0, 0), *pads])
        frames = _frames(sound, layer.frame_length, layer.step)
        return _arranged(layer, _of_mode(layer.mode, [frames @ kernel for kernel in kernels]))

    return step


def _frames(x: Array, length: int, step: int) -> Array:
    """Return (..., frames, length)."""
    every: Array = np.lib.stride_tricks.sliding_window_view(x, length, axis=-1)
    return every[..., ::step, :]


def _of_mode(mode: str, parts: list[Array]) -> Array:
    """Return (batch, channels, frames, frequencies) as the mode wants them."""
    if mode in {"real", "imag", "stft"}:
        return np.concatenate(parts, axis=-1)
    power: Array = parts[0] ** 2 + parts[1] ** 2
    if mode == "psd":
        inner = power.copy()
        inner[..., [0, -1]] = 0
        return power + inner
    magnitude: Array = np.sqrt(np.maximum(power, EPSILON))
    return np.log(magnitude.clip(EPSILON)) if mode == "log" else magnitude


def _arranged(layer: STFTSpectrogram, y: Array) -> Array:
    """Put the axes of (batch, channels, frames, frequencies) where the layer has them."""
    batch, channels, frames, frequencies = y.shape
    if layer.data_format == "channels_first":
        if layer.expand_dims:
            return y
        return y.swapaxes(2, 3).reshape(batch, channels * frequencies, frames)
    if layer.expand_dims:
        return y.transpose(0, 2, 3, 1)
    return y.swapaxes(1, 2).reshape(batch, frames, channels * frequencies)


@prepare_layer.register
def mel_spectrogram(layer: MelSpectrogram, _numbers: Numbers) -> Step:
    """``tensordot(abs(stft(inputs)) ** mag_exp, matrix)``, in decibels."""
    window, matrix = _windowed(layer), _mel_matrix(layer)

    def step(x: Array) -> Array:
        half = layer.fft_length // 2
        sound = np.pad(x, [(0, 0), (half, half)], mode="reflect")
        frames = _frames(sound, layer.fft_length, layer.sequence_stride)
        magnitude = np.abs(np.fft.rfft(frames * window, axis=-1))
        found = np.swapaxes(magnitude**layer.mag_exp @ matrix, -1, -2)
        return (_decibels(layer, found) if layer.power_to_db else found).astype(x.dtype)

    return step


def _decibels(layer: MelSpectrogram, found: Array) -> Array:
    """``10 * log10(maximum(found, min_power))`` against the reference, at most top_db apart."""
    loud: Array = 10 * np.log10(np.maximum(found, layer.min_power))
    loud = loud - 10 * np.log10(np.maximum(np.abs(layer.ref_power), layer.min_power))
    quietest: Array = loud.max(initial=-np.inf) - layer.top_db
    return np.maximum(loud, quietest)


def _windowed(layer: MelSpectrogram) -> Array:
    """Return the window with zeros around it; ``periodic`` matters to even lengths alone."""
    size = layer.length
    points = size if size % 2 else size + 1
    if layer.window == "hann":
        window = np.hanning(points)[:size]
    elif layer.window == "hamming":
        window = np.hamming(points)[:size]
    else:
        window = np.ones(size) if layer.window is None else np.array(layer.window)
    before = (layer.fft_length - size) // 2
    return np.pad(window, (before, layer.fft_length - size - before))


def _mel_matrix(layer: MelSpectrogram) -> Array:
    """HTK's triangles in float32 as Keras has them: a narrow band hangs on a few digits."""
    bins = layer.fft_length // 2 + 1
    first, last = _to_mel(layer.min_freq), _to_mel(layer.highest)
    step = (last - first) / (layer.num_mel_bins + 1)
    edges = [np.float32(first + step * place) for place in range(layer.num_mel_bins + 2)]
    matrix = np.zeros((bins, layer.num_mel_bins), np.float32)
    for place in range(1, bins):
        mel = _to_mel(layer.sampling_rate / 2 / (bins - 1) * place)
        for band, (low, centre, high) in enumerate(zip(edges, edges[1:], edges[2:], strict=False)):
            slopes = (mel - low) / (centre - low), (high - mel) / (high - centre)
            matrix[place, band] = max(min(slopes), np.float32(0))
    return matrix.astype(np.float64)


def _to_mel(hertz: float) -> np.float32:
    scaled = np.log(np.float32(1) + np.float32(hertz) / np.float32(BREAK_HERTZ))
    return np.float32(np.float32(HIGH_FREQUENCY_Q) * scaled)
