"""argpartition, which Keras on TensorFlow has in its own way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, final

from keronyx.converter.layers.ops_base import Applied, Rule
from keronyx.converter.layers.promotion import kept
from keronyx.converter.layers.sizes import shown
from keronyx.converter.tensors import Shape


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Partition(Applied, abstract=True):
    """The places of the numbers of each row, cut to whole ones, those of the least in front.

    In front are ``kth`` + 1 in order. Those behind are in the order of what is left, the largest
    first, where Keras has put 0 for the least. It tells these of a row by the rows of the batch: in
    row j, it is whatever was the j-th least of any.
    """

    kth: int
    axis: int | None = -1
    rules: ClassVar[Mapping[str, Rule]] = {"argpartition": Rule(kept, "int32", "numbers")}

    def propagates(self) -> bool:
        """No: numbers are cut to integers."""
        return False

    def count(self, size: int) -> int:
        """How many are in front, of so many."""
        return min(max(self.kth, 0), size - 1) + 1

    def size(self, shape: Shape) -> int:
        """How many numbers a row has."""
        if len(shape) not in (1, 2) or self.axis not in (-1, len(shape) - 1):
            raise self.refuse(f"axis {self.axis} of numbers of shape {shown(shape)}")
        size = shape[-1]
        if not isinstance(size, int):
            raise self.refuse("rows whose length is open")
        return size

    def shape_of(self, *shapes: Shape) -> Shape:
        """The input's."""
        self.size(shapes[0])
        return shapes[0]


OPERATIONS: Final = (Partition,)
