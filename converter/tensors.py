"""Tensors and variables of a description: names, shapes, dtypes, and how to get at numbers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
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
    in one piece in native order: (path, offset in bytes).
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    load: Callable[[], Array] = field(repr=False)
    extent: tuple[str, int] | None = None

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
    return argument if isinstance(argument, tuple) else (argument,)
