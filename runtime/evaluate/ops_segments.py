"""Numbers put where indices say: segments, updates, counts."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from keronyx.converter.layers.ops_base import Applied
from keronyx.converter.layers.ops_segments import Bincount, ScatterUpdate, Segments, SliceUpdate
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.ops_base import Function, name_of, strong
from keronyx.runtime.evaluate.precision import Numbers, working

MET: Final[Mapping[str | None, Callable[..., Any]]] = {
    "add": np.add.at,
    "max": np.maximum.at,
    "min": np.minimum.at,
    "mul": np.multiply.at,
    "segment_max": np.maximum.at,
    "segment_min": np.minimum.at,
    "segment_prod": np.multiply.at,
    "segment_sum": np.add.at,
}
"""How several numbers of one place meet."""


def placed(layer: Applied, numbers: Numbers, function: Function) -> Step:
    """Return a step that calls the function on all operands, indices in their own dtype."""

    def step(*inputs: Array) -> Array:
        given = layer.filled(inputs, lambda constant: strong(constant, numbers))
        dtype = working(layer.infer_dtype(*map(name_of, inputs)), numbers.precision)
        return np.asarray(function(*given)).astype(dtype, copy=False)

    return step


@prepare_layer.register
def segments(layer: Segments, numbers: Numbers) -> Step:
    """Meet the rows of each segment."""

    def step(data: Array, ids: Array) -> Array:
        count = int(ids.max()) + 1 if layer.num_segments is None else layer.num_segments
        known = (ids >= 0) & (ids < count)
        shape = (count, *data.shape[1:])
        empty = layer.empty(data.dtype.name)
        far = {"segment_max": -np.inf, "segment_min": np.inf}
        start = far.get(layer.function, empty) if layer.sorted else empty
        wide = np.float64 if layer.sorted and data.dtype.kind != "f" else data.dtype
        found = np.full(shape, start, wide)
        MET[layer.function](found, ids[known], data[known])
        found[~np.isin(np.arange(count), ids)] = empty
        return found

    return placed(layer, numbers, step)


@prepare_layer.register
def scatter_update(layer: ScatterUpdate, numbers: Numbers) -> Step:
    """Put the rows there, or meet what is there."""

    def step(whole: Array, indices: Array, updates: Array) -> Array:
        found = whole.copy()
        places = tuple(np.moveaxis(indices.astype(np.int64), -1, 0))
        if layer.reduction is None:
            found[places] = updates
        else:
            MET[layer.reduction](found, places, updates)
        return found

    return placed(layer, numbers, step)


@prepare_layer.register
def slice_update(layer: SliceUpdate, numbers: Numbers) -> Step:
    """Put it there, as far back as it fits in."""

    def step(whole: Array, starts: Array, part: Array) -> Array:
        found = whole.copy()
        room = np.subtract(whole.shape, part.shape)
        begins = np.clip(starts.astype(np.int64), 0, room)
        found[tuple(map(slice, begins, begins + part.shape))] = part
        return found

    return placed(layer, numbers, step)


@prepare_layer.register
def bincount(layer: Bincount, numbers: Numbers) -> Step:
    """Count each row."""

    def step(x: Array) -> Array:
        length = max(layer.minlength, int(x.max(initial=-1)) + 1)
        rows = x.reshape(-1, x.shape[-1]).astype(np.int64)
        counts = [np.bincount(row[row >= 0], minlength=length) for row in rows]
        return np.reshape(counts, (*x.shape[:-1], length))

    return placed(layer, numbers, step)
