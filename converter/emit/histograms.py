"""Images whose histograms are evened out: a table of levels for each tile, looked up around it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from keronyx.converter.emit.base import emit_layer
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import cast, reduce, reshape, restored, sizes, transpose
from keronyx.converter.layers.histograms import LEVELS
from keronyx.converter.layers.histograms import (
    ContrastLimitedAdaptiveHistogramEqualization as Equalizing,
)
from keronyx.converter.tensors import Array

TOP = float(LEVELS - 1)
COUNTING = 16
"""The first opset in which ScatterElements adds; before it, every level of every pixel is told."""


@dataclass(frozen=True)
class Axis:
    """One axis of space: its pixels, and the tiles in a row that cover them."""

    size: int
    tiles: int

    @cached_property
    def width(self) -> int:
        """How many pixels a tile has."""
        return -(-self.size // self.tiles)

    @cached_property
    def mirrored(self) -> Array:
        """The pixels that fill all tiles: behind the last one they go back."""
        missing = self.width * self.tiles - self.size
        return np.pad(np.arange(self.size), (0, missing), mode="symmetric")

    @cached_property
    def own(self) -> Array:
        """The tile of each pixel, with those that go back."""
        return np.arange(self.tiles).repeat(self.width)

    @cached_property
    def nearest(self) -> list[Array]:
        """For each pixel the tile whose middle lies before it, and the one behind, from 0 on."""
        first = np.floor(self._in_tiles).astype(np.int64)
        return [np.clip(first + more, 0, self.tiles - 1) for more in (0, 1)]

    @cached_property
    def share(self) -> Array:
        """For each pixel how near it is to the middle behind it."""
        return self._in_tiles - np.floor(self._in_tiles)

    @cached_property
    def _in_tiles(self) -> Array:
        middle = np.float32(self.width / 2)
        return (np.arange(self.size, dtype=np.float32) - middle) / np.float32(self.width)


@emit_layer.register
def equalization(layer: Equalizing, graph: Graph, x: Value) -> Value:
    """Count the levels of each tile, add them up, and look each pixel up in the four around it."""
    order = (0, *layer.space_axes, layer.channel_axis)
    scaled = _scaled(layer, graph, transpose(graph, cast(graph, x, "float32"), order))
    axes = [
        Axis(size or 0, tiles)
        for size, tiles in zip(scaled.shape[1:3], layer.tile_grid_size, strict=True)
    ]
    levels = cast(graph, graph.op("Clip", scaled, 0.0, TOP), "int64")
    tables = _tables(layer, graph, levels, axes)
    return restored(graph, _back(layer, graph, _looked_up(graph, levels, tables, axes)), order)


def _scaled(layer: Equalizing, graph: Graph, x: Value) -> Value:
    """Bring the range of values to 0 ... 255."""
    if not layer.scales:
        return x
    low, high = layer.value_range
    if low:
        x = graph.op("Sub", x, low)
    return graph.op("Mul", graph.op("Div", x, high - low), TOP)


def _back(layer: Equalizing, graph: Graph, x: Value) -> Value:
    if not layer.scales:
        return x
    low, high = layer.value_range
    x = graph.op("Mul", graph.op("Div", x, TOP), high - low)
    return graph.op("Add", x, low) if low else x


def _tables(layer: Equalizing, graph: Graph, levels: Value, axes: list[Axis]) -> Value:
    """Return what becomes of each level in each channel of each tile: (batch, all of them)."""
    whole = levels
    for place, axis in enumerate(axes, 1):
        if len(axis.mirrored) > axis.size:
            shape = (*whole.shape[:place], len(axis.mirrored), *whole.shape[place + 1 :])
            there = graph.integers(list(map(int, axis.mirrored)))
            whole = graph.op("Gather", whole, there, axis=place, shape=shape)
    count = axes[0].tiles * axes[1].tiles * (levels.shape[3] or 0)
    hist = reshape(graph, _counted(graph, whole, axes), (levels.shape[0], count, LEVELS))
    pixels = axes[0].width * axes[1].width
    if layer.clip_limit > 0:
        limit = float(np.float32(layer.clip_limit * pixels / LEVELS))
        clipped = graph.op("Min", hist, limit)
        excess = reduce(graph, "ReduceSum", graph.op("Sub", hist, clipped), [-1])
        hist = graph.op("Add", clipped, graph.op("Div", excess, float(LEVELS)))
    return _flat(graph, _risen(graph, hist, float(pixels)))


def _counted(graph: Graph, levels: Value, axes: list[Axis]) -> Value:
    """Count how often each level occurs in each channel of each tile."""
    high, wide = axes
    batch, channels = levels.shape[0], levels.shape[3] or 0
    count = high.tiles * wide.tiles * channels
    if graph.opset < COUNTING:
        tiled = (batch, high.tiles, high.width, wide.tiles, wide.width, channels)
        apart = transpose(graph, reshape(graph, levels, tiled), (0, 1, 3, 5, 2, 4))
        pixels = reshape(graph, apart, (batch, count, high.width * wide.width))
        ends = graph.constant([0.0, 1.0], "float32")
        told = (*pixels.shape, LEVELS)
        depth = graph.constant(LEVELS, "int64")
        hits = graph.op("OneHot", pixels, depth, ends, axis=-1, dtype="float32", shape=told)
        return reduce(graph, "ReduceSum", hits, [2], keepdims=False)
    rows = _flat(graph, _entries(graph, levels, [axis.own for axis in axes], axes))
    wanted = graph.integers([count * LEVELS])
    shape = graph.op("Concat", sizes(graph, rows, 0, 1), wanted, axis=0, shape=(2,))
    zero, one = (graph.constant(number, "float32") for number in (0.0, 1.0))
    zeros = graph.op("Expand", zero, shape, shape=(batch, count * LEVELS))
    ones = graph.op("Expand", one, sizes(graph, rows, 0, 2), shape=rows.shape)
    return graph.op("ScatterElements", zeros, rows, ones, axis=1, reduction="add")


def _risen(graph: Graph, hist: Value, pixels: float) -> Value:
    """Add the counts up, from the first level's on, and scale the sums to 0 ... 255."""
    total = graph.op("CumSum", hist, graph.constant(-1, "int64"))
    least = reduce(graph, "ReduceMin", total, [-1])
    above = graph.op("Mul", graph.op("Sub", total, least), TOP)
    span = graph.op("Sub", graph.constant(pixels, "float32"), least, shape=least.shape)
    flat = graph.op("Equal", span, 0.0)
    safe = graph.op(
        "Where", flat, graph.constant(1.0, "float32"), span, dtype="float32", shape=span.shape
    )
    return graph.op("Clip", graph.op("Div", above, safe), 0.0, TOP)


def _looked_up(graph: Graph, levels: Value, tables: Value, axes: list[Axis]) -> Value:
    """Look each pixel up in the four tiles around it, and mix what is found by nearness."""
    high, wide = axes
    down = graph.constant(high.share[:, None, None], "float32")
    right = graph.constant(wide.share[:, None], "float32")
    rows = []
    for row in high.nearest:
        found = []
        for column in wide.nearest:
            places = _flat(graph, _entries(graph, levels, [row, column], axes))
            values = graph.op("GatherElements", tables, places, axis=1, shape=places.shape)
            found.append(reshape(graph, values, levels.shape))
        rows.append(_mixed(graph, found, right))
    return _mixed(graph, rows, down)


def _mixed(graph: Graph, pair: list[Value], share: Value) -> Value:
    """Return ``first · (1 - share) + second · share``."""
    first, second = pair
    rest = graph.op("Sub", graph.constant(1.0, "float32"), share, shape=share.shape)
    return graph.op("Add", graph.op("Mul", first, rest), graph.op("Mul", second, share))


def _entries(graph: Graph, levels: Value, tiles: list[Array], axes: list[Axis]) -> Value:
    """Return where each pixel's level stands in a table of all tiles, channels and levels."""
    channels = levels.shape[3] or 0
    across = axes[1].tiles * channels * LEVELS
    rows = tiles[0][:, None, None] * across
    columns = (tiles[1][:, None] * channels + np.arange(channels)) * LEVELS
    further = graph.op("Add", levels, graph.constant(columns, "int64"))
    return graph.op("Add", further, graph.constant(rows, "int64"))


def _flat(graph: Graph, x: Value) -> Value:
    """Return rows of all that is behind the batch."""
    size = int(np.prod([size or 0 for size in x.shape[1:]]))
    return graph.op("Flatten", x, axis=1, shape=(x.shape[0], size))
