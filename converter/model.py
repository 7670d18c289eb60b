"""The description: what a Keras file says, in Keras 3's words and with nothing computed yet.

Everything here is frozen. The two readings (``converter.emit`` and ``runtime.evaluate``) share
these classes and nothing else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from keronyx.converter.errors import UsageError

if TYPE_CHECKING:
    from keronyx.converter.layers.base import Layer

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


@dataclass(frozen=True, kw_only=True, eq=False)
class Connection:
    """One call of a layer: a shared layer has several.

    ``arguments`` are those that the call gives by name beside its inputs: ``mask``,
    ``initial_state``, ``use_causal_mask``.
    """

    layer: "Layer"
    inputs: tuple[KerasTensor, ...]
    outputs: tuple[KerasTensor, ...]
    arguments: Mapping[str, Argument] = field(default_factory=dict)

    @property
    def sources(self) -> tuple[KerasTensor, ...]:
        """Every tensor that the call reads: its inputs, then those of its arguments."""
        named = (each for value in self.arguments.values() for each in tensors_of(value))
        return (*self.inputs, *named)


def tensors_of(argument: Argument) -> tuple[KerasTensor, ...]:
    """Return the tensors of an argument; a flag has none."""
    if isinstance(argument, bool):
        return ()
    return argument if isinstance(argument, tuple) else (argument,)


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """Layers called one after the other, from the inputs to the outputs.

    ``connections`` are in an order in which they can run. ``inputs`` and ``outputs`` map the
    names a caller uses to the tensors, in Keras's own order. An output may be an input, and two
    outputs may be the same tensor. ``notes`` say what was concluded that the file does not say;
    ``columns`` are the names that somebody gave to the values of a row, those of all inputs in
    order.
    """

    name: str
    inputs: Mapping[str, KerasTensor]
    outputs: Mapping[str, KerasTensor]
    connections: tuple[Connection, ...]
    keras_version: str = ""
    source: str = ""
    sha256: str = ""
    notes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    @cached_property
    def layers(self) -> tuple["Layer", ...]:
        """Every layer once, in the order of their first call."""
        return tuple(dict.fromkeys(connection.layer for connection in self.connections))

    @property
    def computable(self) -> bool:
        """Whether it says how every output comes about; else only names and shapes are known."""
        known = {tensor.name for tensor in self.inputs.values()}
        known |= {tensor.name for each in self.connections for tensor in each.outputs}
        return all(tensor.name in known for tensor in self.outputs.values())

    def require_computable(self) -> None:
        """Raise UsageError where only names and shapes are known."""
        if not self.computable:
            raise UsageError(
                "what its layers compute is not known",
                hint="keronyx did not convert this model itself",
                path=self.source,
            )

    @property
    def parameters(self) -> int:
        """Number of weights in all layers, each counted once."""
        return sum(
            variable.size for layer in self.layers for variable in layer.variables().values()
        )
