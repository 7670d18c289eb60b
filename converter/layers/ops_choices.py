"""Operations that choose: the largest numbers, the first that holds, what is among others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, final

from keronyx.converter.layers.base import FLOATS, Spec
from keronyx.converter.layers.ops_base import Applied, Rule
from keronyx.converter.layers.promotion import kept, tensors
from keronyx.converter.layers.sizes import fits, shown
from keronyx.converter.tensors import KerasTensor, Shape


def of_first(first: str, *_others: str) -> str:
    """Return the dtype of the first operand alone."""
    return first


def of_last(*dtypes: str) -> str:
    """Return the dtype of the last operand alone."""
    return dtypes[-1]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class TopK(Applied, abstract=True):
    """The ``k`` largest numbers of the last axis, the largest first, and their places.

    Of equal ones those in front come first.
    """

    k: int
    sorted: bool = True
    rules: ClassVar[Mapping[str, Rule]] = {"top_k": Rule(kept)}

    def propagates(self) -> bool:
        """No: with NaN the backends of Keras part."""
        return False

    def shape_of(self, *shapes: Shape) -> Shape:
        """With a last axis of k places."""
        (shape,) = shapes
        if not shape or self.k < 1 or (isinstance(shape[-1], int) and shape[-1] < self.k):
            raise self.refuse(f"the {self.k} largest of shape {shown(shape)}")
        if not self.sorted and self.k > 1:
            raise self.refuse("sorted=False", "in which order the numbers come no backend tells")
        return (*shape[:-1], self.k)

    def results(self, *inputs: KerasTensor, **_arguments: object) -> tuple[Spec, ...]:
        """The numbers and their places."""
        (tensor,) = inputs
        shape = self.infer_shape(tensor.shape)
        return Spec(shape, self.infer_dtype(tensor.dtype)), Spec(shape, "int32")


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class InTopK(Applied, abstract=True):
    """Whether fewer than ``k`` numbers of a row are larger than the one at the row's target.

    Not where a number of the row is infinite or NaN, nor where the target is no place of it.
    """

    k: int
    rules: ClassVar[Mapping[str, Rule]] = {"in_top_k": Rule(of_last, "bool", "floats")}

    def shape_of(self, *shapes: Shape) -> Shape:
        """One for each row."""
        targets, rows = shapes
        if len(rows) != 2 or not fits(targets, rows[:1]):
            raise self.refuse(f"targets {shown(targets)} in {shown(rows)}")
        return targets


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class IsIn(Applied, abstract=True):
    """Whether each number of the first operand is one of the second; ``invert`` turns it around."""

    assume_unique: bool = False
    invert: bool = False
    rules: ClassVar[Mapping[str, Rule]] = {"isin": Rule(tensors, "bool", "booleans")}

    def shape_of(self, *shapes: Shape) -> Shape:
        """The first operand's."""
        if 0 in shapes[1]:
            raise self.refuse("numbers among none")
        return shapes[0]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Select(Applied, abstract=True):
    """The number of the first choice whose condition holds; the last operand where none does.

    The first half of the operands are conditions, the second choices.
    """

    rules: ClassVar[Mapping[str, Rule]] = {"select": Rule(tensors, takes="booleans")}

    @property
    def count(self) -> int:
        """How many conditions there are."""
        return len(self.operands) // 2

    def computes_in(self, *dtypes: str) -> str:
        """The promoted dtype of the choices."""
        every = self.filled(dtypes, lambda constant: constant.dtype)
        if {*every[: self.count]} != {"bool"}:
            raise self.refuse(f"conditions of {' and '.join(every[: self.count])} numbers")
        return self.rule.computes(*every[self.count :])

    def results(self, *inputs: KerasTensor, **arguments: object) -> tuple[Spec, ...]:
        """One output; choices of several dtypes are refused, which Keras promotes as NumPy does."""
        (spec,) = super().results(*inputs, **arguments)
        every = self.filled([each.dtype for each in inputs], lambda constant: constant.dtype)
        others = {*every[self.count :]} - {"int", spec.dtype}
        if others - ({"float"} if spec.dtype in FLOATS else set()):
            raise self.refuse(f"choices of {' and '.join(every[self.count :])} numbers")
        return (spec,)

    def shape_of(self, *shapes: Shape) -> Shape:
        """All broadcast."""
        if len(shapes) != 2 * self.count + 1:
            raise self.refuse(f"{len(shapes)} conditions and choices")
        return self.broadcast(*shapes)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class UnravelIndex(Applied, abstract=True):
    """Where the numbers, which count places of ``shape``, are along each axis.

    A vector of them counts row by row. All else Keras counts column by column, though the first
    size goes to the last output.
    """

    shape: tuple[int, ...]
    rules: ClassVar[Mapping[str, Rule]] = {"unravel_index": Rule(kept, takes="integers")}

    def divisors(self, rank: int) -> tuple[int, ...]:
        """The sizes by which it is divided one after the other, the last output's first."""
        return tuple(reversed(self.shape)) if rank == 1 else self.shape

    def shape_of(self, *shapes: Shape) -> Shape:
        """The input's."""
        if min(self.shape, default=0) < 1:
            raise self.refuse(f"shape {self.shape}")
        return shapes[0]

    def results(self, *inputs: KerasTensor, **_arguments: object) -> tuple[Spec, ...]:
        """Places along each axis."""
        (tensor,) = inputs
        shape, dtype = self.infer_shape(tensor.shape), self.infer_dtype(tensor.dtype)
        return (Spec(shape, dtype),) * len(self.shape)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Sequences(Applied, abstract=True):
    """Runs of ``sequence_length`` numbers of the last axis, ``sequence_stride`` apart."""

    sequence_length: int
    sequence_stride: int
    rules: ClassVar[Mapping[str, Rule]] = {"extract_sequences": Rule(kept, takes="booleans")}

    def count(self, shape: Shape) -> int:
        """How many runs fit in."""
        size = shape[-1] if shape else None
        if not isinstance(size, int):
            raise self.refuse(f"runs of a last axis that is open, of shape {shown(shape)}")
        if not 1 <= self.sequence_length <= size or self.sequence_stride < 1:
            raise self.refuse(f"runs of {self.sequence_length} of {size} numbers")
        return 1 + (size - self.sequence_length) // self.sequence_stride

    def shape_of(self, *shapes: Shape) -> Shape:
        """(..., runs, their length)."""
        (shape,) = shapes
        return (*shape[:-1], self.count(shape), self.sequence_length)


OPERATIONS: Final = (TopK, InTopK, IsIn, Select, UnravelIndex, Sequences)
