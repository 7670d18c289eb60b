"""Files of Keras on Theano: its convolutions walk through the kernel the other way.

Keras 2 says its backend. Keras 1 does not, but its files of weights tell it by the names of the
variables, which on TensorFlow end in the number of an output: ``convolution2d_1_W:0``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np

from keronyx.converter.dialect.version import Version
from keronyx.converter.errors import Label, UnsupportedConfigError
from keronyx.converter.files.saved import LayerGroups, SavedModel
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.convolutional import (
    DepthwiseConvolution,
    SeparableConvolution,
    Sliding,
    TransposedConvolution,
)
from keronyx.converter.layers.nested import with_held
from keronyx.converter.layers.pooling import AveragePooling, Pooling
from keronyx.converter.tensors import Array, Variable
from keronyx.converter.weights.keras1 import as_keras3

KERNELS = ("kernel", "depthwise_kernel")
AGAIN: Final = "load it with a Keras 2 on TensorFlow, and save it again"
COUNTED: Final = (2, 2, 4)
"""The first Keras that is known to leave what Theano's padding adds out of a mean; 1 did, too."""


def backend_of(saved: SavedModel, version: Version) -> str | None:
    """Return the backend on which a file was written, if it can be told."""
    if saved.backend is not None or not version.before(2):
        return saved.backend
    if not isinstance(saved.weights, LayerGroups) or saved.weights.positional:
        return None
    names = [variable.name for group in saved.weights.groups for variable in group.variables]
    numbered = [":" in name for name in names]
    if not names or any(numbered) != all(numbered):
        return None
    return "tensorflow" if all(numbered) else "theano"


def concluded(layers: Iterable[Layer], saved: SavedModel, backend: str | None) -> Iterator[str]:
    """Yield a sentence where a backend counts that the file does not say itself."""
    if saved.backend is None and backend is not None:
        name = {"theano": "Theano", "tensorflow": "TensorFlow"}[backend]
        if any(isinstance(layer, Sliding) for layer in with_held(layers)):
            yield f"kernels read as those of {name}, as the names of the file's variables tell"


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
    found = as_keras3(kind, config, variables) if version.before(2) else dict(variables)
    if not issubclass(kind, Sliding | Pooling):
        return dict(found)
    if backend is None and version.before(2):
        _check_alike(kind, config, layer)
    if backend != "theano":
        return dict(found)
    if config["padding"] == "same":
        _check_same(kind, config, version, layer)
    if issubclass(kind, Sliding):
        axes = tuple(range(kind.space))
        for name in found.keys() & set(KERNELS):
            found[name] = _flipped(found[name], axes)
    return {**found, "theano": True}


def _check_alike(kind: type[Layer], config: Mapping[str, Any], layer: Label) -> None:
    """Raise where the same file means one thing on Theano and another one on TensorFlow."""
    if issubclass(kind, Sliding) and max(config["kernel_size"]) > 1:
        what = "a kernel that Theano walks through the other way"
    elif issubclass(kind, Pooling) and config["padding"] == "same" and max(config["pool_size"]) > 1:
        what = "padding='same', which means another thing on Theano"
    else:
        return
    raise UnsupportedConfigError(
        f"{what}; nothing in the file tells its backend",
        hint="load it with the Keras 1 that wrote it, and save model and weights as HDF5",
        layer=layer,
    )


def _check_same(
    kind: type[Layer], config: Mapping[str, Any], version: Version, layer: Label
) -> None:
    """Raise for padding that depends on more than the file says."""
    sizes = config["kernel_size"] if issubclass(kind, Sliding) else config["pool_size"]
    even = any(size % 2 == 0 for size in sizes)
    strided = issubclass(kind, Sliding) and max(config["strides"]) > 1
    what = ""
    if issubclass(kind, TransposedConvolution) and (even or strided):
        what = "with even kernel sizes or strides"
    elif issubclass(kind, DepthwiseConvolution | SeparableConvolution) and even:
        what = "with even kernel sizes"
    elif issubclass(kind, Sliding) and kind.space == 3 and even and version.before(2):
        what = "with even kernel sizes, which Theano's versions pad in two ways"
    elif issubclass(kind, Pooling) and kind.space == 3 and (1 in sizes or version.before(2)):
        what = "with this pool size"
    elif issubclass(kind, AveragePooling) and not version.before(2) and version.before(*COUNTED):
        what = "before Keras 2.2.4, whose mean counts what it adds"
    if what:
        raise UnsupportedConfigError(f"padding='same' on Theano {what}", hint=AGAIN, layer=layer)


def _flipped(variable: Variable, axes: tuple[int, ...]) -> Variable:
    load = partial(_load_flipped, variable, axes)
    return replace(variable, load=load, extent=None)


def _load_flipped(variable: Variable, axes: tuple[int, ...]) -> Array:
    return np.flip(variable.load(), axes)
