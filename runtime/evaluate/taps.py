"""Which pixels of an axis make each pixel of a longer or shorter one, and how much each counts.

As ``tf.image.resize`` says: the middle of a new pixel falls somewhere in the old image, and the
pixels around it count by their distance. Places are float32 there, and so they are here.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from keronyx.converter.tensors import Array

Tap: TypeAlias = tuple[int, float]
Single: TypeAlias = Callable[[float], float]

STEPS: Final = 1024
"""TensorFlow looks bicubic weights up at so many places between two pixels."""
SMALLEST: Final = 1000 * 2.0**-126


class Axis(NamedTuple):
    """An axis of ``size`` pixels that is to have ``target``."""

    method: str
    size: int
    target: int
    smooth: bool = False
    corner: bool = False

    def resampled(self, x: Array, axis: int) -> Array:
        """Sum up what the pixels count."""
        every = [list(self.taps(place)) for place in range(self.target)]
        longest = max(map(len, every))
        made = np.zeros(1)
        for turn in range(longest):
            chosen = [taps[turn] if turn < len(taps) else (0, 0.0) for taps in every]
            places, weights = zip(*chosen, strict=True)
            spread = np.reshape(weights, [-1 if each == axis else 1 for each in range(x.ndim)])
            made = made + x.take(places, axis) * spread
        return made.astype(x.dtype, copy=False)

    def picked(self, x: Array, axis: int) -> Array:
        """Take the pixel in which the middle of the new one is."""
        step = np.float32(self.size) / np.float32(self.target)
        found = [int(np.float32(place + 0.5) * step) for place in range(self.target)]
        return x.take([min(place, self.size - 1) for place in found], axis)

    def blended(self, x: Array, axis: int) -> Array:
        """Go from one pixel towards the next in float32, step by step as TensorFlow does.

        What is to be rounded depends on the last bit where the exact number is a half.
        """
        step = np.float32(self.size) / np.float32(self.target)
        middles = [np.float32(place + 0.5) * step - np.float32(0.5) for place in range(self.target)]
        before = x.take([max(math.floor(middle), 0) for middle in middles], axis)
        behind = x.take([min(math.ceil(middle), self.size - 1) for middle in middles], axis)
        parts = np.array([middle - np.floor(middle) for middle in middles], np.float32)
        return before + (behind - before) * parts.reshape(
            [-1 if each == axis else 1 for each in range(x.ndim)]
        )

    def taps(self, place: int) -> Iterator[Tap]:
        """Yield the pixels that count at a place of the new axis."""
        if self.method == "area":
            return self._under(place)
        if self.method == "bilinear" and not self.smooth:
            return self._between(place)
        if self.method == "bicubic" and not self.smooth:
            return _scaled_to_one(list(self._in_table(place)))
        return _scaled_to_one(list(self._around(place)))

    def _between(self, place: int) -> Iterator[Tap]:
        """The pixel before and the one behind; beyond the ends, those at the ends."""
        exact = (place if self.corner else place + 0.5) * self.size / self.target
        middle = exact if self.corner else exact - 0.5
        before = math.floor(middle)
        part = middle - before
        yield min(max(before, 0), self.size - 1), 1 - part
        yield min(max(before + 1, 0), self.size - 1), part

    def _in_table(self, place: int) -> Iterator[Tap]:
        """Four pixels around, as far away as the nearest entry of the table says."""
        step = np.float32(self.size) / np.float32(self.target)
        middle = np.float32(place + 0.5) * step - np.float32(0.5)
        before = math.floor(middle)
        part = round(float(middle - np.float32(before)) * STEPS) / STEPS
        for pixel in range(before - 1, before + 3):
            if 0 <= pixel < self.size:
                yield pixel, cubic(abs(pixel - before - part))

    def _under(self, place: int) -> Iterator[Tap]:
        """The pixels under the new one, by how much of them is."""
        step = np.float32(self.size) / np.float32(self.target)
        start, end = float(np.float32(place) * step), float(np.float32(place + 1) * step)
        for pixel in range(math.floor(start), math.ceil(end)):
            covered = min(pixel + 1, end) - max(pixel, start)
            yield min(pixel, self.size - 1), covered / float(step)

    def _around(self, place: int) -> Iterator[Tap]:
        """All that a kernel reaches, which is wider where a smaller image is to be smooth."""
        kernel, radius = KERNELS[self.method]
        step = np.float32(1 / float(np.float32(self.target) / np.float32(self.size)))
        middle = np.float32(place + 0.5) * step
        width = max(float(step), 1.0) if self.smooth else 1.0
        for pixel in range(self.size):
            distance = abs(float(np.float32(pixel + 0.5) - middle)) / width
            if distance <= radius:
                yield pixel, kernel(distance)


def _scaled_to_one(taps: list[Tap]) -> Iterator[Tap]:
    total = sum(weight for _, weight in taps)
    divisor = total if abs(total) >= SMALLEST else 1.0
    return ((pixel, weight / divisor) for pixel, weight in taps)


def cubic(x: float) -> float:
    """Return Keys's kernel with a = -0.5."""
    if x >= 2:
        return 0.0
    if x >= 1:
        return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return 1.5 * x**3 - 2.5 * x**2 + 1


def mitchell(x: float) -> float:
    """Return Mitchell's and Netravali's kernel with B = C = 1/3."""
    if x >= 2:
        return 0.0
    if x >= 1:
        return (-7 * x**3 + 36 * x**2 - 60 * x + 32) / 18
    return (21 * x**3 - 36 * x**2 + 16) / 18


def gaussian(x: float) -> float:
    """Return a bell of standard deviation 0.5, which ends at three of them."""
    return math.exp(-2 * x * x) if x < 1.5 else 0.0


def lanczos(radius: int) -> Single:
    """Return the kernel whose window is the main lobe of a wider sinc."""

    def kernel(x: float) -> float:
        if x <= 1e-3:
            return 1.0
        angle = math.pi * x
        return radius * math.sin(angle) * math.sin(angle / radius) / angle**2

    return kernel


KERNELS: Final[Mapping[str, tuple[Single, float]]] = {
    "bilinear": (lambda x: max(1 - x, 0.0), 1),
    "bicubic": (cubic, 2),
    "lanczos3": (lanczos(3), 3),
    "lanczos5": (lanczos(5), 5),
    "gaussian": (gaussian, 1.5),
    "mitchellcubic": (mitchell, 2),
}
