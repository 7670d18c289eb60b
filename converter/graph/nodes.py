"""What a graph is made of: values, nodes, initializers, and the names and sizes that it states."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from keronyx.converter.errors import WeightError
from keronyx.converter.layers.base import Layer
from keronyx.converter.tensors import BATCH, Array, Shape, Sizes, Variable

Attribute: TypeAlias = int | float | str | Sequence[int] | Sequence[float] | Sequence[str]
Dims: TypeAlias = tuple[int | str | None, ...]

RESULTS: Final = {
    **dict.fromkeys(("Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"), "bool"),
    **dict.fromkeys(("IsNaN", "IsInf"), "bool"),
    "Shape": "int64",
}
"""What an operator returns where that is not the type of its first input."""


@dataclass(frozen=True, slots=True)
class Value:
    """A name in the graph, with the type and the shape behind it.

    ``dtype`` is NumPy's name (or "string"), ``shape`` has None where a size varies.
    """

    name: str
    dtype: str
    shape: Sizes

    @property
    def rank(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def is_float(self) -> bool:
        """Whether the numbers are floating."""
        return self.dtype.startswith("float")


LEFT_OUT: Final = Value("", "float32", ())
"""An input that is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One operator, and the Keras layer that it came from."""

    op_type: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Attribute]
    layer: Layer | None
    domain: str = ""
    body: "Body | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Initializer:
    """Numbers stored in the model; they are loaded when they are written, and not kept.

    ``variable`` is the one whose bytes are written as they lie in a file, piece by piece.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    load: Callable[[], Array]
    variable: Variable | None = None

    @property
    def nbytes(self) -> int:
        """Number of bytes."""
        return int(np.prod(self.shape, dtype=np.int64)) * np.dtype(self.dtype).itemsize

    def little(self) -> Array:
        """Load the numbers, flat and in little-endian order as ONNX has them."""
        array = self.load()
        if array.shape != self.shape:
            raise WeightError(f"{self.name} has shape {array.shape}, expected {self.shape}")
        dtype = np.dtype(self.dtype).newbyteorder("<")
        with np.errstate(over="ignore", invalid="ignore"):
            return np.ascontiguousarray(array, dtype).reshape(-1)


@dataclass(frozen=True, slots=True)
class Named:
    """An input, an output or an inner value whose shape the model states."""

    name: str
    dtype: str
    dims: Dims


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The graph that an operator runs for each step; it has all its numbers within."""

    name: str
    nodes: Sequence[Node]
    initializers: Sequence[Initializer]
    inputs: Sequence[Named]
    outputs: Sequence[Named]
    renamed: Mapping[str, str]


def legal(name: str, otherwise: str = "value") -> str:
    """Return a name that protobuf can hold and a terminal can show."""
    return "".join(char if char.isprintable() else "_" for char in name) or otherwise


def dims_of(shape: Shape, name: str = "") -> Dims:
    """Return the sizes, symbolic where they vary: ``batch``, then ``<name>_<axis>``."""
    return tuple(
        size if isinstance(size, int) else _symbol(axis, name) for axis, size in enumerate(shape)
    )


def _symbol(axis: int, name: str) -> str | None:
    if axis == 0:
        return BATCH
    return f"{name}_{axis}" if name else None
