"""Preprocessing layers that run as part of a model."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from keronyx.converter.layers.preprocessing import (
    CategoryEncoding,
    Discretization,
    Encoding,
    IntegerLookup,
    Normalization,
    Rescaling,
    StringLookup,
    Vocabulary,
)
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.normalization import along
from keronyx.runtime.evaluate.precision import DType, Numbers

LEAST_DEVIATION = 1e-7


@prepare_layer.register
def rescaling(layer: Rescaling, numbers: Numbers) -> Step:
    """``cast(inputs, dtype) * scale + offset``, scales of channels in front before two axes."""
    scale, offset = numbers.constant(layer.scale), numbers.constant(layer.offset)

    def step(x: Array) -> Array:
        spread = scale.reshape(-1, 1, 1) if layer.in_front(x.shape) else scale
        return x * spread + offset

    return step


@prepare_layer.register
def normalization(layer: Normalization, numbers: Numbers) -> Step:
    """``(inputs - mean) / maximum(sqrt(variance), epsilon)``, or with invert its inverse."""
    axes = layer.axis or ()
    mean = _statistics(layer, "mean", numbers)
    deviation = np.maximum(np.sqrt(_statistics(layer, "variance", numbers)), LEAST_DEVIATION)

    def step(x: Array) -> Array:
        centre, spread = along(mean, axes, x.ndim), along(deviation, axes, x.ndim)
        return centre + x * spread if layer.invert else (x - centre) / spread

    return step


def _statistics(layer: Normalization, name: str, numbers: Numbers) -> Array:
    """Return the variable, or what the config gives instead, without axes that it lacks."""
    variable = getattr(layer, name)
    if variable is not None:
        return numbers(variable)
    given = numbers.constant(getattr(layer, f"input_{name}"))
    surplus = max(given.ndim - len(layer.axis or ()), 0)
    if any(size != 1 for size in given.shape[:surplus]):
        raise layer.refuse(f"{name} of shape {given.shape} for axis={layer.axis}")
    return given.reshape(given.shape[surplus:])


def squeezed(ids: Array, depth: int) -> Array:
    """Give each id a row of slots; a last axis of size 1 goes."""
    return one_hot(ids[..., 0] if ids.ndim > 1 and ids.shape[-1] == 1 else ids, depth)


def one_hot(ids: Array, depth: int) -> Array:
    """Give each id a row of slots."""
    return count(ids.reshape(ids.size, 1), depth).reshape(*ids.shape, depth)


def multi_hot(ids: Array, depth: int) -> Array:
    """Tell which categories occur in each row."""
    return np.minimum(count(ids, depth), 1)


def count(ids: Array, depth: int, weights: Array | None = None) -> Array:
    """Count the categories in each row, or add up the weights of their ids."""
    known = (ids >= 0) & (ids < depth)
    slots = np.arange(len(ids))[:, None] * depth + ids
    chosen = None if weights is None else weights[known]
    total = np.bincount(slots[known], chosen, minlength=len(ids) * depth)
    return total.reshape(len(ids), depth)


SLOTS: Mapping[str, Callable[[Array, int], Array]] = {
    "one_hot": one_hot,
    "multi_hot": multi_hot,
    "count": count,
    "tf_idf": count,
}


def _encoded(layer: Encoding, identify: Callable[[Array], Array], dtype: DType) -> Step:
    """Return the step that gives the ids, or the slots that they fill."""
    if layer.output_mode == "int":
        return identify
    slots = SLOTS[layer.output_mode]
    if slots is one_hot and layer.squeezes:
        slots = squeezed
    return lambda x: slots(identify(x), layer.depth).astype(dtype)


def _whole(x: Array) -> Array:
    """Cast ids to int64, which drops fractions."""
    return x.astype(np.int64, copy=False)


@prepare_layer.register
def category_encoding(layer: CategoryEncoding, numbers: Numbers) -> Step:
    """Slots for ids; with weights, their sum in each slot."""
    dtype = numbers.dtype
    plain = _encoded(layer, _whole, dtype)

    def step(ids: Array, weights: Array | None = None) -> Array:
        if weights is None:
            return plain(ids)
        return count(_whole(ids), layer.depth, weights).astype(dtype)

    return step


@prepare_layer.register
def discretization(layer: Discretization, numbers: Numbers) -> Step:
    """``digitize(inputs, bin_boundaries)``; TensorFlow keeps the boundaries in float32.

    So it does the inputs, which the layer casts, but for int mode before Keras 3.
    """
    boundaries = np.asarray(layer.bin_boundaries, np.float32)

    def identify(x: Array) -> Array:
        ids: Array = np.digitize(x.astype(np.float32) if layer.narrows else x, boundaries)
        return ids

    return _encoded(layer, identify, numbers.dtype)


@prepare_layer.register
def lookup(layer: StringLookup | IntegerLookup, numbers: Numbers) -> Step:
    """Ids of tokens, tokens of ids, or the slots that tokens fill."""
    if layer.invert:
        return _inverted(layer)
    masks = layer.mask_token is not None and layer.output_mode == "int"
    start = layer.num_oov_indices + masks
    unknown = start - 1 if layer.num_oov_indices else -1
    table: dict[Any, int] = {token: start + i for i, token in enumerate(layer.vocabulary)}
    if layer.mask_token is not None:
        table[layer.mask_token] = 0 if masks else -1
    integers, several = isinstance(layer, IntegerLookup), layer.num_oov_indices

    def identify(x: Array) -> Array:
        tokens = (_whole(x) if integers else x).ravel().tolist()
        if several > 1:
            ids = [table.get(token, masks + token % several) for token in tokens]
        else:
            ids = [table.get(token, unknown) for token in tokens]
        return np.array(ids, np.int64).reshape(x.shape)

    step = _encoded(layer, identify, numbers.dtype)
    if layer.output_mode != "tf_idf":
        return step
    weights = idf_weights(layer, numbers)
    return lambda x: step(x) * weights


def _inverted(layer: StringLookup | IntegerLookup) -> Step:
    masks = layer.mask_token is not None
    start = layer.num_oov_indices + masks
    table: dict[int, Any] = {start + i: token for i, token in enumerate(layer.vocabulary)}
    if masks:
        table[0] = layer.mask_token
    dtype = np.dtype(object if isinstance(layer, StringLookup) else np.int64)

    def step(x: Array) -> Array:
        tokens = [table.get(i, layer.oov_token) for i in _whole(x).ravel().tolist()]
        return np.array(tokens, dtype).reshape(x.shape)

    return step


def idf_weights(layer: Vocabulary, numbers: Numbers) -> Array:
    """Return a weight for each slot: unknown tokens weigh the mean, padding nothing."""
    if layer.idf_weights is not None:
        return numbers(layer.idf_weights)
    given = np.asarray(layer.input_idf_weights, np.float64)
    front = np.full(layer.unknown_ids, given.sum() / max(len(given), 1))
    back = np.zeros(layer.depth - len(front) - len(given))
    return numbers.constant(np.concatenate([front, given, back]))
