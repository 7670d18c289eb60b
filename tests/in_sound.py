"""What the formulas of spectrograms say in words, as loops over frames."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from keronyx.converter.tensors import Array

Scope = Mapping[str, Any]


def conv_each(scope: Scope, x: Array, kernel: Array) -> Array:
    """Return the frames of each channel alone, laid out as the layer has them."""
    first = str(scope.get("data_format")) == "channels_first"
    sound = x if first else np.moveaxis(x, 2, 1)
    width, step = len(kernel), int(scope["strides"][0])
    time = sound.shape[2]
    if str(scope["padding"]) == "same":
        total = max((-(-time // step) - 1) * step + width - time, 0)
        sound = np.pad(sound, [(0, 0), (0, 0), (total // 2, total - total // 2)])
    starts = range(0, sound.shape[2] - width + 1, step)
    rows = np.stack([sound[:, :, start : start + width] @ kernel[:, 0] for start in starts], axis=2)
    if "expand_dims" in scope:
        return rows if first else rows.transpose(0, 2, 3, 1)
    flat = rows.transpose(0, 1, 3, 2) if first else rows.transpose(0, 2, 1, 3)
    return flat.reshape(*((len(x), -1, len(starts)) if first else (len(x), len(starts), -1)))


def beside(scope: Scope, real: Array, imag: Array) -> Array:
    """Put the frequencies of both side by side, channel by channel."""
    count = int(scope["real_kernel"].shape[-1])
    parts = [np.split(each, each.shape[-1] // count, axis=-1) for each in (real, imag)]
    return np.concatenate([each for pair in zip(*parts, strict=True) for each in pair], axis=-1)


def inner_twice(scope: Scope, power: Array) -> Array:
    doubled = power * 2
    ends = [0, -1]
    axis = 2 if "expand_dims" in scope else -1
    places = tuple(ends if each == axis % power.ndim else slice(None) for each in range(power.ndim))
    doubled[places] = power[places]
    return doubled


def window(scope: Scope, size: int) -> Array:
    turns = np.cos(2 * np.pi * np.arange(size) / (size // 2 * 2))
    known = {"hann": 0.5 - 0.5 * turns, "hamming": 0.54 - 0.46 * turns}
    return np.asarray(known.get(str(scope["window"]), np.ones(size)))


def frequencies(scope: Scope, x: Array) -> Array:
    """Return how strong each frequency is: (batch, frames, frequencies)."""
    size, length = int(scope["fft_length"]), int(scope["sequence_length"])
    before = (size - length) // 2
    under = np.zeros(size)
    under[before : before + length] = window(scope, length)
    sound = np.pad(x, [(0, 0), (size // 2, size // 2)], mode="reflect")
    starts = range(0, sound.shape[1] - size + 1, int(scope["sequence_stride"]))
    waves = np.exp(2j * np.pi * np.outer(np.arange(size), np.arange(size // 2 + 1)) / size)
    frames = [sound[:, start : start + size] * under @ waves for start in starts]
    return np.asarray(np.abs(np.stack(frames, axis=1)))


def mel_bands(scope: Scope, power: Array) -> Array:
    def mel(hertz: float) -> float:
        return 1127 * math.log(1 + hertz / 700)

    low, high = mel(float(scope["min_freq"])), mel(float(scope["max_freq"]))
    count, bins = int(scope["num_mel_bins"]), power.shape[-1]
    edges = np.linspace(low, high, count + 2)
    places = [mel(float(scope["sampling_rate"]) / 2 * each / (bins - 1)) for each in range(1, bins)]
    rows = [np.interp(places, edges[each : each + 3], [0, 1, 0]) for each in range(count)]
    return np.swapaxes(power[..., 1:] @ np.array(rows).T, 1, 2)


def decibels(scope: Scope, power: Array) -> Array:
    least = float(scope["min_power"])
    reference = max(abs(float(scope["ref_power"])), least)
    loud = 10 * np.log10(np.maximum(power, least) / reference)
    return np.asarray(np.maximum(loud, loud.max() - float(scope["top_db"])))


IN_SOUND: dict[str, Callable[..., Any]] = {
    "conv_each": conv_each,
    "beside": beside,
    "inner_twice": inner_twice,
    "frequencies": frequencies,
    "mel_bands": mel_bands,
    "decibels": decibels,
}
