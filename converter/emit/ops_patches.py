"""Windows, blocks and colours: slices, other axes, and sums over the channels."""

import itertools
from collections.abc import Sequence

import numpy as np

from keronyx.converter.emit.base import emit_layer
from keronyx.converter.emit.ops_base import moved, operands
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import reduce, reshape, restored, transpose
from keronyx.converter.layers.ops_patches import Blocks, Grayscale, InSpace, Patches
from keronyx.converter.tensors import Sizes


@emit_layer.register
def patches(layer: Patches, graph: Graph, *inputs: Value) -> Value:
    """Cut into blocks where windows lie side by side; else one slice a place of the window."""
    x = _inward(layer, graph, inputs, layer.space)
    first = x.rank - layer.space - 1
    counts = layer.counts(x.shape[first:-1])
    side_by_side = layer.padding == "valid" and layer.steps == layer.size and {*layer.apart} == {1}
    if side_by_side and first == 1:
        found = _cut(layer, graph, x, counts)
    else:
        padded = _padded(layer, graph, x, counts) if layer.padding == "same" else x
        shape = (*x.shape[:first], *counts, x.shape[-1])
        slices = [
            _slice(layer, graph, padded, place, shape)
            for place in itertools.product(*map(range, layer.size))
        ]
        wide = (*shape[:-1], len(slices) * (x.shape[-1] or 0))
        found = graph.op("Concat", *slices, axis=x.rank - 1, shape=wide)
    return restored(graph, found, layer.order(x.rank, layer.space))


def _cut(layer: Patches, graph: Graph, x: Value, counts: Sequence[int]) -> Value:
    """Take windows apart that lie side by side: (batch, counts and sizes in turn, channels)."""
    used = [count * size for count, size in zip(counts, layer.size, strict=True)]
    channels = x.shape[-1] or 0
    if (*used,) != x.shape[1:-1]:
        space = range(1, 1 + layer.space)
        bounds = [graph.integers(each) for each in ([0] * layer.space, used, [*space])]
        x = graph.op("Slice", x, *bounds, shape=(x.shape[0], *used, channels))
    turns = [*itertools.chain(*zip(counts, layer.size, strict=True))]
    apart = reshape(graph, x, (x.shape[0], *turns, channels), lambda _: (x, 0))
    places = range(1, 1 + 2 * layer.space)
    turned = transpose(graph, apart, (0, *places[::2], *places[1::2], len(places) + 1))
    shape = (x.shape[0], *counts, int(np.prod(layer.size)) * channels)
    return reshape(graph, turned, shape, lambda _: (x, 0))


def _padded(layer: Patches, graph: Graph, x: Value, counts: Sequence[int]) -> Value:
    """Put zeros around the places, one more at the end where their number is odd."""
    first = x.rank - layer.space - 1
    sizes = x.shape[first:-1]
    more = [
        max((count - 1) * step + width - (size or 0), 0)
        for count, step, width, size in zip(counts, layer.steps, layer.widths, sizes, strict=True)
    ]
    front = [0] * first + [each // 2 for each in more] + [0]
    end = [0] * first + [each - each // 2 for each in more] + [0]
    shape = tuple(
        None if size is None else size + low + high
        for size, low, high in zip(x.shape, front, end, strict=True)
    )
    return graph.op("Pad", x, graph.integers([*front, *end]), shape=shape)


def _slice(layer: Patches, graph: Graph, x: Value, place: Sequence[int], shape: Sizes) -> Value:
    """Take one place of every window."""
    axes = range(x.rank - layer.space - 1, x.rank - 1)
    starts = [each * apart for each, apart in zip(place, layer.apart, strict=True)]
    counts = shape[axes.start : axes.stop]
    ends = [
        start + ((count or 0) - 1) * step + 1
        for start, count, step in zip(starts, counts, layer.steps, strict=True)
    ]
    bounds = [graph.integers([*each]) for each in (starts, ends, axes, layer.steps)]
    return graph.op("Slice", x, *bounds, shape=shape)


@emit_layer.register
def blocks(layer: Blocks, graph: Graph, *inputs: Value) -> Value:
    """Take the blocks apart, and their places before or behind the channels."""
    (given,) = moved(layer, graph, inputs)
    x = transpose(graph, given, layer.order(given.rank, 2))
    made = layer.inward(layer.shape_of(given.shape), 2)
    block = layer.block_size
    batch, high, wide, deep = x.shape
    apart: Sizes
    after = tuple(size if isinstance(size, int) else None for size in made)
    if layer.function == "depth_to_space":
        apart = (batch, high, wide, block, block, after[3])
    else:
        apart = (batch, after[1], block, after[2], block, deep)
    taken = reshape(graph, x, apart, lambda _: (given, 0))
    turned = transpose(graph, taken, (0, 1, 3, 2, 4, 5))
    found = reshape(graph, turned, after, lambda _: (given, 0))
    return restored(graph, found, layer.order(found.rank, 2))


@emit_layer.register
def grayscale(layer: Grayscale, graph: Graph, *inputs: Value) -> Value:
    """The sum of the channels, each by its share."""
    x = _inward(layer, graph, inputs, 2)
    if x.shape[-1] != 1:
        shares = graph.constant(np.array([0.2989, 0.5870, 0.1140]), x.dtype)
        x = reduce(graph, "ReduceSum", graph.op("Mul", x, shares, shape=x.shape), [x.rank - 1])
    return restored(graph, x, layer.order(x.rank, 2))


def _inward(layer: InSpace, graph: Graph, inputs: tuple[Value, ...], space: int) -> Value:
    """Return the operand with the channels behind."""
    (x,) = operands(layer, graph, inputs)
    return transpose(graph, x, layer.order(x.rank, space))
