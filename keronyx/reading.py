"""A model that was asked for is described in this process: a file, a live model, or arrays."""

import os
from typing import Any

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
    if asked.biases is None:
        return read_saved(asked.source, weights=asked.weights)
    if not isinstance(asked.biases, str | os.PathLike):
        raise UsageError(BIASES)
    if asked.weights is not None:
        raise UsageError("biases beside an architecture", hint="put them with its weights")
    from keronyx.converter.files.kept import saved_from_two  # noqa: PLC0415

    return saved_from_two(read_saved(asked.source), read_saved(asked.biases))


def _from_arrays(source: Any, biases: Any) -> SavedModel:
    from keronyx.converter.files.kept import saved_from_kept  # noqa: PLC0415

    if isinstance(biases, str | os.PathLike):
        raise UsageError("a file of biases goes with a file of kernels")
    return saved_from_kept(source, biases)
