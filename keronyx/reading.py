"""A model that was asked for is described in this process: a file, a live model, or arrays."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from keronyx.asking import BIASES, Asked
from keronyx.converter.description import describe
from keronyx.converter.errors import UsageError
from keronyx.converter.files import read_bytes, read_saved
from keronyx.converter.files.saved import SavedModel
from keronyx.converter.model import Model
from keronyx.live.package import is_live


def read_here(asked: Asked) -> Model:
    """Describe a model; raises KeronyxError where it cannot be."""
    asked.expressions()  # told before anything is read
    return describe(_saved(asked), **vars(asked.told), replace=asked.replace)


def _saved(asked: Asked) -> SavedModel:
    """Return the configuration and the variables, where both come from."""
    if is_live(asked.source):
        return _from_live(asked)
    if asked.is_file:
        return _from_file(asked)
    if isinstance(asked.source, bytes | bytearray | memoryview):
        return _from_bytes(asked)
    if asked.weights is not None:
        raise UsageError("a weights file goes with an architecture file, not with arrays")
    return _from_arrays(asked.source, asked.biases)


def _from_live(asked: Asked) -> SavedModel:
    from keronyx.live.reading import saved_from_live  # noqa: PLC0415

    if not asked.is_alone:
        raise UsageError("a live model has its own weights and activations")
    return saved_from_live(asked.source)


def _from_bytes(asked: Asked) -> SavedModel:
    if asked.weights is not None or asked.biases is not None:
        raise UsageError("weights beside a file in memory", hint="give the paths of both")
    return read_bytes(bytes(asked.source))


def _from_file(asked: Asked) -> SavedModel:
    if asked.biases is not None:
        raise UsageError(BIASES)
    return read_saved(asked.source, weights=asked.weights)


def _from_arrays(source: Any, biases: Iterable[Any] | None) -> SavedModel:
    from keronyx.converter.files.arrays import saved_from_arrays  # noqa: PLC0415

    if not isinstance(source, Iterable) or isinstance(source, Mapping):
        raise UsageError(
            f"cannot convert {type(source).__name__}", hint="give a path, or a list of arrays"
        )
    if biases is None and _is_pair(source):
        source, biases = source
    return saved_from_arrays(source, biases)


def _is_pair(source: Any) -> bool:
    """Tell (kernels, biases) from the kernel and the bias of a single layer."""
    if not isinstance(source, tuple) or len(source) != 2 or not len(source[0]):
        return False
    return isinstance(source[0], list | tuple) and np.ndim(source[0][0]) > 1
