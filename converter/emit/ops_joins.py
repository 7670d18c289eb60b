"""Tensors one behind the other, in parts, and repeated: Concat, Slice, Gather, Tile, Pad."""

from collections.abc import Sequence

import numpy as np

from keronyx.converter.emit.base import emit_layer, shape_of
from keronyx.converter.emit.ops_base import lane, moved
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import END, cast, sizes, transpose, unsqueeze
from keronyx.converter.layers.ops_joins import (
    Concatenated,
    Padded,
    Parted,
    Repeated,
    Stacked,
    Tiled,
    Unstacked,
)
from keronyx.converter.layers.ops_turns import Flipped, Rolled, Rotated
from keronyx.converter.tensors import Sizes, numbered


@emit_layer.register
def concatenated(layer: Concatenated, graph: Graph, *inputs: Value) -> Value:
    """Concat, of all in a row where there is no axis."""
    shape = shape_of(layer, *inputs)
    every = [_prepared(layer, graph, x) for x in moved(layer, graph, inputs)]
    return graph.op("Concat", *every, axis=layer.place(every[0].rank), shape=shape)


def _prepared(layer: Concatenated, graph: Graph, x: Value) -> Value:
    return _in_a_row(graph, x) if layer.flat else unsqueeze(graph, x, layer.widened(x.rank))


def _in_a_row(graph: Graph, x: Value) -> Value:
    known = [size for size in x.shape if size is not None]
    count = int(np.prod(known, dtype=np.int64)) if len(known) == x.rank else None
    return graph.op("Reshape", x, graph.integers([-1]), shape=(count,))


@emit_layer.register
def stacked(layer: Stacked, graph: Graph, *inputs: Value) -> Value:
    """Concat along an axis that all get."""
    shape = shape_of(layer, *inputs)
    place = layer.place(inputs[0].rank)
    every = [unsqueeze(graph, x, [place]) for x in moved(layer, graph, inputs)]
    return graph.op("Concat", *every, axis=place, shape=shape)


@emit_layer.register
def parted(layer: Parted, graph: Graph, *inputs: Value) -> tuple[Value, ...]:
    """A Slice for each part."""
    (x,) = moved(layer, graph, inputs)
    place = layer.place(x.rank)
    pairs = zip(layer.bounds(x.shape[place]), layer.shapes(x.shape), strict=True)
    return tuple(
        cut(graph, x, place, slice(start, END if end is None else end), numbered(shape))
        for (start, end), shape in pairs
    )


def cut(graph: Graph, x: Value, axis: int, part: slice, shape: Sizes) -> Value:
    """Take a part of an axis, whose ends are both told."""
    vectors = [graph.integers([each]) for each in (part.start, part.stop, axis, part.step or 1)]
    return graph.op("Slice", x, *vectors, shape=shape)


@emit_layer.register
def unstacked(layer: Unstacked, graph: Graph, *inputs: Value) -> tuple[Value, ...]:
    """A Gather for each place."""
    (x,) = moved(layer, graph, inputs)
    axis = layer.axis_of(layer.axis, x.rank)
    shapes = enumerate(layer.shapes(x.shape))
    return tuple(
        graph.op("Gather", x, graph.constant(at, "int64"), axis=axis, shape=numbered(shape))
        for at, shape in shapes
    )


@emit_layer.register
def tiled(layer: Tiled, graph: Graph, *inputs: Value) -> Value:
    """Tile, behind an Unsqueeze for new axes."""
    shape = shape_of(layer, *inputs)
    (x,) = moved(layer, graph, inputs)
    times = layer.times(x.rank)
    wide = unsqueeze(graph, x, range(len(times) - x.rank))
    return graph.op("Tile", wide, graph.integers(times), shape=shape)


@emit_layer.register
def repeated(layer: Repeated, graph: Graph, *inputs: Value) -> Value:
    """A Gather of every place again and again; of open sizes a Tile along an axis behind it."""
    shape = shape_of(layer, *inputs)
    (x,) = moved(layer, graph, inputs)
    x = _in_a_row(graph, x) if layer.axis is None else x
    axis, size = layer.axis_of(layer.axis or 0, x.rank), x.shape[layer.axis or 0]
    if size is not None:
        places = graph.constant(np.repeat(np.arange(size), layer.each), "int64")
        return graph.op("Gather", x, places, axis=axis, shape=shape)
    assert isinstance(layer.each, int)  # noqa: S101 - a list has the size of the axis
    return _repeated(graph, x, axis, layer.each, shape)


def _repeated(graph: Graph, x: Value, axis: int, each: int, shape: Sizes) -> Value:
    """Repeat the places of an axis whose size is known when the graph runs."""
    times = [each if at == axis else 1 for at in range(x.rank)]
    wide = graph.op(
        "Tile",
        unsqueeze(graph, x, [axis + 1]),
        graph.integers([*times[:axis], 1, each, *times[axis + 1 :]]),
        shape=(*x.shape[: axis + 1], each, *x.shape[axis + 1 :]),
    )
    longer = graph.op("Mul", sizes(graph, x, 0, x.rank), graph.integers(times))
    return graph.op("Reshape", wide, longer, shape=shape)


@emit_layer.register
def rolled(layer: Rolled, graph: Graph, *inputs: Value) -> Value:
    """The last places of an axis in front of the others, which are counted when it runs."""
    (x,) = moved(layer, graph, inputs)
    if layer.axis is None:
        flat = _rolled(graph, _in_a_row(graph, x), layer.steps(1))
        return graph.op("Reshape", flat, sizes(graph, x, 0, x.rank), shape=x.shape)
    return _rolled(graph, x, layer.steps(x.rank))


def _rolled(graph: Graph, x: Value, steps: Sequence[tuple[int, int]]) -> Value:
    for axis, by in steps:
        count = sizes(graph, x, axis, axis + 1)
        first = graph.op("Mod", graph.integers([-by]), count)
        ends, along = graph.integers([END]), graph.integers([axis])
        shape = (*x.shape[:axis], None, *x.shape[axis + 1 :])
        last = graph.op("Slice", x, first, ends, along, shape=shape)
        front = graph.op("Slice", x, graph.integers([0]), first, along, shape=shape)
        x = graph.op("Concat", last, front, axis=axis, shape=x.shape)
    return x


@emit_layer.register
def flipped(layer: Flipped, graph: Graph, *inputs: Value) -> Value:
    """A Slice backwards along all the axes."""
    (x,) = moved(layer, graph, inputs)
    return _flipped(graph, x, layer.places(x.rank))


def _flipped(graph: Graph, x: Value, axes: Sequence[int]) -> Value:
    if not axes:
        return x
    vectors = [graph.integers([each] * len(axes)) for each in (-1, -END)]
    steps = graph.integers([-1] * len(axes))
    return graph.op("Slice", x, *vectors, graph.integers(axes), steps, shape=x.shape)


@emit_layer.register
def rotated(layer: Rotated, graph: Graph, *inputs: Value) -> Value:
    """A flip and a Transpose for one quarter or three, a flip of both axes for a half."""
    (x,) = moved(layer, graph, inputs)
    first, second = layer.plane(x.rank)
    swapped = {first: second, second: first}
    order = [swapped.get(axis, axis) for axis in range(x.rank)]
    match layer.k % 4:
        case 1:
            return transpose(graph, _flipped(graph, x, [second]), order)
        case 2:
            return _flipped(graph, x, [first, second])
        case 3:
            return _flipped(graph, transpose(graph, x, order), [second])
    return x


@emit_layer.register
def padded(layer: Padded, graph: Graph, *inputs: Value) -> Value:
    """Pad with a constant, or what is near an end backwards, axis by axis."""
    shape = shape_of(layer, *inputs)
    x, *others = moved(layer, graph, inputs)
    widths = layer.widths(x.rank)
    if layer.mode == "constant":
        wide = lane(x.dtype)
        borders = graph.integers([*(a for a, _ in widths), *(b for _, b in widths)])
        value = [cast(graph, each, wide) for each in others]
        padded_ = graph.op("Pad", cast(graph, x, wide), borders, *value, shape=shape)
        return cast(graph, padded_, x.dtype)
    for axis, pair in enumerate(widths):
        x = _mirrored(graph, x, axis, pair, int(layer.mode == "reflect"))
    return x


def _mirrored(graph: Graph, x: Value, axis: int, pair: tuple[int, int], gap: int) -> Value:
    """Put what is near each end of an axis around it, but for ``gap`` places at the end itself."""
    before, behind = pair
    parts = [x]

    def shape(size: int | None) -> Sizes:
        return (*x.shape[:axis], size, *x.shape[axis + 1 :])

    if before:
        stop = gap - 1 if gap else -END
        parts.insert(0, cut(graph, x, axis, slice(before + gap - 1, stop, -1), shape(before)))
    if behind:
        start = -1 - gap
        parts.append(cut(graph, x, axis, slice(start, start - behind, -1), shape(behind)))
    size = x.shape[axis]
    whole = None if size is None else size + before + behind
    if len(parts) == 1:
        return x
    return graph.op("Concat", *parts, axis=axis, shape=shape(whole))
