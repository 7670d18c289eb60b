"""How strong each frequency is: convolutions with cosines and sines."""

import math
from typing import Final

import numpy as np

from keronyx.converter.emit.base import computed, emit_layer, numbers, shape_of
from keronyx.converter.emit.windows import NEW, Windows, inward, space_of
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import (
    halves,
    reduce,
    reshape,
    squared,
    squeeze,
    transpose,
    unsqueeze,
)
from keronyx.converter.layers.spectrograms import MelSpectrogram, STFTSpectrogram
from keronyx.converter.tensors import Array

SMALLEST: Final = 1e-7
MEL: Final = (1127.0, 700.0)
"""The mel scale: so much times the logarithm of 1 + hertz over so many."""
HAMMING: Final = 0.54


@emit_layer.register
def stft_spectrogram(layer: STFTSpectrogram, graph: Graph, x: Value) -> Value:
    """Conv of every channel, then squares, sums and roots by the mode."""
    if layer.mode == "stft":
        return _laid_out(layer, graph, x, _framed(layer, graph, x, "real_kernel", "imag_kernel"))
    if layer.mode in {"real", "imag"}:
        return _laid_out(layer, graph, x, _framed(layer, graph, x, f"{layer.mode}_kernel"))
    real = squared(graph, _framed(layer, graph, x, "real_kernel"))
    y = graph.op("Add", real, squared(graph, _framed(layer, graph, x, "imag_kernel")))
    if layer.mode == "psd":
        y = graph.op("Mul", y, _inner_twice(layer, graph, x))
    else:
        y = graph.op("Sqrt", graph.op("Max", y, SMALLEST))
    if layer.mode == "log":
        y = graph.op("Log", graph.op("Max", y, SMALLEST))
    return _laid_out(layer, graph, x, y)


def _channels(layer: STFTSpectrogram, x: Value) -> int:
    return x.shape[layer.channel_axis] or 1


def _framed(layer: STFTSpectrogram, graph: Graph, x: Value, *names: str) -> Value:
    """Return (batch, channels * frequencies, frames): the same kernels for every channel."""
    channels = _channels(layer, x)

    def load() -> Array:
        kernels = np.concatenate([numbers(layer, name) for name in names], axis=-1)
        return np.tile(kernels.transpose(2, 1, 0), (channels, 1, 1))[:, :, None]

    count = channels * sum(getattr(layer, name).shape[-1] for name in names)
    shape = (count, 1, 1, layer.frame_length)
    windows = Windows(layer, (layer.frame_length,), (layer.step,), (1,), layer.padding)
    made = shape_of(layer, x)
    framed = graph.op(
        "Conv",
        inward(layer, graph, x),
        computed(graph, layer, "_".join(names), shape, load),
        shape=(x.shape[0], count, 1, made[2 if layer.data_format == "channels_first" else 1]),
        group=channels,
        **windows.attributes(space_of(layer, x)),
    )
    return squeeze(graph, framed, NEW)


def _inner_twice(layer: STFTSpectrogram, graph: Graph, x: Value) -> Value:
    """Return 2 for every frequency but the first and the last, which have no mirror image."""
    twice = np.full((layer.frequencies, 1), 2.0)
    twice[[0, -1]] = 1
    return graph.constant(np.tile(twice, (_channels(layer, x), 1)), x.dtype)


def _laid_out(layer: STFTSpectrogram, graph: Graph, x: Value, y: Value) -> Value:
    """Put the axes where the layer has them."""
    first = layer.data_format == "channels_first"
    if first and not layer.expand_dims:
        return y
    turned = transpose(graph, y, (0, 2, 1))
    if not layer.expand_dims:
        return turned
    apart = (*turned.shape[:2], _channels(layer, x), layer.frequencies)
    return transpose(graph, reshape(graph, turned, apart), (0, 2, 1, 3) if first else (0, 1, 3, 2))


@emit_layer.register
def mel_spectrogram(layer: MelSpectrogram, graph: Graph, x: Value) -> Value:
    """Pad, Conv, and MatMul with the bands; then decibels."""
    border = layer.fft_length // 2
    longer = None if x.shape[1] is None else x.shape[1] + 2 * border
    sound = graph.op(
        "Pad", x, graph.integers([0, border, 0, border]), shape=(x.shape[0], longer), mode="reflect"
    )
    bins = layer.fft_length // 2 + 1
    frames = shape_of(layer, x)[2]
    waves = graph.op(
        "Conv",
        unsqueeze(graph, sound, [1]),
        computed(graph, layer, "waves", (2 * bins, 1, layer.fft_length), lambda: _waves(layer)),
        shape=(x.shape[0], 2 * bins, frames),
        kernel_shape=[layer.fft_length],
        strides=[layer.sequence_stride],
    )
    real, imag = halves(graph, squared(graph, waves), 1)
    power = graph.op("Add", real, imag)
    if layer.mag_exp != 2:
        power = graph.op("Pow", power, layer.mag_exp / 2)
    shape = (layer.num_mel_bins, bins)
    bands = computed(graph, layer, "bands", shape, lambda: _bands(layer))
    loud = graph.op("MatMul", bands, power, shape=shape_of(layer, x))
    return _decibels(layer, graph, loud) if layer.power_to_db else loud


def _waves(layer: MelSpectrogram) -> Array:
    """Return cosines, then sines, under the window, which is in the middle of a frame."""
    size, length = layer.fft_length, layer.length
    before = (size - length) // 2
    window = np.pad(_window(layer), (before, size - length - before))
    turns = np.outer(np.arange(size // 2 + 1), np.arange(size)) % size / size
    angles = 2 * np.pi * turns
    waves: Array = np.concatenate([np.cos(angles), np.sin(angles)]) * window
    return waves[:, None, :]


def _window(layer: MelSpectrogram) -> Array:
    """Return the window: a period of even length, or one more than a period, as TensorFlow."""
    length = layer.length
    if layer.window is None or length == 1:
        return np.ones(length)
    if isinstance(layer.window, tuple):
        return np.array(layer.window)
    middle = HAMMING if layer.window == "hamming" else 0.5
    period = length - length % 2
    return middle - (1 - middle) * np.cos(2 * np.pi * np.arange(length) / period)


def _bands(layer: MelSpectrogram) -> Array:
    """Return a triangle on the mel scale for each band; the frequency 0 is in none."""
    hertz = np.linspace(0, layer.sampling_rate / 2, layer.fft_length // 2 + 1, dtype=np.float32)
    ends = _mel(np.array([layer.min_freq, layer.highest], np.float32))
    edges = np.linspace(ends[0], ends[1], layer.num_mel_bins + 2, dtype=np.float32)[:, None]
    mel = _mel(hertz)
    rising = (mel - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - mel) / (edges[2:] - edges[1:-1])
    found: Array = np.maximum(0, np.minimum(rising, falling))
    found[:, 0] = 0
    return found


def _mel(hertz: Array) -> Array:
    scaled: Array = np.float32(MEL[0]) * np.log(1 + hertz / np.float32(MEL[1]))
    return scaled


def _decibels(layer: MelSpectrogram, graph: Graph, y: Value) -> Value:
    """Take ten times the decimal logarithm, and nothing that is too far below the loudest."""
    least = layer.min_power
    y = graph.op("Mul", graph.op("Log", graph.op("Max", y, least)), 10 / math.log(10))
    reference = 10 * math.log10(max(abs(layer.ref_power), least))
    if reference:
        y = graph.op("Sub", y, reference)
    loudest = reduce(graph, "ReduceMax", y, [0, 1, 2])
    return graph.op("Max", y, graph.op("Sub", loudest, layer.top_db))
