"""Attention of several heads, as Keras computes it where it returns the shares, too."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from keronyx.converter.layers.multi_head import (
    GroupQueryAttention,
    MultiHeadAttention,
    Projecting,
)
from keronyx.converter.several import picked, without
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.attention import Given, band, by_step, merged, shares, triangle
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers


class Products(NamedTuple):
    """The steps of the products that a layer implies."""

    query: Step
    key: Step
    value: Step
    output: Step
    gate: Step | None


def _prepared(layer: Projecting, numbers: Numbers) -> Products:
    dense = (layer.query_dense, layer.key_dense, layer.value_dense, layer.output_dense)
    query, key, value, output = (prepare_layer(each, numbers.held(each)) for each in dense)
    gate = layer.gate_dense
    return Products(
        query, key, value, output, prepare_layer(gate, numbers.held(gate)) if gate else None
    )


@prepare_layer.register
def multi_head(layer: MultiHeadAttention, numbers: Numbers) -> Step:
    """``softmax(query · transpose(key) / sqrt(key_dim)) · value`` for each head."""
    return _attending(layer, numbers, layer.key_dim, 1)


@prepare_layer.register
def grouped(layer: GroupQueryAttention, numbers: Numbers) -> Step:
    """The same, with ``repeat(key, heads of a group, axis=2)`` and so with the value."""
    return _attending(
        layer, numbers, layer.head_dim, layer.num_query_heads // layer.num_key_value_heads
    )


def _attending(layer: Projecting, numbers: Numbers, size: int, repeats: int) -> Step:
    products = _prepared(layer, numbers)
    scale = numbers.scalar(size**-0.5)

    def step(query: Array, value: Array, key: Array | None = None, **given: Any) -> Any:
        key = value if key is None else key
        axes = layer.axes(query.ndim)
        q = _heads_first(products.query(query) * scale, axes)
        k, v = (
            _heads_first(np.repeat(each, repeats, axis=-2), axes)
            for each in (products.key(key), products.value(value))
        )
        scores = q @ np.swapaxes(k, -1, -2)
        looked, seen = (list(picked(x.shape, axes)) for x in (query, key))
        apart = (*scores.shape[:-2], *looked, *seen)
        mask = _mask(layer, given, query, value)
        if mask is not None:
            mask = np.broadcast_to(_expanded(mask, len(apart), len(axes)), apart)
            mask = mask.reshape(scores.shape)
        asked = given.get("return_attention_scores")
        blocking = layer.blocking(query.ndim, scores=asked)
        found = shares(scores, mask, blocking, numbers, len(axes))
        mean = _heads_last(found @ v, axes, looked)
        if products.gate is not None:
            mean = mean * products.gate(query)
        output = products.output(mean)
        return (output, found.reshape(apart)) if asked else output

    return step


def _heads_first(x: Array, axes: Sequence[int]) -> Array:
    """Return (batch, ..., heads, steps, features) of (batch, ..., steps, ..., heads, features)."""
    last = x.ndim - 1
    kept = without(range(last), axes)
    turned = x.transpose(*kept, *axes, last)
    return turned.reshape(*turned.shape[: len(kept)], -1, x.shape[-1])


def _heads_last(y: Array, axes: Sequence[int], sizes: Sequence[int]) -> Array:
    """Put the steps back where they were, of these sizes."""
    kept = y.ndim - 2
    apart = y.reshape(*y.shape[:kept], *sizes, y.shape[-1])
    return np.moveaxis(apart, range(kept, kept + len(axes)), axes)


def _mask(layer: Projecting, given: Given, query: Array, value: Array) -> Array | None:
    """Return the masks that are told, that came along, and of the places, all in one."""
    masks = []
    if given.get("attention_mask") is not None:
        told = given["attention_mask"]
        masks.append(told != 0 if layer.casts_mask else told)
    masks += by_step(given)
    sizes = (query.shape[1], value.shape[1])
    if given.get("use_causal_mask"):
        masks.append(triangle(*sizes))
    if layer.sliding_window is not None:
        masks.append(band(*sizes, layer.sliding_window))
    return merged(masks)


def _expanded(mask: Array, rank: int, axes: int) -> Array:
    """``expand_dims`` in front of the axes of queries and keys, up to the rank of the scores."""
    while mask.ndim < rank:
        mask = np.expand_dims(mask, max(mask.ndim - 2 * axes, 0))
    return mask
