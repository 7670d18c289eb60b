"""Attention of several heads: products, scores, shares, and the mean of the values."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from keronyx.converter.emit.attention import both, by_step, causal, near, shares
from keronyx.converter.emit.base import Given, emit_layer, emit_one
from keronyx.converter.emit.core_einsum import contracted
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import cast, reshape, restored, transpose, unsqueeze
from keronyx.converter.layers.core import EinsumDense
from keronyx.converter.layers.multi_head import (
    GroupQueryAttention,
    MultiHeadAttention,
    Projecting,
)
from keronyx.converter.several import without
from keronyx.converter.tensors import Sizes


@dataclass(frozen=True)
class Places:
    """Where axes stand in (batch, ..., heads, features) of inputs with ``rank`` axes.

    ``over`` are those along which queries look at keys.
    """

    rank: int
    over: tuple[int, ...]

    @cached_property
    def kept(self) -> tuple[int, ...]:
        """Batch, what is not looked along, and the heads."""
        return tuple(without(range(self.rank), self.over))

    def brought(self, graph: Graph, x: Value) -> Value:
        """Return (kept, steps, features): what is looked along as one axis."""
        turned = transpose(graph, x, (*self.kept, *self.over, self.rank))
        return self._flat(graph, turned, (-1, x.shape[-1]))

    def brought_upright(self, graph: Graph, x: Value) -> Value:
        """Return (kept, features, steps)."""
        turned = transpose(graph, x, (*self.kept, self.rank, *self.over))
        return self._flat(graph, turned, (x.shape[-1], -1))

    def _flat(self, graph: Graph, x: Value, last: tuple[int | None, ...]) -> Value:
        if len(self.over) == 1:
            return x
        target = [0] * len(self.kept) + [size or 0 for size in last]
        known = tuple(None if size == -1 else size for size in last)
        shape = (*x.shape[: len(self.kept)], *known)
        return graph.op("Reshape", x, graph.integers(target), shape=shape)

    def returned(self, graph: Graph, y: Value, query: Value) -> Value:
        """Return (kept, steps, features) with the axes where the query has them."""
        axes = (*self.kept, *self.over, self.rank)
        apart = self.parted(graph, y, (query,), (y.shape[-1],))
        return restored(graph, apart, axes)

    def parted(
        self, graph: Graph, y: Value, sources: tuple[Value, ...], last: tuple[int | None, ...] = ()
    ) -> Value:
        """Return one axis of steps for each source as all the axes that it has of them."""
        if len(self.over) == 1:
            return y
        start = len(self.kept)
        places = [(source, axis) for source in sources for axis in self.over]
        stepped = tuple(source.shape[axis] for source, axis in places)
        shape = (*y.shape[:start], *stepped, *last)
        return reshape(
            graph, y, shape, lambda axis: (y, axis) if axis < start else places[axis - start]
        )


@emit_layer.register
def multi_head(
    layer: MultiHeadAttention,
    graph: Graph,
    query: Value,
    value: Value,
    *further: Value,
    **given: Given,
) -> tuple[Value, ...]:
    """A product of each input for every head, then of two of these, and one of all heads."""
    key = further[0] if further else value
    places = Places(query.rank, layer.axes(query.rank))
    scale = 1 / math.sqrt(layer.key_dim)
    looking = places.brought(graph, _product(graph, layer.query_dense, query, scale))
    seen = places.brought_upright(graph, _product(graph, layer.key_dense, key))
    taken = places.brought(graph, _product(graph, layer.value_dense, value))
    scores = _times(graph, looking, seen)
    mask = _allowed(layer, graph, (query, value), given)
    if mask is not None:
        mask = _spread(graph, mask, places, scores, (query, key))
    found = _shares(layer, graph, scores, mask, (query.rank, given))
    mean = places.returned(graph, _times(graph, found, taken), query)
    output = _leaving(layer, graph, mean, query)
    return _outputs(output, places.parted(graph, found, (query, key)), given)


@emit_layer.register
def grouped(
    layer: GroupQueryAttention,
    graph: Graph,
    query: Value,
    value: Value,
    *further: Value,
    **given: Given,
) -> tuple[Value, ...]:
    """The same, with the heads of a query that look at one head side by side."""
    key = further[0] if further else value
    groups, size = layer.num_key_value_heads, layer.head_dim
    heads = layer.num_query_heads
    looking = _product(graph, layer.query_dense, query, 1 / math.sqrt(size))
    looking = reshape(graph, looking, (*looking.shape[:2], groups, heads // groups, size))
    looking = transpose(graph, looking, (0, 2, 3, 1, 4))
    seen = transpose(graph, _product(graph, layer.key_dense, key), (0, 2, 3, 1))
    taken = transpose(graph, _product(graph, layer.value_dense, value), (0, 2, 1, 3))
    scores = _times(graph, looking, unsqueeze(graph, seen, [2]))
    mask = _allowed(layer, graph, (query, value), given)
    if mask is not None:
        mask = _by_group(graph, mask, scores.shape)
    found = _shares(layer, graph, scores, mask, (query.rank, given))
    mean = transpose(graph, _times(graph, found, unsqueeze(graph, taken, [2])), (0, 3, 1, 2, 4))
    mean = reshape(graph, mean, (*mean.shape[:2], heads, size))
    output = _leaving(layer, graph, mean, query)
    shape = (found.shape[0], heads, *found.shape[3:])
    return _outputs(output, _reshaped(graph, found, shape, 1), given)


def _product(graph: Graph, dense: EinsumDense, x: Value, factor: float = 1.0) -> Value:
    """Return a product of an input for each head, (..., heads, features), times the factor."""
    with graph.within(dense):
        return contracted(dense, graph, x, factor)


def _times(graph: Graph, x: Value, y: Value) -> Value:
    return graph.op("MatMul", x, y, shape=(*x.shape[:-1], y.shape[-1]))


def _shares(
    layer: Projecting,
    graph: Graph,
    scores: Value,
    mask: Value | None,
    called: tuple[int, Mapping[str, Given]],
) -> Value:
    """Return what queries give to keys; ``called`` are the rank of the inputs and the arguments."""
    rank, given = called
    blocking = layer.blocking(rank, scores=given.get("return_attention_scores"))
    several = len(layer.axes(rank)) > 1
    return shares(graph, scores, mask, blocking, several=several)


def _leaving(layer: Projecting, graph: Graph, mean: Value, query: Value) -> Value:
    """Return the product of what all heads give, through the gate where there is one."""
    if layer.gate_dense is not None:
        with graph.within(layer.gate_dense):
            mean = graph.op("Mul", mean, emit_one(layer.gate_dense, graph, query))
    return _product(graph, layer.output_dense, mean)


def _outputs(output: Value, found: Value, given: Mapping[str, Given]) -> tuple[Value, ...]:
    return (output, found) if given.get("return_attention_scores") else (output,)


def _allowed(
    layer: Projecting, graph: Graph, inputs: tuple[Value, Value], given: Mapping[str, Given]
) -> Value | None:
    """Return where queries may look: (batch, queries, keys), or what is told of it alone."""
    told = given.get("attention_mask")
    masks = [told] if isinstance(told, Value) else []
    if masks and layer.casts_mask:
        masks = [cast(graph, masks[0], "bool")]
    masks += by_step(given, graph)
    if given.get("use_causal_mask"):
        masks.append(causal(graph, *inputs))
    if layer.sliding_window is not None:
        masks.append(near(graph, *inputs, layer.sliding_window))
    return both(graph, masks)


def _spread(
    graph: Graph, mask: Value, places: Places, scores: Value, inputs: tuple[Value, Value]
) -> Value:
    """Return a mask that is stretched to the scores of all heads."""
    count = len(places.over)
    lead = mask.rank - 2 * count
    if lead:
        mask = unsqueeze(graph, mask, list(range(lead, len(places.kept))))
    if count == 1:
        return mask
    apart = places.parted(graph, scores, inputs)
    target = graph.op("Shape", apart, shape=(apart.rank,))
    wide = graph.op("Expand", mask, target, shape=apart.shape)
    target = graph.op("Shape", scores, shape=(scores.rank,))
    return graph.op("Reshape", wide, target, shape=scores.shape)


def _by_group(graph: Graph, mask: Value, scores: Sizes) -> Value:
    """Return a mask for scores (batch, groups, heads of a group, queries, keys)."""
    if mask.rank < 3:
        return mask
    if mask.rank == 3 or mask.shape[1] == 1:
        return unsqueeze(graph, mask, [1, 2][: 5 - mask.rank])
    return _reshaped(graph, mask, (mask.shape[0], *scores[1:3], *mask.shape[2:]), -1)


def _reshaped(graph: Graph, x: Value, shape: Sizes, shift: int) -> Value:
    """Put heads together or apart; axes behind them come from ``shift`` places further."""
    return reshape(graph, x, shape, lambda axis: (x, axis and axis + shift))
