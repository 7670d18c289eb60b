"""Numbers in order along axes of arrays, and functions that pass over NaN."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import numpy as np

from keronyx.converter.layers.operands import Constant
from keronyx.converter.layers.ops_quantiles import Present, Quantiles
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.ops_base import name_of, over
from keronyx.runtime.evaluate.precision import Numbers, working

Between: TypeAlias = Callable[[Array, Array, Array], Array]
"""What is taken of a row of numbers in order, at places, of which there are so many."""


@prepare_layer.register
def quantiles(layer: Quantiles, numbers: Numbers) -> Step:
    """Sort the axes, put behind all others, and look at the places."""

    def step(*inputs: Array) -> Array:
        given = layer.filled([*inputs], _shares)
        dtype = working(layer.computes_in(*map(name_of, inputs)), numbers.precision)
        x, shares = given[0].astype(dtype), _places(layer, given[1:])
        axes = layer.places(x.ndim)
        behind = np.moveaxis(x, axes, range(x.ndim - len(axes), x.ndim))
        rows = np.sort(behind.reshape(*behind.shape[: x.ndim - len(axes)], -1), axis=-1)
        found = np.stack([_at(layer, rows, share) for share in np.atleast_1d(shares)])
        if layer.keepdims:
            found = np.expand_dims(found, [1 + axis for axis in axes])
        return found if shares.ndim else found[0]

    return step


def _shares(constant: Constant) -> Array:
    narrow = constant.dtype in {"int", "float"}
    return constant.array.astype(np.float32) if narrow else constant.array


def _places(layer: Quantiles, given: tuple[Array, ...]) -> Array:
    """Return the shares, rounded to float32 where Keras does that."""
    if not given:
        return np.asarray(0.5)
    (shares,) = given
    if layer.of_hundred:
        return (shares.astype(np.float32) / np.float32(100)).astype(np.float64)
    return (shares.astype(np.float32) if layer.over_nan else shares).astype(np.float64)


def _at(layer: Quantiles, rows: Array, share: Array) -> Array:
    """Return what stands at a share of every row, in which NaN is at the end."""
    missing = np.isnan(rows).sum(axis=-1, keepdims=True)
    there = rows.shape[-1] - (missing if layer.over_nan else np.zeros_like(missing))
    last = np.maximum(there - 1, 0)
    found = BETWEEN[layer.method](rows, last * share, last)[..., 0]
    odd = there == 0 if layer.over_nan else missing > 0
    return np.where(odd[..., 0], np.nan, found)


def _take(rows: Array, place: Array, last: Array) -> Array:
    whole = np.clip(place, 0, last).astype(np.int64)
    return np.take_along_axis(rows, whole, axis=-1)


def _linear(rows: Array, place: Array, last: Array) -> Array:
    """Between the place above and the one below it, as far as the share lies."""
    below = np.maximum(np.ceil(place) - 1, 0)
    above = np.minimum(below + 1, last)
    share = (above - place).astype(rows.dtype)
    return np.asarray(_take(rows, above, last) * (1 - share) + _take(rows, below, last) * share)


def _midpoint(rows: Array, place: Array, last: Array) -> Array:
    below, above = (_take(rows, each(place), last) for each in (np.floor, np.ceil))
    return np.asarray(0.5 * (below + above))


BETWEEN: Final[Mapping[str, Between]] = {
    "higher": lambda rows, place, last: _take(rows, np.ceil(place), last),
    "linear": _linear,
    "lower": lambda rows, place, last: _take(rows, np.floor(place), last),
    "midpoint": _midpoint,
    "nearest": lambda rows, place, last: _take(rows, np.rint(place), last),
}


@prepare_layer.register
def present(layer: Present, numbers: Numbers) -> Step:
    """With other numbers in the place of NaN."""

    def step(x: Array) -> Array:
        there = ~np.isnan(x)
        axis, keepdims = layer.axis, layer.keepdims
        found = PRESENT[layer.function](layer, x, there)
        if layer.function in {"nansum", "nanprod", "nanmean", "nanvar", "nanstd"}:
            return found
        odd = -1 if layer.function.startswith("nanarg") else np.nan
        return np.where(np.any(there, axis=axis, keepdims=keepdims), found, odd)

    return over(layer, numbers, step)


def _sum(layer: Present, x: Array, there: Array) -> Array:
    return np.asarray(np.sum(x, axis=layer.axis, keepdims=layer.keepdims, where=there))


def _mean(layer: Present, x: Array, there: Array) -> Array:
    count = np.sum(there, axis=layer.axis, keepdims=layer.keepdims)
    return np.asarray(_sum(layer, x, there) / count)


def _variance(layer: Present, x: Array, there: Array) -> Array:
    count = np.sum(there, axis=layer.axis, keepdims=True)
    middle = np.sum(x, axis=layer.axis, keepdims=True, where=there) / count
    return _mean(layer, np.square(x - middle), there)


def _product(layer: Present, x: Array, there: Array) -> Array:
    return np.asarray(np.prod(x, axis=layer.axis, keepdims=layer.keepdims, where=there))


def _largest(layer: Present, x: Array, there: Array) -> Array:
    low = np.where(there, x, -np.inf)
    return np.asarray(np.max(low, axis=layer.axis, keepdims=layer.keepdims))


def _place_of_largest(layer: Present, x: Array, there: Array) -> Array:
    assert not isinstance(layer.axis, tuple)  # noqa: S101 - the layer has seen to it
    low = np.where(there, x, -np.inf)
    return np.asarray(np.argmax(low, axis=layer.axis, keepdims=layer.keepdims))


PRESENT: Final[Mapping[str, Callable[[Present, Array, Array], Array]]] = {
    "nanargmax": _place_of_largest,
    "nanargmin": lambda layer, x, there: _place_of_largest(layer, -x, there),
    "nanmax": _largest,
    "nanmean": _mean,
    "nanmin": lambda layer, x, there: -_largest(layer, -x, there),
    "nanprod": _product,
    "nanstd": lambda layer, x, there: np.sqrt(_variance(layer, x, there)),
    "nansum": _sum,
    "nanvar": _variance,
}
