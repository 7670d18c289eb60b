"""Images whose histograms are evened out, tile by tile."""

import numpy as np

from keronyx.converter.layers.histograms import (
    ContrastLimitedAdaptiveHistogramEqualization as Equalizing,
)
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers
from keronyx.runtime.evaluate.windows import as_layer, channels_last


@prepare_layer.register
def equalization(layer: Equalizing, numbers: Numbers) -> Step:
    """Zuiderveld's method, as Keras 3.15 has it; levels are told apart in float32, as there."""
    low, high = (np.float32(end) for end in layer.value_range)

    def step(x: Array) -> Array:
        images = channels_last(layer, x).astype(np.float32)
        if layer.scales:
            images = (images - low) / (high - low) * np.float32(255)
        levels = np.clip(images, 0, 255).astype(np.int32)
        planes = np.moveaxis(levels, -1, 1)
        found = np.empty(planes.shape)
        for place in np.ndindex(planes.shape[:2]):
            found[place] = _plane(layer, planes[place])
        result = np.moveaxis(found, 1, -1)
        if layer.scales:
            result = result / 255 * (high - low) + low
        return as_layer(layer, result.astype(numbers.dtype))

    return step


def _plane(layer: Equalizing, levels: Array) -> Array:
    """Even out one channel of an image, of (height, width)."""
    tall, wide = layer.tile_grid_size
    high, long = (-(-size // n) for size, n in zip(levels.shape, layer.tile_grid_size, strict=True))
    more = (high * tall - levels.shape[0], long * wide - levels.shape[1])
    whole = np.pad(levels, [(0, each) for each in more], mode="symmetric")
    tables = np.empty((tall + 2, wide + 2, 256))
    for i in range(tall):
        for j in range(wide):
            tile = whole[i * high : (i + 1) * high, j * long : (j + 1) * long]
            tables[i + 1, j + 1] = _table(layer, tile)
    tables[0], tables[-1] = tables[1], tables[-2]
    tables[:, 0], tables[:, -1] = tables[:, 1], tables[:, -2]
    return _interpolated(tables, levels, high, long)


def _table(layer: Equalizing, tile: Array) -> Array:
    """Return what becomes of each level in a tile: ``(cdf - cdf_min) * 255 / (n - cdf_min)``."""
    counts = np.bincount(tile.ravel(), minlength=256).astype(np.float64)
    if layer.clip_limit > 0:
        most = layer.clip_limit * tile.size / 256
        excess = np.maximum(counts - most, 0).sum()
        counts = np.minimum(counts, most) + excess / 256
    cdf = np.cumsum(counts)
    rest = tile.size - cdf[0]
    risen: Array = np.clip((cdf - cdf[0]) * 255 / (rest or 1), 0, 255)
    return risen


def _interpolated(tables: Array, levels: Array, high: int, long: int) -> Array:
    """Mix the tables of the four tiles whose middles are around a pixel."""
    y, x = np.indices(levels.shape)
    down, right = (y - high / 2) / high + 1, (x - long / 2) / long + 1
    above, left = np.floor(down).astype(int), np.floor(right).astype(int)
    share_y, share_x = down - above, right - left
    top = tables[above, left, levels] * (1 - share_x) + tables[above, left + 1, levels] * share_x
    below = tables[above + 1, left, levels] * (1 - share_x)
    below += tables[above + 1, left + 1, levels] * share_x
    mixed: Array = top * (1 - share_y) + below * share_y
    return mixed
