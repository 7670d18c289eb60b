"""Numbers put where indices say: ScatterND, or every place compared with every index."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from keronyx.converter.emit.base import emit_layer, shape_of
from keronyx.converter.emit.ops_base import as_given, lane
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import END, cast, reduce, sizes, unsqueeze
from keronyx.converter.layers.ops_base import Applied
from keronyx.converter.layers.ops_segments import Bincount, ScatterUpdate, Segments, SliceUpdate

REDUCED: Final = {"add": "ReduceSum", "max": "ReduceMax", "min": "ReduceMin", "mul": "ReduceProd"}
"""The operators of many numbers by what ScatterND calls each function."""

MET: Final = {"add": "Add", "max": "Max", "min": "Min", "mul": "Mul"}
"""Those of two."""

SINCE: Final = {"add": 16, "mul": 16, "max": 18, "min": 18}
"""The first opset in which ScatterND has it."""

CALLED: Final = {
    "segment_max": "max",
    "segment_min": "min",
    "segment_prod": "mul",
    "segment_sum": "add",
}

NEUTRAL: Final = {"add": 0, "mul": 1}


def _given(layer: Applied, graph: Graph, inputs: tuple[Value, ...]) -> tuple[Value, ...]:
    """Return numbers in the type in which they are computed, and indices as int64."""
    dtype = lane(layer.computes_in(*(value.dtype for value in inputs)))
    every = as_given(layer, graph, inputs, dtype)
    types = [dtype, "int64", dtype][: len(every)]
    return tuple(cast(graph, value, each) for value, each in zip(every, types, strict=True))


@emit_layer.register
def segments(layer: Segments, graph: Graph, *inputs: Value) -> Value:
    """Sums and products by ScatterND; extremes of the numbers that are in each segment."""
    data, ids = _given(layer, graph, inputs)
    called, shape = CALLED[layer.function], shape_of(layer, *inputs)
    count = _count(layer, graph, ids)
    if called in NEUTRAL and graph.opset >= SINCE[called]:
        return _scattered(graph, called, data, ids, count)
    _check_kept(layer, graph, called, data)
    member = _member(graph, ids, count)
    name = layer.computes_in(*(value.dtype for value in inputs))
    empty = graph.constant(layer.empty(name), data.dtype)
    if not layer.sorted:
        return _gathered(graph, called, data, member, empty)
    far = graph.constant(_neutral(called, data.dtype), data.dtype)
    found = _gathered(graph, called, data, member, far)
    there = reduce(graph, "ReduceMax", cast(graph, member, "int32"), [1], keepdims=False)
    full = unsqueeze(graph, cast(graph, there, "bool"), range(1, data.rank))
    return graph.op("Where", full, found, empty, dtype=data.dtype, shape=shape)


def _check_kept(layer: Applied, graph: Graph, called: str, data: Value) -> None:
    """Refuse sums of integers that would keep to the largest."""
    if called in NEUTRAL and not data.is_float:
        hint = f"opset {SINCE[called]} has an operator for it"
        raise layer.refuse(f"{layer.function} of {data.dtype} numbers in opset {graph.opset}", hint)


def _count(layer: Segments, graph: Graph, ids: Value) -> Value:
    """How many segments there are, in a vector."""
    if layer.num_segments is not None:
        return graph.integers([layer.num_segments])
    return graph.op("Add", reduce(graph, "ReduceMax", ids, [0]), 1)


def _scattered(graph: Graph, called: str, data: Value, ids: Value, count: Value) -> Value:
    """Put the rows to neutral ones; those in no segment to one more, which is cut off."""
    rows = graph.op("Add", count, 1)
    rest = [sizes(graph, data, 1, data.rank)] if data.rank > 1 else []
    whole = graph.op("Concat", rows, *rest, axis=0, shape=(data.rank,))
    neutral = graph.constant(NEUTRAL[called], data.dtype)
    shape = (None, *data.shape[1:])
    start = graph.op("Expand", neutral, whole, shape=shape)
    none = graph.op("Less", ids, 0)
    places = graph.op("Where", none, count, ids, dtype="int64", shape=ids.shape)
    column = unsqueeze(graph, places, [1])
    found = graph.op("ScatterND", start, column, data, reduction=called)
    ends = graph.integers([0]), count, graph.integers([0])
    return graph.op("Slice", found, *ends, shape=shape)


def _member(graph: Graph, ids: Value, count: Value) -> Value:
    """Tell of each segment which rows are in it."""
    places = unsqueeze(graph, _up_to(graph, count), [1])
    return graph.op("Equal", places, ids, shape=(None, ids.shape[0]))


def _up_to(graph: Graph, count: Value) -> Value:
    """Return the numbers from 0 on, so many as a vector of one says."""
    zero, one = (graph.constant(each, "int64") for each in (0, 1))
    end = graph.op("Squeeze", count, graph.integers([0]), shape=())
    return graph.op("Range", zero, end, one, shape=(None,))


def _gathered(graph: Graph, called: str, data: Value, member: Value, other: Value) -> Value:
    """Reduce for each place the rows that are in it, the others being another number."""
    inside = unsqueeze(graph, member, range(2, 1 + data.rank))
    shape = (None, *data.shape)
    spread = unsqueeze(graph, data, [0])
    taken = graph.op("Where", inside, spread, other, dtype=data.dtype, shape=shape)
    return reduce(graph, REDUCED[called], taken, [1], keepdims=False)


def _neutral(called: str, dtype: str) -> float:
    if called in NEUTRAL:
        return NEUTRAL[called]
    if dtype.startswith("float"):
        return float("-inf") if called == "max" else float("inf")
    known = np.iinfo(dtype)
    return int(known.min if called == "max" else known.max)


@emit_layer.register
def scatter_update(layer: ScatterUpdate, graph: Graph, *inputs: Value) -> Value:
    """ScatterND; where the opset has not the reduction, that of all updates of each place."""
    whole, indices, updates = _given(layer, graph, inputs)
    if layer.reduction is None:
        return graph.op("ScatterND", whole, indices, updates)
    if graph.opset >= SINCE[layer.reduction]:
        return graph.op("ScatterND", whole, indices, updates, reduction=layer.reduction)
    _check_kept(layer, graph, layer.reduction, whole)
    places = whole.shape[: layer.depth(indices.shape)]
    known = [size for size in places if size is not None]
    if len(known) < len(places):
        raise layer.refuse(f"{layer.reduction} along axes that are open in opset {graph.opset}")
    strides = [math.prod(known[axis + 1 :]) for axis in range(len(known))]
    counted = graph.op("Mul", indices, graph.integers(strides))
    summed = reduce(graph, "ReduceSum", counted, [indices.rank - 1], keepdims=False)
    ids = graph.op("Reshape", summed, graph.integers([-1]), shape=(None,))
    count = graph.integers([math.prod(known)])
    data, rows = (_as_rows(graph, each, whole, len(known)) for each in (updates, whole))
    far = graph.constant(_neutral(layer.reduction, data.dtype), data.dtype)
    met = _gathered(graph, layer.reduction, data, _member(graph, ids, count), far)
    found = graph.op(MET[layer.reduction], rows, met)
    return graph.op("Reshape", found, sizes(graph, whole, 0, whole.rank), shape=whole.shape)


def _as_rows(graph: Graph, x: Value, whole: Value, depth: int) -> Value:
    """Put the axes along which indices count into one."""
    rest = whole.shape[depth:]
    vectors = [graph.integers([-1])]
    if rest:
        vectors.append(sizes(graph, whole, depth, whole.rank))
    wanted = graph.op("Concat", *vectors, axis=0, shape=(1 + len(rest),))
    return graph.op("Reshape", x, wanted, shape=(None, *rest))


@emit_layer.register
def slice_update(layer: SliceUpdate, graph: Graph, *inputs: Value) -> Value:
    """What is in front, the part, and what is behind, axis by axis."""
    whole, starts, part = _given(layer, graph, inputs)
    return _around(graph, whole, part, starts, layer.partial(whole.shape, part.shape))


def _around(graph: Graph, x: Value, part: Value, starts: Value, axes: Sequence[int]) -> Value:
    """Put the part into x, which is larger along these axes alone."""
    if not axes:
        return part
    axis, *others = axes
    size = part.shape[axis] or 0
    whole = sizes(graph, x, axis, axis + 1)
    room = graph.op("Sub", whole, size)
    told = graph.op("Slice", starts, *(graph.integers([at]) for at in (axis, axis + 1)), shape=(1,))
    start = graph.op("Max", graph.op("Min", told, room), 0)
    end = graph.op("Add", start, size)
    zero, last, place = (graph.integers([each]) for each in (0, END, axis))

    def cut(first: Value, stop: Value, length: int | None) -> Value:
        shape = (*x.shape[:axis], length, *x.shape[axis + 1 :])
        return graph.op("Slice", x, first, stop, place, shape=shape)

    middle = _around(graph, cut(start, end, size), part, starts, others)
    pieces = (cut(zero, start, None), middle, cut(end, last, None))
    return graph.op("Concat", *pieces, axis=axis, shape=x.shape)


@emit_layer.register
def bincount(layer: Bincount, graph: Graph, *inputs: Value) -> Value:
    """Compare every number with all that there can be."""
    (x,) = _given(layer, graph, inputs)
    axes = range(x.rank)
    largest = reduce(graph, "ReduceMax", cast(graph, x, "int64"), axes, keepdims=False)
    most = graph.op("Max", graph.op("Add", largest, 1), layer.minlength)
    count = unsqueeze(graph, most, [0])
    apart = unsqueeze(graph, cast(graph, x, "int64"), [x.rank])
    same = graph.op("Equal", apart, _up_to(graph, count), shape=(*x.shape, None))
    return reduce(graph, "ReduceSum", cast(graph, same, "int32"), [x.rank - 1], keepdims=False)
