"""Preprocessing layers that run as part of a model."""

from collections.abc import Callable
from typing import Any

import numpy as np

from keronyx.converter.layers import preprocessing
from keronyx.converter.layers.base import Layer
from keronyx.converter.lower.base import compute_type, lower_layer, numbers, rounded
from keronyx.converter.lower.builder import Builder
from keronyx.converter.lower.terms import Term, call, where
from keronyx.converter.lower.values import Value
from keronyx.converter.program.expressions import Take
from keronyx.converter.program.memory import REALS, DType
from keronyx.converter.tensors import Array

LEAST_DEVIATION = 1e-7


def config_numbers(value: Any, layer: Layer) -> Array:
    """Return a number or nested numbers of the config, rounded to the compute dtype."""
    return rounded(np.asarray(value, np.float64), layer.dtype.compute).astype(np.float64)


@lower_layer.register
def rescaling(layer: preprocessing.Rescaling, code: Builder, x: Value) -> Value:
    """X * scale + offset."""
    dtype = compute_type(layer, code)
    given = config_numbers(layer.scale, layer)
    spread = given[:, None, None] if layer.in_front((None, *x.shape)) else given
    scale = code.constant("scale", spread, dtype)
    offset = code.constant("offset", config_numbers(layer.offset, layer), dtype)
    return code.map(lambda a, s, b: a * s + b, x, scale, offset)


@lower_layer.register
def normalization(layer: preprocessing.Normalization, code: Builder, x: Value) -> Value:
    """(x - mean) / max(sqrt(variance), 1e-7), or with invert its inverse."""
    dtype, axes = compute_type(layer, code), layer.axis or ()
    places = sorted(layer.axis_of(axis, x.rank + 1) - 1 for axis in axes)
    middle = _along(_statistics(layer, "mean"), places, x.rank)
    spread = np.maximum(np.sqrt(_statistics(layer, "variance")), LEAST_DEVIATION)
    mean = code.constant("mean", middle, dtype)
    deviation = code.constant("deviation", _along(spread, places, x.rank), dtype)
    if layer.invert:
        return code.map(lambda a, m, s: m + a * s, x, mean, deviation)
    return code.map(lambda a, m, s: (a - m) / s, x, mean, deviation)


def _along(statistics: Array, places: list[int], rank: int) -> Array:
    """Reshape statistics, so that they broadcast along their axes; too few are the last ones."""
    sizes = [1] * rank
    for place, size in zip(places[len(places) - statistics.ndim :], statistics.shape, strict=True):
        sizes[place] = size
    return statistics.reshape(sizes)


def _statistics(layer: preprocessing.Normalization, name: str) -> Array:
    """Return the variable, or what the config gives instead, without axes that it lacks."""
    variable = getattr(layer, name)
    if variable is not None:
        return numbers(variable, layer).astype(np.float64)
    given = config_numbers(getattr(layer, f"input_{name}"), layer)
    surplus = max(given.ndim - len(layer.axis or ()), 0)
    if any(size != 1 for size in given.shape[:surplus]):
        raise layer.refuse(f"{name} of shape {given.shape} for axis={layer.axis}")
    return given.reshape(given.shape[surplus:])


def slots(
    layer: preprocessing.Encoding,
    code: Builder,
    ids: Value,
    weigh: Callable[..., Term],
    *more: Value,
) -> Value:
    """Return what the ids fill; ``weigh`` gives the number for a hit, of ids like ``more``."""
    if layer.output_mode == "one_hot":
        return _one_hot(layer, code, ids, weigh, *more)
    # The slots first, so that the ids are what is folded.
    made = code.fold(
        "max" if layer.output_mode == "multi_hot" else "sum",
        _hit(code, 0, weigh),
        *(value.with_ones(value.rank, 1).permuted([1, 0]) for value in (ids, *more)),
        axes=[1],
        shape=(layer.depth, ids.shape[0]),
        start=0,
    )
    return made.reshaped((layer.depth,))


def _one_hot(
    layer: preprocessing.Encoding,
    code: Builder,
    ids: Value,
    weigh: Callable[..., Term],
    *more: Value,
) -> Value:
    """Return slots for each id, of which it fills one."""
    if layer.squeezes and ids.rank and ids.shape[-1] == 1:
        ids = code.dense(ids).reshaped(ids.shape[:-1])
    wide = [value.with_ones(value.rank, 1) for value in (ids, *more)]
    return code.map(_hit(code, ids.rank, weigh), *wide, shape=(*ids.shape, layer.depth))


def _hit(code: Builder, axis: int, weigh: Callable[..., Term]) -> Callable[..., Term]:
    """Return what an id puts into the slots along an axis: its weight into one, 0 into others."""

    def number(a: Term, *others: Term) -> Term:
        whole = call("trunc", a) if a.dtype in REALS else a
        return where(whole.equals(code.index(axis, a.dtype)), weigh(*others), 0)

    return number


def _plain(layer: Layer, code: Builder) -> Callable[[], Term]:
    return lambda: code.number(1.0, compute_type(layer, code))


@lower_layer.register
def category_encoding(
    layer: preprocessing.CategoryEncoding, code: Builder, x: Value, *weights: Value
) -> Value:
    """Slots for ids; with weights, their sum in each slot."""
    if not weights:
        return slots(layer, code, x, _plain(layer, code))
    dtype = compute_type(layer, code)
    return slots(layer, code, x, lambda w: w.to(dtype), *weights)


@lower_layer.register
def discretization(layer: preprocessing.Discretization, code: Builder, x: Value) -> Value:
    """How many boundaries, kept in float32, are at or below the number."""
    ids: DType = "int64" if layer.ids_dtype == "int64" else "int32"
    array = np.asarray(layer.bin_boundaries, np.float32)
    if array.size:
        made = _count_below(layer, code, x, array, ids)
    else:
        made = code.map(lambda: code.number(0, ids), shape=x.shape)
    return made if layer.output_mode == "int" else slots(layer, code, made, _plain(layer, code))


def _count_below(
    layer: preprocessing.Discretization, code: Builder, x: Value, array: Array, ids: DType
) -> Value:
    dtype: DType = x.dtype if x.dtype in REALS else "float64"
    if layer.narrows and x.dtype in REALS:
        dtype = "float32"
    boundaries = code.constant("bin_boundaries", array, dtype)
    # Not "at or above": NaN goes behind the last.
    made = code.fold(
        "sum",
        lambda a, b: where(a.to(dtype) < b, code.number(0, ids), 1),
        x.with_ones(x.rank, 1),
        boundaries,
        axes=[-1],
        shape=(*x.shape, array.size),
    )
    return made.reshaped(x.shape)


@lower_layer.register
def integer_lookup(layer: preprocessing.IntegerLookup, code: Builder, x: Value) -> Value:
    """Ids of tokens, tokens of ids, or the slots that tokens fill."""
    if layer.invert:
        return _inverted(layer, code, x)
    ids = _ids(layer, code, x)
    if layer.output_mode == "int":
        return ids
    made = slots(layer, code, ids, _plain(layer, code))
    if layer.output_mode != "tf_idf":
        return made
    weights = code.constant("idf_weights", _idf_weights(layer), compute_type(layer, code))
    return code.map(lambda a, w: a * w, made, weights)


def _ids(layer: preprocessing.IntegerLookup, code: Builder, x: Value) -> Value:
    """Search the vocabulary for each token."""
    if layer.num_oov_indices > 1:
        raise layer.refuse(f"num_oov_indices={layer.num_oov_indices} in source code")
    masks = layer.mask_token is not None and layer.output_mode == "int"
    start = layer.num_oov_indices + masks
    unknown = start - 1 if layer.num_oov_indices else -1
    vocabulary = np.asarray(layer.vocabulary or (0,), np.int64)
    table = code.constant("vocabulary", vocabulary, "float64" if x.dtype in REALS else "int64")
    found = code.fold(
        "max",
        lambda a, v, i: where(_token(a).equals(v), i, unknown),
        x.with_ones(x.rank, 1),
        table,
        code.constant("ids", _numbered(len(layer.vocabulary), start, unknown), "int64"),
        axes=[-1],
        start=unknown,
    ).reshaped(x.shape)
    if layer.mask_token is None:
        return found
    mask, mask_id = layer.mask_token, 0 if masks else -1
    return code.map(lambda a, i: where(_token(a).equals(mask), mask_id, i), x, found)


def _numbered(size: int, start: int, unknown: int) -> Array:
    """Return the ids of tokens from the first one on; that of unknown ones where there is none."""
    return np.arange(start, start + size) if size else np.array([unknown])


def _token(a: Term) -> Term:
    """A number as a token: floats are cut off to whole ones."""
    return call("trunc", a.to("float64")) if a.dtype in REALS else a.to("int64")


def _inverted(layer: preprocessing.IntegerLookup, code: Builder, x: Value) -> Value:
    """Take tokens from the vocabulary; ids that it has not give the token for unknown ones."""
    masks = layer.mask_token is not None
    front = [layer.mask_token] * masks + [layer.oov_token] * layer.num_oov_indices
    tokens = np.array([*front, *layer.vocabulary, layer.oov_token], np.int64)
    table, last = code.table("vocabulary", tokens, "int64"), len(tokens) - 1

    def token(a: Term) -> Term:
        whole = call("trunc", a) if a.dtype in REALS else a
        inside = where(whole >= 0, where(whole < last, whole, last), last)
        strides = (0,) * len((*x.lead, *x.shape))
        return Term(Take(table, inside.to("int64").expression, 1, 0, strides))

    return code.map(token, x)


def _idf_weights(layer: preprocessing.Lookup) -> Array:
    """Return a weight for each slot: unknown tokens weigh the mean, padding nothing."""
    if layer.idf_weights is not None:
        return numbers(layer.idf_weights, layer)
    given = np.asarray(layer.input_idf_weights, np.float64)
    front = np.full(layer.num_oov_indices, given.sum() / max(len(given), 1))
    back = np.zeros(layer.depth - len(front) - len(given))
    return config_numbers(np.concatenate([front, given, back]), layer)
