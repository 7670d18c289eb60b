"""Kernels of Keras 1, with their axes in the order that Keras 3 has."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np

from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.convolutional import Sliding
from keronyx.converter.several import picked
from keronyx.converter.tensors import Array, Variable

KERNELS: Final = {"kernel", "recurrent_kernel", "depthwise_kernel", "pointwise_kernel"}


def as_keras3(
    kind: type[Layer], config: Mapping[str, Any], variables: Mapping[str, Variable]
) -> dict[str, Variable]:
    """Return a layer's variables with their axes as they would be today.

    Kernels stood as (filters, channels, ...) with channels first, as (..., channels, filters)
    otherwise. A Convolution1D was one of images of a single column.
    """
    found = dict(variables)
    if not issubclass(kind, Sliding):
        return found
    for name in found.keys() & KERNELS:
        if len(found[name].shape) == max(kind.space, 2) + 2:
            found[name] = _turned(kind, config, found[name])
    return found


def _turned(kind: type[Sliding], config: Mapping[str, Any], variable: Variable) -> Variable:
    """Return a kernel of images or volumes as (..., channels, filters)."""
    if kind.space == 1:
        return _column(config, variable)
    order = list(range(kind.space + 2))
    if config["data_format"] == "channels_first":
        order = [*order[2:], 1, 0]
    if kind.filters_first:
        order = [*order[:-2], order[-1], order[-2]]
    return _moved(variable, order)


def _column(config: Mapping[str, Any], variable: Variable) -> Variable:
    """Return the one column of a kernel, which stood as (filters, channels, ...) before Keras 1.1.

    Its shape tells, as it does Keras 1.1 and later.
    """
    (length,), filters = config["kernel_size"], config["filters"]
    shape = variable.shape
    if shape[:2] == (length, 1) and shape[3] == filters:
        return _moved(variable, [0, 2, 3], dropped=1)
    if shape[0] == filters and shape[2:] == (length, 1):
        return _moved(variable, [2, 1, 0], dropped=3)
    return variable


def _moved(variable: Variable, order: Sequence[int], dropped: int | None = None) -> Variable:
    """Return a variable with its axes in another order, without one that has size 1."""
    if dropped is None and list(order) == sorted(order):
        return variable
    shape = picked(variable.shape, order)
    load = partial(_load_moved, variable, order, dropped)
    return replace(variable, shape=shape, load=load, extent=None)


def _load_moved(variable: Variable, order: Sequence[int], dropped: int | None) -> Array:
    last = [] if dropped is None else [dropped]
    moved = np.transpose(variable.load(), [*order, *last])
    return np.ascontiguousarray(moved[..., 0] if last else moved)
