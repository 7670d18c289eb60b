"""What operations of a graph are given: tensors, known numbers, and sizes that vary."""

from dataclasses import dataclass
from math import prod
from typing import Any, Final, TypeAlias

import numpy as np

from keronyx.converter.errors import FileFormatError
from keronyx.converter.files.variables import AXES, AXIS
from keronyx.converter.tensors import Array, Variable

BATCH: Final = "batch"


@dataclass(frozen=True)
class Open:
    """A size that varies: the product of those of some axes, by their names, and a number."""

    axes: tuple[str, ...]
    times: int = 1

    def __mul__(self, other: "int | Open") -> "Open":
        """Multiply by another size; raises FileFormatError for more than any tensor has."""
        axes, times = (other.axes, other.times) if isinstance(other, Open) else ((), int(other))
        if len(self.axes) + len(axes) > AXES or abs(self.times * times) >= AXIS:
            raise FileFormatError("a size that no tensor has")
        return Open(tuple(sorted(self.axes + axes)), self.times * times)

    __rmul__ = __mul__


Size: TypeAlias = int | Open


@dataclass(frozen=True)
class Tensor:
    """What an entry of the architecture gives: its name, shape and dtype.

    ``merged`` is how many of the first axes TensorFlow has made one of, for an operation on the
    last axis alone; ``shape`` is that before. ``rows`` says that negative numbers count from so
    many backwards, as places in a table of so many rows do by themselves. ``framed`` says that the
    other axes are made one too, and stand in a frame of axes of size 1: what each row is normed in.
    """

    entry: str
    shape: tuple[Size, ...]
    dtype: str
    merged: int = 1
    rows: int = 0
    framed: bool = False

    @property
    def seen(self) -> tuple[Size, ...]:
        """The shape that TensorFlow has."""
        first = product(self.shape[: self.merged])
        return (first, *self.shape[self.merged :]) if self.merged > 1 else self.shape


@dataclass(frozen=True, eq=False)
class Held:
    """A variable of the file, whose numbers may never be needed at once."""

    variable: Variable

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of its axes."""
        return self.variable.shape

    def array(self) -> Array:
        """Return the numbers."""
        return self.variable.load()


@dataclass(frozen=True)
class Filled:
    """One number again and again, in a shape of which sizes vary."""

    shape: tuple[Size, ...]
    number: float


@dataclass(frozen=True)
class Table:
    """The handle of a lookup table, by the place of its object."""

    place: int


Value: TypeAlias = "Tensor | Held | Filled | Table | Array"
"""An array holds known numbers, or objects where some are sizes that vary."""


def product(sizes: tuple[Size, ...]) -> Size:
    """Multiply sizes."""
    found: Size = 1
    for size in sizes:
        found = size * found if isinstance(size, Open) else found * size
    return found


def known(value: Value) -> Array:
    """Return numbers that are known; raises FileFormatError for what only a run can tell."""
    if isinstance(value, Held):
        return value.array()
    if isinstance(value, np.ndarray):
        return value
    raise FileFormatError("a number is computed that has to be known")


def numbers(value: Value) -> list[int]:
    """Return known whole numbers."""
    array = known(value)
    if array.dtype == object:
        raise FileFormatError("a size varies that has to be known")
    return [int(each) for each in array.reshape(-1)]


def sizes(value: Value) -> list[Any]:
    """Return sizes, of which some may vary."""
    return [each if isinstance(each, Open) else int(each) for each in known(value).reshape(-1)]


def of_sizes(shape: tuple[Size, ...]) -> Array:
    """Return a shape as an operation of the graph has it."""
    if any(isinstance(size, Open) for size in shape):
        out = np.empty(len(shape), object)
        out[:] = shape
        return out
    return np.array(shape, np.int64)


def count(shape: tuple[int, ...]) -> int:
    """Return how many numbers a known shape holds."""
    return prod(shape)
