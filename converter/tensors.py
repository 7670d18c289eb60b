"""Tensors and variables of a description: names, shapes, dtypes, and how to get at numbers."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np

from keronyx.converter import reading
from keronyx.converter.reading import Odd, Place, Reading
from keronyx.converter.several import as_tuple

Array: TypeAlias = reading.Array
Size: TypeAlias = int | str | None
"""A number, the name of a size that varies (equal names are equal sizes), or nothing known."""
Shape: TypeAlias = tuple[Size, ...]
Sizes: TypeAlias = tuple[int | None, ...]
"""A shape in numbers alone, None where the size varies."""

BATCH: Final = "batch"
"""The size of the first axis, where the file does not fix it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Variable:
    """A Keras variable: its name as the file spells it, and how to get at its numbers.

    ``dtype`` is NumPy's name for the stored type, or ``"bfloat16"``; ``load`` then returns
    float32, which holds every bfloat16 exactly. ``extent`` is where the bytes lie, when they lie
    in one piece in native order: (path, offset in bytes). Nothing is read before it is asked for;
    what has been read is remembered, as far as ``converter.reading`` says.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    load: Callable[[], Array] = field(repr=False)
    extent: Place | None = None

    def __post_init__(self) -> None:
        """Have whoever reads the numbers note what others would read them for."""
        if not isinstance(self.load, Reading):
            object.__setattr__(self, "load", Reading(self.load))

    @property
    def _reading(self) -> Reading:
        assert isinstance(self.load, Reading)  # noqa: S101 - __post_init__ made it one
        return self.load

    def chunks(self) -> Iterator[Array]:
        """Yield the numbers in flat pieces, each of which holds until the next one is asked for.

        Where there is an ``extent``, the file is read piece by piece, and nothing is ever loaded
        as a whole; elsewhere there is one piece. bfloat16 comes as float32.
        """
        if self.extent is None or self.dtype == "bfloat16" or sys.byteorder != "little":
            yield self.load().reshape(-1)
        else:
            yield from self._reading.chunks(self.extent, np.dtype(self.dtype), self.shape)

    def odd(self) -> Odd:
        """Count NaN and infinities, which takes no reading where somebody has read the numbers."""
        return self._reading.odd(self.chunks)

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape, dtype=np.int64))

    @classmethod
    def of(cls, array: Array, name: str = "") -> "Variable":
        """Wrap numbers that are already in memory."""
        return cls(name=name, shape=array.shape, dtype=array.dtype.name, load=lambda: array)


@dataclass(frozen=True, kw_only=True, eq=False)
class KerasTensor:
    """A symbolic value between layers: unique name, shape, dtype.

    ``shape`` has the batch axis; sizes that vary are names ("batch", "time") or None. ``dtype`` is
    Keras's name: float32, float64, float16, bfloat16, int32, ..., bool, string. ``mask`` is the
    tensor of booleans that Keras carries along with it, True where a step counts.
    """

    name: str
    shape: Shape
    dtype: str
    mask: "KerasTensor | None" = field(default=None, repr=False)

    @property
    def sizes(self) -> Sizes:
        """The shape in numbers, None where a size varies."""
        return numbered(self.shape)

    @property
    def rank(self) -> int:
        """Number of axes, the batch axis included."""
        return len(self.shape)


def numbered(shape: Shape) -> Sizes:
    """Return a shape in numbers, None where a size varies."""
    return tuple(size if isinstance(size, int) else None for size in shape)


Argument: TypeAlias = KerasTensor | tuple[KerasTensor, ...] | bool
"""What a call says by name: tensors, or a flag."""


def tensors_of(argument: Argument) -> tuple[KerasTensor, ...]:
    """Return the tensors of an argument; a flag has none."""
    if isinstance(argument, bool):
        return ()
    return as_tuple(argument)
