"""What the formulas of layers of images say in words, as loops over pixels."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from keronyx.converter.tensors import Array

Scope = Mapping[str, Any]


def keys(x: float) -> float:
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    return near if x < 1 else -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x < 2 else 0


def mitchell(x: float) -> float:
    near = (21 * x**3 - 36 * x**2 + 16) / 18
    return near if x < 1 else (-7 * x**3 + 36 * x**2 - 60 * x + 32) / 18 if x < 2 else 0


def sinc(x: float, radius: int) -> float:
    return float(np.sinc(x) * np.sinc(x / radius)) if x < radius else 0


KERNELS: dict[str, Callable[[float], float]] = {
    "bilinear": lambda x: max(1 - x, 0),
    "bicubic": keys,
    "lanczos3": lambda x: sinc(x, 3),
    "lanczos5": lambda x: sinc(x, 5),
    "gaussian": lambda x: math.exp(-2 * x * x) if x < 1.5 else 0,
    "mitchellcubic": mitchell,
}


def area(start: float, end: float, pixel: int) -> float:
    return max(min(end, pixel + 1) - max(start, pixel), 0)


def parts(scope: Scope, size: int, place: int, ratio: float) -> list[float]:
    """Return how much each pixel counts in the new one at a place."""
    method = str(scope["interpolation"])
    if method == "area":
        return [area(place * ratio, (place + 1) * ratio, pixel) for pixel in range(size)]
    middle = (place + 0.5) * ratio
    if method == "nearest":
        return [float(pixel == min(int(np.float32(middle)), size - 1)) for pixel in range(size)]
    wide = max(ratio, 1) if "antialias" in scope else 1
    if method == "bilinear" and wide == 1:
        middle = min(max(middle, 0.5), size - 0.5)
    if method == "bicubic" and wide == 1:
        middle = math.floor(middle - 0.5) + 0.5 + round((middle - 0.5) % 1 * 1024) / 1024
    return [KERNELS[method](abs(pixel + 0.5 - middle) / wide) for pixel in range(size)]


def stretched(scope: Scope, x: Array, axis: int, count: int) -> Array:
    size = x.shape[axis]
    rows = np.array([parts(scope, size, place, size / count) for place in range(count)])
    rows /= rows.sum(axis=1, keepdims=True)
    return np.moveaxis(np.tensordot(rows, x, (1, axis)), 0, axis)


def resize(scope: Scope, x: Array) -> Array:
    if "size" in scope:
        target = [size * times for size, times in zip(x.shape[1:], scope["size"], strict=False)]
    else:
        target = [int(scope["height"]), int(scope["width"])]
    if [*x.shape[1:3]] == target:
        return x
    return stretched(scope, stretched(scope, x, 1, target[0]), 2, target[1])


def shape_kept(scope: Scope, x: Array, choose: Callable[[int, int], int]) -> list[int]:
    """Return height and width of the shape of the target: within the image, or around it."""
    height, width = int(scope["height"]), int(scope["width"])
    tall, wide = x.shape[2] * height // width, x.shape[1] * width // height
    return [choose(x.shape[1], tall), choose(x.shape[2], wide)]


def middle(x: Array, sizes: list[int]) -> Array:
    for axis, size in enumerate(sizes, 1):
        start = (x.shape[axis] - size) // 2
        x = x.take(range(start, start + size), axis)
    return x


def cut_to_shape(scope: Scope, x: Array) -> Array:
    return middle(x, shape_kept(scope, x, min))


def padded_to_shape(scope: Scope, x: Array) -> Array:
    wanted = shape_kept(scope, x, max)
    border = [(more - size) // 2 for more, size in zip(wanted, x.shape[1:], strict=False)]
    sides = [(0, 0), *((each, each) for each in border), (0, 0)]
    return np.pad(x, sides, constant_values=float(scope["fill_value"]))


def center_crop(scope: Scope, x: Array) -> Array:
    target = [int(scope["height"]), int(scope["width"])]
    if x.shape[1] >= target[0] and x.shape[2] >= target[1]:
        return middle(x, target)
    return resize({**scope, "interpolation": "bilinear"}, cut_to_shape(scope, x))


def contrast(scope: Scope, x: Array) -> Array:
    low, high = scope["value_range"]
    least, most = x.min((1, 2), keepdims=True), x.max((1, 2), keepdims=True)
    return np.where(most > least, (x - least) / (most - least) * (high - low) + low, x)
