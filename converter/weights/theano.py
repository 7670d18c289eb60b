"""Files of Keras on Theano: its convolutions walk through the kernel the other way."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from keronyx.converter.errors import Label, UnsupportedConfigError
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.convolutional import Sliding
from keronyx.converter.layers.pooling import Pooling
from keronyx.converter.layers.resampling import Resampled
from keronyx.converter.tensors import Array, Variable

KERNELS = ("kernel", "depthwise_kernel")


def as_tensorflow(
    kind: type[Layer], config: Mapping[str, Any], variables: Mapping[str, Variable], layer: Label
) -> dict[str, Variable]:
    """Return a layer's variables as the same layer has them on TensorFlow.

    Raises UnsupportedConfigError for windows that Theano puts elsewhere.
    """
    found = dict(variables)
    if issubclass(kind, Pooling) and config["padding"] == "same":
        raise UnsupportedConfigError(
            "padding='same' of a pooling layer on Theano, which puts its windows elsewhere",
            hint="load it with a Keras 2 on TensorFlow, and save it again",
            layer=layer,
        )
    if issubclass(kind, Resampled) and config["interpolation"] != "nearest":
        raise UnsupportedConfigError(
            f"interpolation={config['interpolation']!r} on Theano, which puts pixels elsewhere",
            hint="load it with a Keras 2 on TensorFlow, and save it again",
            layer=layer,
        )
    if issubclass(kind, Sliding) and config["padding"] == "same":
        _check_middle(config, layer)
    if issubclass(kind, Sliding):
        axes = tuple(range(kind.space))
        for name in found.keys() & set(KERNELS):
            found[name] = _flipped(found[name], axes)
    return found


def _check_middle(config: Mapping[str, Any], layer: Label) -> None:
    """Raise where the windows have no middle place, or do not all begin: Theano shifts them."""
    if any(size % 2 == 0 for size in config["kernel_size"]) or max(config["strides"]) > 1:
        raise UnsupportedConfigError(
            "padding='same' on Theano with even kernel sizes or strides, which puts the windows "
            "elsewhere",
            hint="load it with a Keras 2 on TensorFlow, and save it again",
            layer=layer,
        )


def _flipped(variable: Variable, axes: tuple[int, ...]) -> Variable:
    load = partial(_load_flipped, variable, axes)
    return replace(variable, load=load, extent=None)


def _load_flipped(variable: Variable, axes: tuple[int, ...]) -> Array:
    return np.flip(variable.load(), axes)
