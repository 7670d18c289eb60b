"""The largest numbers of arrays, the first that holds, what is among others."""

from typing import Any

import numpy as np

from keronyx.converter.layers.ops_choices import (
    InTopK,
    IsIn,
    Select,
    Sequences,
    TopK,
    UnravelIndex,
)
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.ops_base import over
from keronyx.runtime.evaluate.precision import Numbers


@prepare_layer.register
def top_k(layer: TopK, _numbers: Numbers) -> Step:
    """What a sort leaves at the end, from there; of equal numbers the last is the first."""

    def step(x: Array) -> Any:
        last = x.shape[-1] - 1
        order = last - np.argsort(x[..., ::-1], axis=-1, kind="stable")
        places = order[..., ::-1][..., : layer.k]
        return np.take_along_axis(x, places, axis=-1), places.astype(np.int32)

    return step


@prepare_layer.register
def in_top_k(layer: InTopK, numbers: Numbers) -> Step:
    """Count what is larger."""

    def step(targets: Array, rows: Array) -> Array:
        known = (targets >= 0) & (targets < rows.shape[1]) & np.isfinite(rows).all(axis=1)
        places = np.where(known, targets, 0).astype(np.int64)
        own = np.take_along_axis(rows, places[:, np.newaxis], axis=1)
        return np.asarray(known & ((rows > own).sum(axis=1) < layer.k))

    return over(layer, numbers, step)


@prepare_layer.register
def is_in(layer: IsIn, numbers: Numbers) -> Step:
    """NumPy's own."""
    return over(layer, numbers, lambda x, others: np.isin(x, others, invert=layer.invert))


@prepare_layer.register
def select(layer: Select, numbers: Numbers) -> Step:
    """NumPy's own; conditions come in the dtype of the choices."""

    def step(*arrays: Array) -> Array:
        every = np.broadcast_arrays(*arrays)
        conditions = [each != 0 for each in every[: layer.count]]
        return np.select(conditions, [*every[layer.count : -1]], default=every[-1])

    return over(layer, numbers, step)


@prepare_layer.register
def unravel_index(layer: UnravelIndex, _numbers: Numbers) -> Step:
    """The rest of each division, from the last output on."""

    def step(indices: Array) -> Any:
        found = []
        for size in layer.divisors(indices.ndim):
            indices, place = np.divmod(indices, np.asarray(size, indices.dtype))
            found.append(place)
        return tuple(reversed(found))

    return step


@prepare_layer.register
def sequences(layer: Sequences, numbers: Numbers) -> Step:
    """A window that moves on."""

    def step(x: Array) -> Array:
        windows = np.lib.stride_tricks.sliding_window_view(x, layer.sequence_length, axis=-1)
        return np.asarray(windows[..., :: layer.sequence_stride, :])

    return over(layer, numbers, step)
