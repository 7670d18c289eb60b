"""Files of Keras on Theano: its convolutions walk through the kernel the other way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np

from keronyx.converter.dialect.version import Version
from keronyx.converter.errors import Label, UnsupportedConfigError
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.cells import Cell
from keronyx.converter.layers.conv_lstm import ConvLSTMCell
from keronyx.converter.layers.convolutional import (
    Convolution,
    DepthwiseConvolution,
    SeparableConvolution,
    Sliding,
    TransposedConvolution,
)
from keronyx.converter.layers.pooling import AveragePooling, Pooling
from keronyx.converter.layers.resampling import Resampled
from keronyx.converter.tensors import Array, Variable
from keronyx.converter.weights.gates import as_today, joined
from keronyx.converter.weights.keras1 import as_keras3

KERNELS = ("kernel", "depthwise_kernel")
AGAIN: Final = "load it with a Keras 2 on TensorFlow, and save it again"
COUNTED: Final = (2, 2, 4)
"""The first Keras that is known to leave what Theano's padding adds out of a mean; 1 did, too."""


def built(
    kind: type[Layer],
    config: Mapping[str, Any],
    variables: Mapping[str, Variable],
    wrote: tuple[Version, str | None],
    layer: Label,
) -> dict[str, Any]:
    """Return a layer's variables as Keras 3 on TensorFlow has them, and ``theano`` where it counts.

    ``wrote`` are the version and the backend. Raises UnsupportedConfigError where the backend
    counts and is not told, and for windows that Theano puts where nobody would.
    """
    version, backend = wrote
    if issubclass(kind, Cell):
        return dict(as_today(kind, config, variables, layer))
    found = _in_order(kind, config, variables, version, layer)
    if backend == "theano":
        _check_taken(kind, config, version, layer)
    elif backend is None and version.before(2):
        _check_alike(kind, config, layer)
    if backend != "theano" or not issubclass(kind, Sliding | Pooling):
        return dict(found)
    return {**found, **_walked_backwards(kind, found), "theano": True}


def _walked_backwards(
    kind: type[Sliding | Pooling], found: Mapping[str, Variable]
) -> dict[str, Variable]:
    """Return the kernels that Theano walks through the other way, as TensorFlow has them."""
    if not issubclass(kind, Sliding):
        return {}
    axes = tuple(range(kind.space))
    return {name: _flipped(found[name], axes) for name in found.keys() & set(KERNELS)}


def _in_order(
    kind: type[Layer],
    config: Mapping[str, Any],
    variables: Mapping[str, Variable],
    version: Version,
    layer: Label,
) -> dict[str, Variable]:
    """Return the variables with axes and gates in the order of today."""
    if not version.before(2):
        return dict(variables)
    if issubclass(kind, ConvLSTMCell):
        variables = joined(kind, config, variables, layer)
    return as_keras3(kind, config, variables)


def _check_taken(
    kind: type[Layer], config: Mapping[str, Any], version: Version, layer: Label
) -> None:
    """Refuse what Theano computes otherwise in a way that is not read."""
    if issubclass(kind, ConvLSTMCell):
        raise UnsupportedConfigError("steps of convolutions on Theano", hint=AGAIN, layer=layer)
    if issubclass(kind, Resampled):
        _check_nearest(config, layer)
    if issubclass(kind, Sliding | Pooling) and config["padding"] == "same":
        _check_same(kind, config, version, layer)


def _check_nearest(config: Mapping[str, Any], layer: Label) -> None:
    """Refuse pixels between others, which Theano has elsewhere."""
    if config["interpolation"] != "nearest":
        raise UnsupportedConfigError(
            f"interpolation={config['interpolation']!r} on Theano, which puts pixels elsewhere",
            hint=AGAIN,
            layer=layer,
        )


def _check_alike(kind: type[Layer], config: Mapping[str, Any], layer: Label) -> None:
    """Raise where the same file means one thing on Theano and another one on TensorFlow."""
    what = _difference(kind, config)
    if what:
        raise UnsupportedConfigError(
            f"{what}; nothing in the file tells its backend",
            hint="load it with the Keras 1 that wrote it, and save model and weights as HDF5",
            layer=layer,
        )


def _difference(kind: type[Layer], config: Mapping[str, Any]) -> str:
    """Say what Theano would do otherwise, nothing where it is the same."""
    if issubclass(kind, Sliding) and max(config["kernel_size"]) > 1:
        return "a kernel that Theano walks through the other way"
    if issubclass(kind, Pooling) and config["padding"] == "same" and max(config["pool_size"]) > 1:
        return "padding='same', which means another thing on Theano"
    return ""


class Same(NamedTuple):
    """A layer with padding same, as far as it matters on Theano."""

    kind: type[Layer]
    sizes: tuple[int, ...]
    strided: bool
    version: Version

    @property
    def even(self) -> bool:
        """Whether a window has no middle place."""
        return any(size % 2 == 0 for size in self.sizes)


ODD: Final[Sequence[tuple[type[Layer], Callable[[Same], bool], str]]] = (
    (
        TransposedConvolution,
        lambda same: same.even or same.strided,
        "with even kernel sizes or strides",
    ),
    (DepthwiseConvolution, lambda same: same.even, "with even kernel sizes"),
    (SeparableConvolution, lambda same: same.even, "with even kernel sizes"),
    (
        Convolution,
        lambda same: same.even and len(same.sizes) == 3 and same.version.before(2),
        "with even kernel sizes, which Theano's versions pad in two ways",
    ),
    (
        Pooling,
        lambda same: len(same.sizes) == 3 and (1 in same.sizes or same.version.before(2)),
        "with this pool size",
    ),
    (
        AveragePooling,
        lambda same: not same.version.before(2) and same.version.before(*COUNTED),
        "before Keras 2.2.4, whose mean counts what it adds",
    ),
)
"""What depends on more than the file says: of these classes, in these cases, and in words."""


def _check_same(
    kind: type[Layer], config: Mapping[str, Any], version: Version, layer: Label
) -> None:
    """Raise for padding that depends on more than the file says."""
    slides = issubclass(kind, Sliding)
    sizes = config["kernel_size" if slides else "pool_size"]
    same = Same(kind, sizes, slides and max(config["strides"]) > 1, version)
    for family, depends, what in ODD:
        if issubclass(kind, family) and depends(same):
            raise UnsupportedConfigError(
                f"padding='same' on Theano {what}", hint=AGAIN, layer=layer
            )


def _flipped(variable: Variable, axes: tuple[int, ...]) -> Variable:
    load = partial(_load_flipped, variable, axes)
    return replace(variable, load=load, extent=None)


def _load_flipped(variable: Variable, axes: tuple[int, ...]) -> Array:
    return np.flip(variable.load(), axes)
