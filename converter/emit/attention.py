"""Attention without products of its own, what queries may look at, and shares of scores."""

from collections.abc import Mapping
from functools import singledispatch

import numpy as np

from keronyx.converter.emit.base import Given, emit_layer, optional, weight
from keronyx.converter.emit.functions import FAR, exponential_of_difference
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import (
    cast,
    kept,
    reduce,
    sizes,
    squeeze,
    transpose,
    unsqueeze,
    where,
)
from keronyx.converter.layers.attention import AdditiveAttention, Attention, Blocking, Scoring
from keronyx.converter.layers.sizes import broadcast
from keronyx.converter.tensors import Sizes, numbered


@emit_layer.register
def attention(
    layer: Attention | AdditiveAttention,
    graph: Graph,
    query: Value,
    value: Value,
    *further: Value,
    **given: Given,
) -> tuple[Value, ...]:
    """Scores of queries and keys, their softmax, and the mean of the values."""
    key = further[0] if further else value
    scores = _scores(layer, graph, query, key)
    masks = by_step({"value_mask": given.get("value_mask", False)}, graph)
    if layer.causal or given.get("use_causal_mask"):
        masks.append(causal(graph, query, key, query.rank - 2))
    found = shares(graph, scores, both(graph, masks), "add")
    mean = graph.op("MatMul", found, value, shape=(*query.shape[:-1], value.shape[-1]))
    output = _masked(layer, graph, mean, given.get("query_mask", False))
    return (output, found) if given.get("return_attention_scores") else (output,)


def _masked(layer: Scoring, graph: Graph, mean: Value, mask: Given) -> Value:
    """Return 0 where a query is masked."""
    if not isinstance(mask, Value):
        return mean
    told = unsqueeze(graph, cast(graph, mask, "bool"), [2])
    return kept(graph, mean, told) if layer.multiplies_mask else where(graph, told, mean, 0.0)


@singledispatch
def _scores(layer: Scoring, _graph: Graph, _query: Value, _key: Value) -> Value:
    raise TypeError(layer)


@_scores.register
def _of_products(layer: Attention, graph: Graph, query: Value, key: Value) -> Value:
    """Products, or a sum over features: (batch, ..., queries, keys)."""
    scale = optional(graph, layer, "scale")
    if layer.score_mode == "dot":
        order = (*range(key.rank - 2), key.rank - 1, key.rank - 2)
        shape = (*query.shape[:-1], key.shape[-2])
        product = graph.op("MatMul", query, transpose(graph, key, order), shape=shape)
        return graph.op("Mul", product, scale) if scale else product
    total = _pairs(graph, query, key)
    bent = graph.op("Tanh", graph.op("Mul", total, scale) if scale else total)
    summed = reduce(graph, "ReduceSum", bent, [-1], keepdims=False)
    return graph.op("Mul", summed, weight(graph, layer, "concat_score_weight"))


@_scores.register
def _of_sums(layer: AdditiveAttention, graph: Graph, query: Value, key: Value) -> Value:
    """A sum over features, weighted by the scale: (batch, ..., queries, keys)."""
    bent = graph.op("Tanh", _pairs(graph, query, key))
    scale = optional(graph, layer, "scale")
    if scale is None:
        return reduce(graph, "ReduceSum", bent, [-1], keepdims=False)
    return graph.op("MatMul", bent, scale, shape=bent.shape[:-1])


def _pairs(graph: Graph, query: Value, key: Value) -> Value:
    """Return the sum of every query and every key: (batch, ..., queries, keys, features)."""
    rows = unsqueeze(graph, query, [query.rank - 1])
    columns = unsqueeze(graph, key, [key.rank - 2])
    return graph.op("Add", rows, columns, shape=stretched(rows.shape, columns.shape))


def stretched(*shapes: Sizes) -> Sizes:
    """Return the shape of what an operator makes of values that it stretches to each other."""
    rank = max(map(len, shapes))
    padded = ((1,) * (rank - len(shape)) + shape for shape in shapes)
    return numbered(tuple(map(broadcast, zip(*padded, strict=True))))


def both(graph: Graph, masks: list[Value]) -> Value | None:
    """Return where all masks hold; one alone as it is."""
    if not masks:
        return None
    first, *others = masks
    for mask in others:
        pair = (cast(graph, first, "bool"), cast(graph, mask, "bool"))
        first = graph.op("And", *pair, shape=stretched(first.shape, mask.shape))
    return first


def by_step(given: Mapping[str, Given], graph: Graph) -> list[Value]:
    """Return the masks of the query, the value and the key as (batch, queries, keys)."""
    places = {"query_mask": 2, "value_mask": 1, "key_mask": 1}
    found = {name: given.get(name) for name in places}
    return [
        unsqueeze(graph, cast(graph, mask, "bool"), [places[name]])
        for name, mask in found.items()
        if isinstance(mask, Value)
    ]


def steps(graph: Graph, x: Value, axis: int) -> Value:
    """Return 0, 1, ... up to the size of an axis: (size,)."""
    size = x.shape[axis]
    if size is None:
        end = squeeze(graph, sizes(graph, x, axis, axis + 1), 0)
    else:
        end = graph.constant(size, "int64")
    zero, one = graph.constant(0, "int64"), graph.constant(1, "int64")
    return graph.op("Range", zero, end, one, shape=(size,))


def causal(graph: Graph, query: Value, value: Value, axis: int = 1) -> Value:
    """Tell where a key is no later than the query along an axis: (queries, keys)."""
    rows, columns, shape = _places(graph, query, value, axis)
    return graph.op("GreaterOrEqual", rows, columns, shape=shape)


def near(graph: Graph, query: Value, value: Value, window: int) -> Value:
    """Tell where a key is less than ``window`` steps away from the query: (queries, keys)."""
    rows, columns, shape = _places(graph, query, value, 1)
    apart = graph.op("Abs", graph.op("Sub", rows, columns, shape=shape))
    return graph.op("Less", apart, window)


def _places(graph: Graph, query: Value, value: Value, axis: int) -> tuple[Value, Value, Sizes]:
    """Return the places of queries (queries, 1) and of keys (keys,), and the shape of both."""
    rows, columns = steps(graph, query, axis), steps(graph, value, axis)
    return unsqueeze(graph, rows, [1]), columns, (*rows.shape, *columns.shape)


def shares(
    graph: Graph, scores: Value, mask: Value | None, blocking: Blocking, *, several: bool = False
) -> Value:
    """Return the softmax of scores over the last axis, where the mask holds.

    ``several`` says that Keras has several axes of keys.
    """
    if mask is None:
        return graph.op("Softmax", scores, axis=-1)
    if blocking.startswith("add"):
        return _shares_of_sums(graph, scores, mask, blocking, several=several)
    seen = _decided(graph, mask)
    far = -0.7 * float(np.finfo(scores.dtype).max) if blocking == "put lowest" else FAR
    found = graph.op("Softmax", where(graph, seen, scores, far), axis=-1)
    return where(graph, seen, found, 0.0) if blocking == "put and cut" else found


def _shares_of_sums(
    graph: Graph, scores: Value, mask: Value, blocking: Blocking, *, several: bool
) -> Value:
    blocked = graph.op("Add", scores, _away(graph, mask, scores.dtype))
    if several:
        found = exponential_of_difference(graph, blocked, [-1])
    else:
        found = graph.op("Softmax", blocked, axis=-1)
    return kept(graph, found, mask) if blocking == "add and cut" else found


def _away(graph: Graph, mask: Value, dtype: str) -> Value:
    """Return what is added to scores: nothing where the mask is 1."""
    if mask.dtype == "bool":
        zero = graph.constant(0, dtype)
        return graph.op(
            "Where", mask, zero, graph.constant(FAR, dtype), dtype=dtype, shape=mask.shape
        )
    return graph.op("Mul", graph.op("Sub", 1.0, cast(graph, mask, dtype), shape=mask.shape), FAR)


def _decided(graph: Graph, mask: Value) -> Value:
    """Return a mask of booleans: numbers count from a half on."""
    if mask.dtype == "bool":
        return mask
    numbers = mask if mask.is_float else cast(graph, mask, "float32")
    return graph.op("Greater", numbers, 0.5)
