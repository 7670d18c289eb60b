"""What an operation of a graph is given: tensors by number, and constants that its file holds."""

from dataclasses import dataclass, field
from typing import Final, TypeAlias

from keronyx.converter.tensors import Array

WEAK: Final = ("int", "float")
"""What Python's own numbers are: they take the dtype of what they meet."""


@dataclass(frozen=True)
class Slot:
    """One of the tensors that a call is given, by its number."""

    index: int


@dataclass(frozen=True, eq=False)
class Constant:
    """Numbers of the file, and Keras's dtype of them: ``"int"`` or ``"float"`` if Python's own.

    The array holds them exactly; bfloat16 is in float32.
    """

    array: Array = field(repr=False)
    dtype: str

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of the axes."""
        return self.array.shape


Operand: TypeAlias = Slot | Constant | None
"""None is one that is left out."""
