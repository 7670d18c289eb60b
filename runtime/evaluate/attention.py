"""Attention without products of its own, what queries may look at, and shares of scores."""

from collections.abc import Mapping
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from keronyx.converter.layers.attention import AdditiveAttention, Attention, Blocking, Scoring
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.functions import added, single_type, softmax, softmax_of_several
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers

Given: TypeAlias = Mapping[str, Any]
"""The arguments that a call names: arrays and flags."""


@prepare_layer.register
def attention(layer: Attention | AdditiveAttention, numbers: Numbers) -> Step:
    """``matmul(softmax(scores - 1e9 * ~mask), value)``, 0 where the query is masked."""
    score = _scores(layer, numbers)

    def step(query: Array, value: Array, key: Array | None = None, **given: Any) -> Any:
        scores = score(query, value if key is None else key)
        masks = by_step({"value_mask": given.get("value_mask")})
        if layer.causal or given.get("use_causal_mask"):
            masks.append(triangle(*scores.shape[-2:]))
        found = shares(scores, merged(masks), "add", numbers)
        output = _masked(layer, found @ value, given.get("query_mask"))
        return (output, found) if given.get("return_attention_scores") else output

    return step


def _masked(layer: Scoring, y: Array, mask: Array | None) -> Array:
    if mask is None:
        return y
    seen = mask[..., None] != 0
    return y * seen if layer.multiplies_mask else np.where(seen, y, np.zeros((), y.dtype))


def _scores(layer: Attention | AdditiveAttention, numbers: Numbers) -> Step:
    """Return what makes scores (..., queries, keys) of queries and keys (..., steps, features)."""
    scale = None if layer.scale is None else numbers(layer.scale)
    if isinstance(layer, AdditiveAttention):
        return partial(_additive, 1 if scale is None else scale)
    if layer.score_mode == "concat" and layer.concat_score_weight is not None:
        return partial(_concatenated, scale, numbers(layer.concat_score_weight))
    return partial(_dot, scale)


def _dot(scale: Array | None, query: Array, key: Array) -> Array:
    """``matmul(query, transpose(key)) * scale``."""
    scores: Array = query @ np.swapaxes(key, -1, -2)
    return scores if scale is None else scores * scale


def _concatenated(scale: Array | None, weight: Array, query: Array, key: Array) -> Array:
    """``concat_score_weight * sum(tanh(scale * (query + key)), axis=-1)``."""
    both = query[..., :, None, :] + key[..., None, :, :]
    total: Array = weight * np.sum(np.tanh(both if scale is None else scale * both), axis=-1)
    return total


def _additive(scale: Array | float, query: Array, key: Array) -> Array:
    """``sum(scale * tanh(query + key), axis=-1)``."""
    total: Array = np.sum(scale * np.tanh(query[..., :, None, :] + key[..., None, :, :]), axis=-1)
    return total


def merged(masks: list[Array]) -> Array | None:
    """Return the logical and of masks; one alone as it is."""
    if len(masks) < 2:
        return masks[0] if masks else None
    together: Array = np.logical_and.reduce(np.broadcast_arrays(*[mask != 0 for mask in masks]))
    return together


def by_step(given: Given) -> list[Array]:
    """Return ``query_mask[:, :, None]``, and ``[:, None, :]`` of those of the value and the key."""
    found = []
    if given.get("query_mask") is not None:
        found.append(given["query_mask"][:, :, None] != 0)
    found += [
        given[name][:, None, :] != 0
        for name in ("value_mask", "key_mask")
        if given.get(name) is not None
    ]
    return found


def triangle(queries: int, keys: int) -> Array:
    """Return where the cumulative count of queries reaches that of keys: (1, queries, keys)."""
    return np.tri(queries, keys, dtype=bool)[None]


def band(queries: int, keys: int, window: int) -> Array:
    """Return ``abs(row - column) < window``: (1, queries, keys)."""
    row, column = np.ogrid[:queries, :keys]
    near: Array = np.abs(row - column) < window
    return near[None]


def shares(
    scores: Array, mask: Array | None, blocking: Blocking, numbers: Numbers, keys: int = 1
) -> Array:
    """Return the softmax of scores over the last axis, with keys out of it as Keras keeps them.

    ``keys`` are the axes that Keras has of them.
    """
    if mask is None:
        return softmax(scores, axis=-1)
    if blocking.startswith("add"):
        total = added(scores, mask, numbers)
        if keys > 1:
            # Without digits for the logarithm of a sum beside -1e9, a row of these gives all ones.
            single = total.astype(single_type(numbers))
            found = softmax_of_several(single, axes=(-1,)).astype(scores.dtype)
        else:
            found = softmax(total, axis=-1)
        return found * mask if blocking == "add and cut" else found
    seen = mask if mask.dtype == bool else mask > 0.5
    low = np.finfo(single_type(numbers)).max * -0.7 if blocking == "put lowest" else -1e9
    found = softmax(np.where(seen, scores, low), axis=-1)
    return np.where(seen, found, 0) if blocking == "put and cut" else found
