"""Arrays one behind the other, in parts, and repeated."""

from collections.abc import Callable
from typing import Any

import numpy as np

from keronyx.converter.layers.ops_joins import (
    Concatenated,
    Padded,
    Parted,
    Repeated,
    Stacked,
    Tiled,
    Unstacked,
)
from keronyx.converter.layers.ops_turns import Flipped, Rolled, Rotated
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.ops_base import over
from keronyx.runtime.evaluate.precision import Numbers

JOINED: dict[str, Callable[[tuple[Array, ...]], Array]] = {
    "hstack": np.hstack,
    "vstack": np.vstack,
    "dstack": np.dstack,
}
"""What NumPy has by the name of the function."""


@prepare_layer.register
def concatenated(layer: Concatenated, numbers: Numbers) -> Step:
    """The arrays one behind the other."""
    joined = JOINED.get(layer.function)
    if joined is not None:
        return over(layer, numbers, lambda *arrays: joined(arrays))
    return over(layer, numbers, lambda *arrays: np.concatenate(arrays, axis=layer.axis))


@prepare_layer.register
def stacked(layer: Stacked, numbers: Numbers) -> Step:
    """The arrays along a new axis."""
    return over(layer, numbers, lambda *arrays: np.stack(arrays, axis=layer.axis))


@prepare_layer.register
def parted(layer: Parted, _numbers: Numbers) -> Step:
    """The parts; NumPy takes the places where they begin."""
    axes = {"hsplit": 1, "dsplit": 2}

    def step(x: Array) -> Any:
        axis = min(axes.get(layer.function, layer.axis), x.ndim - 1)
        told = layer.indices_or_sections
        places = list(told) if isinstance(told, tuple) else told
        return tuple(np.array_split(x, places, axis=axis))

    return step


@prepare_layer.register
def unstacked(layer: Unstacked, _numbers: Numbers) -> Step:
    """What stands at each place."""

    def step(x: Array) -> Any:
        return tuple(np.moveaxis(x, layer.axis, 0))

    return step


@prepare_layer.register
def tiled(layer: Tiled, numbers: Numbers) -> Step:
    """All of it again and again."""
    return over(layer, numbers, lambda x: np.tile(x, layer.repeats))


@prepare_layer.register
def repeated(layer: Repeated, numbers: Numbers) -> Step:
    """Every place again and again."""
    return over(layer, numbers, lambda x: np.repeat(x, layer.repeats, axis=layer.axis))


@prepare_layer.register
def rolled(layer: Rolled, numbers: Numbers) -> Step:
    """Moved on, around the end."""
    return over(layer, numbers, lambda x: np.roll(x, layer.shift, axis=layer.axis))


@prepare_layer.register
def flipped(layer: Flipped, numbers: Numbers) -> Step:
    """Backwards."""
    return over(layer, numbers, lambda x: np.flip(x, layer.axis))


@prepare_layer.register
def rotated(layer: Rotated, numbers: Numbers) -> Step:
    """Quarters of a turn."""
    return over(layer, numbers, lambda x: np.rot90(x, layer.k, layer.axes))


@prepare_layer.register
def padded(layer: Padded, numbers: Numbers) -> Step:
    """Borders around."""

    def pad(x: Array, *value: Array) -> Array:
        widths = layer.widths(x.ndim)
        if layer.mode != "constant":
            return np.pad(x, widths, mode=layer.mode)
        return np.pad(x, widths, constant_values=value[0] if value else x.dtype.type(0))

    return over(layer, numbers, pad)
