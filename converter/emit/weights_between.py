"""How much every pixel counts in each pixel of an axis of another length, by the interpolation.

TensorFlow works places out in float32, and so does this: a place decides which entry of a table
is taken, and on which side of a kernel's end a pixel is.
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from keronyx.converter.tensors import Array

F: Final = np.float32
TABLE: Final = 1024
"""Bicubic weights come from a table of so many places between two pixels."""
NOTHING: Final = 1000 * float(np.finfo(np.float32).tiny)
"""A sum of weights below which they are left as they are."""


def weights_between(method: str, size: int, target: int, *, smooth: bool) -> Array:
    """Return a row of ``size`` weights for each of the ``target`` places."""
    if method == "area":
        return _area(size, target)
    if smooth or method not in {"bilinear", "bicubic"}:
        kernel, radius = SMOOTH[method]
        return _scaled(kernel, radius, size, target, smooth=smooth)
    return _bilinear(size, target) if method == "bilinear" else _bicubic(size, target)


def _places(target: int, step: np.float32) -> Array:
    """Return where the middles of the new pixels are in the old image."""
    places: Array = (np.arange(target, dtype=F) + F(0.5)) * step
    return places


def _bilinear(size: int, target: int) -> Array:
    middles = (np.arange(target) + 0.5) * size / target - 0.5
    inside = np.clip(middles, 0, size - 1)
    apart = np.abs(np.arange(size) - inside[:, None])
    return _triangle(apart)


def _bicubic(size: int, target: int) -> Array:
    """Keys's kernel at the nearest place of the table; what is outside of the image counts none."""
    middles = _places(target, F(size) / F(target)) - F(0.5)
    left = np.floor(middles)
    between = np.rint((middles - left) * F(TABLE)).astype(np.float64) / TABLE
    apart = np.abs(np.arange(size) - (left + between)[:, None])
    return _summing_to_one(_cubic(apart))


def _area(size: int, target: int) -> Array:
    """How much of a pixel is under the new one."""
    step = F(size) / F(target)
    starts = (np.arange(target, dtype=F) * step).astype(np.float64)
    ends = (np.arange(1, target + 1, dtype=F) * step).astype(np.float64)
    pixels = np.arange(size)
    first, last = np.maximum(pixels, starts[:, None]), np.minimum(pixels + 1, ends[:, None])
    covered: Array = np.maximum(last - first, 0) / float(step)
    return covered


def _scaled(
    kernel: Callable[[Array], Array], radius: float, size: int, target: int, *, smooth: bool
) -> Array:
    """A kernel around the middle of the new pixel, as much wider as the image gets smaller."""
    step = F(1.0 / float(F(target) / F(size)))
    width = max(step, F(1)) if smooth else F(1)
    middles = _places(target, step)
    apart = np.abs((np.arange(size, dtype=F) + F(0.5)) - middles[:, None]) * (F(1) / width)
    found = np.where(apart <= radius, kernel(apart.astype(np.float64)), 0)
    return _summing_to_one(found)


def _summing_to_one(found: Array) -> Array:
    total = found.sum(axis=1, keepdims=True)
    whole: Array = found / np.where(np.abs(total) < NOTHING, 1, total)
    return whole


def _triangle(x: Array) -> Array:
    height: Array = np.maximum(1 - x, 0)
    return height


def _cubic(x: Array) -> Array:
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0))


def _mitchell(x: Array) -> Array:
    near = (7 / 6 * x - 2) * x * x + 8 / 9
    far = ((-7 / 18 * x + 2) * x - 10 / 3) * x + 16 / 9
    return np.where(x < 1, near, np.where(x < 2, far, 0))


def _gaussian(x: Array) -> Array:
    return np.where(x < 1.5, np.exp(-2 * x * x), 0)


def _lanczos(radius: float) -> Callable[[Array], Array]:
    return lambda x: np.where(x > 1e-3, np.sinc(x) * np.sinc(x / radius), 1)


SMOOTH: Final[Mapping[str, tuple[Callable[[Array], Array], float]]] = {
    "bilinear": (_triangle, 1),
    "bicubic": (_cubic, 2),
    "lanczos3": (_lanczos(3), 3),
    "lanczos5": (_lanczos(5), 5),
    "gaussian": (_gaussian, 1.5),
    "mitchellcubic": (_mitchell, 2),
}
"""Kernels by the distance from their middle, and how far they reach."""
