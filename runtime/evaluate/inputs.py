"""What a caller gives to a model: arrays under the right names, of the right shapes and types."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from keronyx.converter.errors import UsageError, shorten
from keronyx.converter.layers.sizes import fits, shown
from keronyx.converter.several import are_all, called, picked
from keronyx.converter.tensors import Array, KerasTensor, Shape
from keronyx.runtime.evaluate.precision import FLOATS, DType, Precision, as_stored, working

SPATIAL: Final = 3
"""Fewest axes of what has channels."""


@dataclass(frozen=True)
class Entrance:
    """One of a model's inputs."""

    name: str
    tensor: KerasTensor
    precision: Precision

    @cached_property
    def dtype(self) -> DType:
        """Dtype in which the input enters the evaluation."""
        return working(self.tensor.dtype, self.precision)

    def take(self, data: object) -> Array:
        """Return the data as the model takes it, or raise UsageError."""
        array = data if type(data) is np.ndarray else self._array(data)
        if (array.dtype, array.shape[1:]) == self._ready and array.ndim:
            return array
        if not fits(array.shape, self.tensor.shape):
            raise self._misfit(array)
        if self.tensor.dtype == "string":
            return self._text(array)
        if array.dtype.kind not in "biuf":
            raise self._wrong_type(array)
        return self._stored(array).astype(self.dtype, copy=False)

    def zeros(self) -> Array:
        """Return zeros as the model takes them, of an input whose sizes are all told."""
        return np.zeros([size or 0 for size in self.tensor.sizes], self.dtype)

    @cached_property
    def _ready(self) -> tuple[DType, Shape] | None:
        """The dtype and the rows of arrays that can be taken as they are: the common case."""
        batch, *row = self.tensor.sizes or (0,)
        exact = self.dtype.name == self.tensor.dtype
        return (self.dtype, tuple(row)) if exact and batch is None and None not in row else None

    def _stored(self, array: Array) -> Array:
        """Return the numbers in the input's type, which holds them all but for what is rounded."""
        floating = self.tensor.dtype in FLOATS
        try:
            with np.errstate(over="raise" if floating else "ignore", invalid="ignore"):
                stored = as_stored(array, self.tensor.dtype)
        except FloatingPointError:
            raise self._unheld(array) from None
        if not floating and not np.array_equal(stored, array):
            raise self._unheld(array)
        # Beyond bfloat16, but within the float32 that holds it.
        if self.tensor.dtype == "bfloat16" and np.any(np.isinf(stored) & np.isfinite(array)):
            raise self._unheld(array)
        return stored

    def _unheld(self, array: Array) -> UsageError:
        return UsageError(
            f"input '{shorten(self.name)}' takes {self.tensor.dtype}, "
            f"which cannot hold all of the {array.dtype.name} numbers"
        )

    def _array(self, data: object) -> Array:
        try:
            return np.asarray(data)
        except (ValueError, TypeError, OverflowError) as error:
            raise UsageError(f"input '{shorten(self.name)}' is no array") from error

    def _text(self, array: Array) -> Array:
        """Return an array of str objects; bytes are UTF-8."""
        if array.dtype.kind not in "USO":
            raise self._wrong_type(array)
        try:
            texts = [text.decode() if isinstance(text, bytes) else text for text in array.flat]
        except UnicodeDecodeError as error:
            raise UsageError(f"input '{shorten(self.name)}' is not UTF-8") from error
        if not are_all(str, texts):
            raise self._wrong_type(array)
        return np.array(list(map(str, texts)), object).reshape(array.shape)

    def _wrong_type(self, array: Array) -> UsageError:
        wanted = "text" if self.tensor.dtype == "string" else "numbers"
        return UsageError(
            f"input '{shorten(self.name)}' takes {wanted} ({self.tensor.dtype}), "
            f"got {array.dtype.name}"
        )

    def _misfit(self, array: Array) -> UsageError:
        return UsageError(
            f"input '{shorten(self.name)}' takes arrays of shape {shown(self.tensor.shape)}, "
            f"got {shown(array.shape)}",
            hint=_remedy(array.shape, self.tensor.shape),
        )


def _remedy(given: Shape, wanted: Shape) -> str:
    """Say what makes an array of one shape fit another: a missing axis, or one that is elsewhere.

    Where the axes of images lie, the first or the last one has their channels.
    """
    if fits(given, wanted[1:]):
        return "the first axis is the batch: give a single sample as array[None]"
    if len(wanted) < SPATIAL:
        return ""
    if wanted[-1] == 1 and fits(given, wanted[:-1]):
        return "the channels are the last axis: array[..., None]"
    if fits((*given[:1], *given[2:], *given[1:2]), wanted):
        return "the channels are the last axis: numpy.moveaxis(array, 1, -1)"
    if fits((*given[:1], *given[-1:], *given[1:-1]), wanted):
        return "the channels are the first axis behind the batch: numpy.moveaxis(array, -1, 1)"
    return ""


@dataclass(frozen=True)
class Inputs:
    """All inputs of a model, in its order, and its states, which need not be given."""

    entrances: Sequence[Entrance]
    states: Sequence[Entrance] = ()

    def take(self, data: object, held: Mapping[str, Array] | None = None) -> list[Array]:
        """Return an array for each input, then for each state, or raise UsageError.

        A state is the one that ``data`` names, else the one in ``held``, else zeros.
        """
        arranged = self._arranged(data)
        arrays = [
            entrance.take(each) for entrance, each in zip(self.entrances, arranged, strict=True)
        ]
        if len(arrays) > 1:
            self._check_batches(arrays)
        return [*arrays, *self._states(data, held or {})] if self.states else arrays

    def _states(self, data: object, held: Mapping[str, Array]) -> Iterator[Array]:
        named = data if isinstance(data, Mapping) else {}
        for state in self.states:
            if state.name in named:
                yield state.take(named[state.name])
            else:
                yield held[state.name] if state.name in held else state.zeros()

    def _arranged(self, data: object) -> Sequence[object]:
        if isinstance(data, list | tuple) and self._is_one_for_each(data):
            if len(data) == len(self.entrances):
                return data
        elif isinstance(data, Mapping):
            return self._by_name(data)
        elif len(self.entrances) == 1:
            return [data]
        given = f"{len(data)} arrays" if isinstance(data, list | tuple) else "one array"
        raise UsageError(
            f"{given} for the model's {len(self.entrances)} inputs", hint=self._names()
        )

    def _is_one_for_each(self, data: Sequence[object]) -> bool:
        """Tell a sequence of arrays from one array spelled as nested lists."""
        if len(self.entrances) != 1:
            return True
        rank = self.entrances[0].tensor.rank
        return len(data) > 0 and isinstance(data[0], np.ndarray) and data[0].ndim == rank

    def _by_name(self, data: Mapping[str, object]) -> list[object]:
        names = called(self.entrances)
        known = {*names, *(state.name for state in self.states)}
        missing = [f"no input '{shorten(name)}'" for name in names if name not in data]
        extra = [f"unknown input '{shorten(name)}'" for name in data if name not in known]
        if missing or extra:
            raise UsageError(", ".join(missing + extra), hint=self._names())
        return list(picked(data, names))

    def _names(self) -> str:
        listed = ", ".join(f"'{shorten(entrance.name)}'" for entrance in self.entrances)
        return f"the model takes {listed}"

    def _check_batches(self, arrays: Sequence[Array]) -> None:
        sizes = {
            entrance.name: array.shape[0]
            for entrance, array in zip(self.entrances, arrays, strict=True)
            if entrance.tensor.rank and entrance.tensor.sizes[0] is None
        }
        if len(set(sizes.values())) > 1:
            listed = ", ".join(f"'{shorten(name)}' has {size}" for name, size in sizes.items())
            raise UsageError(f"inputs with different numbers of rows: {listed}")
