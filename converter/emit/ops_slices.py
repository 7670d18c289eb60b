"""Square brackets: slices along the axes, places by Gather, new axes by Unsqueeze."""

from collections.abc import Sequence

from keronyx.converter.emit.base import emit_layer, shape_of
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import END, unsqueeze
from keronyx.converter.layers.ops_slices import Subscript


@emit_layer.register
def subscript(layer: Subscript, graph: Graph, x: Value) -> Value:
    """One Slice for all axes, a Gather for each place, and one Unsqueeze."""
    keys = layer.keys(x.rank)
    shape = shape_of(layer, x)
    of_axes = [key for key in keys if key is not None]
    cut = _sliced(graph, x, of_axes)
    for axis, key in reversed([*enumerate(of_axes)]):
        if isinstance(key, int):
            sizes = (*cut.shape[:axis], *cut.shape[axis + 1 :])
            place = graph.constant(key, "int64")
            cut = graph.op("Gather", cut, place, axis=axis, shape=sizes)
    left = [key for key in keys if not isinstance(key, int)]
    cut = Value(cut.name, cut.dtype, tuple(s for s, key in zip(shape, left, strict=True) if key))
    return unsqueeze(graph, cut, [axis for axis, key in enumerate(left) if key is None])


def _sliced(graph: Graph, x: Value, keys: Sequence[int | slice]) -> Value:
    """Cut every axis that has a slice which is not all of it."""
    cut = {
        axis: key
        for axis, key in enumerate(keys)
        if isinstance(key, slice) and key not in (slice(None), slice(None, None, 1))
    }
    if not cut:
        return x
    starts, stops, steps = zip(*map(_bounds, cut.values()), strict=True)
    vectors = [graph.integers([*each]) for each in (starts, stops, cut, steps)]
    sizes = tuple(None if axis in cut else size for axis, size in enumerate(x.shape))
    return graph.op("Slice", x, *vectors, shape=sizes)


def _bounds(key: slice) -> tuple[int, int, int]:
    """Return where a slice begins and ends, and its step, as Slice has them."""
    step = key.step or 1
    first, last = (-1, -END) if step < 0 else (0, END)
    return first if key.start is None else key.start, last if key.stop is None else key.stop, step
