"""What the formulas of layers of images say in words, as loops over pixels."""

import math
from collections.abc import Callable, Mapping
from itertools import product
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


def equalized(scope: Scope, x: Array) -> Array:
    """Every pixel by itself: its place in the four tiles whose middles are around it."""
    low, high = scope["value_range"]
    first = scope.get("data_format") == "channels_first"
    scaled = (np.moveaxis(x, 1, -1) if first else x).astype(np.float32)
    scaled = (scaled - np.float32(low)) / np.float32(high - low) * np.float32(255)
    levels: Array = np.clip(scaled, 0, 255).astype(int)
    made = np.empty(levels.shape)
    for n, i, j, c in np.ndindex(*levels.shape):
        sides = [
            _around(at, levels.shape[axis + 1], scope["tile_grid_size"][axis])
            for axis, at in ((0, i), (1, j))
        ]
        made[n, i, j, c] = 0.0
        for (near, rows), (by, columns) in product(*sides):
            tile = levels[n, :, :, c][np.ix_(rows, columns)]
            made[n, i, j, c] += near * by * _place(scope, tile, int(levels[n, i, j, c]))
    made = made / 255 * (high - low) + low
    return np.moveaxis(made, -1, 1) if first else made


def _around(at: int, size: int, tiles: int) -> list[tuple[float, list[int]]]:
    """Return how near the tiles before and behind a pixel are, with the pixels that they hold."""
    width = math.ceil(size / tiles)
    place = (at - width / 2) / width
    found = []
    for tile, near in ((math.floor(place), 1 - place % 1), (math.floor(place) + 1, place % 1)):
        own = range(
            width * min(max(tile, 0), tiles - 1), width * (min(max(tile, 0), tiles - 1) + 1)
        )
        found.append((near, [each if each < size else 2 * size - 1 - each for each in own]))
    return found


def _place(scope: Scope, tile: Array, level: int) -> float:
    """Return the share of pixels up to a level, counts above the limit spread over all levels."""
    counts = [float(each) for each in np.bincount(tile.ravel(), minlength=256)]
    if limit := scope["clip_limit"] * tile.size / 256:
        excess = sum(max(each - limit, 0) for each in counts)
        counts = [min(each, limit) + excess / 256 for each in counts]
    return min(sum(counts[1 : level + 1]) * 255 / ((tile.size - counts[0]) or 1), 255)
