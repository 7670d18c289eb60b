"""What a layer takes as its first input: the front, one function a layer class."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from keronyx.converter.families import ByFamily
from keronyx.converter.layers.base import Layer
from keronyx.converter.tensors import Array, KerasTensor, Variable

UNKNOWN: Final = ("", "ünknown", "\N{SNOWMAN}")
"""Strings to try that are hardly in any vocabulary."""


@dataclass(frozen=True)
class Choice:
    """One of these values: category ids, tokens."""

    values: Sequence[Any]


@dataclass(frozen=True)
class Around:
    """Numbers of this mean and spread, which broadcast against a row.

    A net with a normalisation in front was trained on such numbers. On others, it may give the
    same answer whatever its weights are.
    """

    mean: Array
    spread: Array


Domain: TypeAlias = Choice | Around
ANY: Final = Around(np.array(0.0), np.array(1.0))


@ByFamily
def domain_of(_layer: Layer, _tensor: KerasTensor) -> Domain | None:
    """Return what a layer can take as its first input, None where that is any number."""
    return None


@ByFamily
def ids_of(_layer: Layer) -> int | None:
    """Return how many ids a layer knows, counted from 0, None where it takes no ids."""
    return None


def along(axes: tuple[int, ...] | None, variable: Variable, tensor: KerasTensor) -> Array:
    """Return statistics of some axes, shaped to broadcast against a row of the tensor."""
    values = variable.load().astype(float)
    if len(variable.shape) == tensor.rank:
        return np.asarray(values[0])  # shaped like the tensor already, batch axis included
    kept = {axis % tensor.rank for axis in axes or ()}
    sizes = iter(variable.shape)
    shape = [next(sizes) if axis in kept else 1 for axis in range(1, tensor.rank)]
    return values.reshape(shape)


def around(mean: Any, spread: Any) -> Around:
    """Make a domain of finite numbers, with some spread."""
    center = np.nan_to_num(np.asarray(mean, float), posinf=0, neginf=0)
    width = np.nan_to_num(np.asarray(spread, float), posinf=0, neginf=0)
    return Around(center, np.where(width > 0, width, 1.0))
