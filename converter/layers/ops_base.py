"""Operations of ``keras.ops`` in a graph: what they are given, and Keras's rules of all of them."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Final, NamedTuple, TypeAlias, TypeVar

from keronyx.converter.errors import Label, label_of
from keronyx.converter.layers.base import FLOATS
from keronyx.converter.layers.operands import Constant, Operand, Slot
from keronyx.converter.layers.operations import Operation
from keronyx.converter.layers.sizes import broadcast, product, shown
from keronyx.converter.several import as_tuple
from keronyx.converter.tensors import Shape, Size

S = TypeVar("S")
T = TypeVar("T")

Axes: TypeAlias = int | tuple[int, ...] | None
"""One axis, several, or all of them."""

UNHELD: Final = ("string", "uint64", "complex64", "complex128")
"""What operations that compute are not done in."""


class Rule(NamedTuple):
    """Of which dtype a function computes, and what it gives where that is another.

    ``takes``: "numbers", "floats", "integers", "booleans" (these among others), or "all".
    """

    computes: Callable[..., str]
    gives: str = ""
    takes: str = "numbers"


@dataclass(frozen=True, kw_only=True, eq=False)
class Applied(Operation, abstract=True):
    """A function of operands, which are tensors and constants of the file.

    Its options are the fields of its class. ``dtype`` is what constants are rounded to, as far as
    the file tells of which dtype the tensors are.
    """

    function: str
    operands: tuple[Operand, ...] = (Slot(0),)
    readings: ClassVar[str] = "ops_moves"
    loose: ClassVar[bool] = True
    rules: ClassVar[Mapping[str, Rule]] = {}
    """The functions of the family, with their rules."""
    deciding: ClassVar[slice] = slice(None)
    """The operands whose dtypes decide in which it is computed; others are places, or truths."""

    @classmethod
    @cache
    def options(cls) -> frozenset[str]:
        """What files say of it by name."""
        return frozenset(cls.config_keys()) - {"function", "operands"}

    @property
    def label(self) -> Label:
        """The operation under its name in the graph."""
        return label_of(self.name, self.function)

    @property
    def rule(self) -> Rule:
        """The rule of its function."""
        return self.rules[self.function]

    def filled(self, given: Sequence[T], made: Callable[[Constant], S]) -> tuple[T | S, ...]:
        """Return the operands that there are, in order: what was given, and of constants ``made``.

        ``given`` is something of every tensor of the call.
        """
        return tuple(
            given[each.index] if isinstance(each, Slot) else made(each)
            for each in self.operands
            if each is not None
        )

    def computes_in(self, *dtypes: str) -> str:
        """Keras's dtype in which the operands are met, for inputs of these dtypes."""
        every = self.filled(dtypes, lambda constant: constant.dtype)[self.deciding]
        try:
            found = self.rule.computes(*every)
        except KeyError:
            listed = " and ".join(dict.fromkeys(every))
            raise self.refuse(f"{self.function} of {listed} numbers") from None
        if not _suits(found, self.rule.takes):
            raise self.refuse(f"{self.function} of {found} numbers")
        return found

    def infer_dtype(self, *dtypes: str) -> str:
        """What the rule of the function gives."""
        found = self.computes_in(*dtypes)
        return self.rule.gives or found

    def infer_shape(self, *shapes: Shape) -> Shape:
        """Shape of the output, constants being counted in."""
        return self.shape_of(*self.filled(shapes, lambda constant: constant.shape))

    @abstractmethod
    def shape_of(self, *shapes: Shape) -> Shape:
        """Shape of the output for operands of these shapes."""

    def places_of(self, axis: Axes, rank: int) -> tuple[int, ...]:
        """Return axes counted from the front, in order: all of them where none is named."""
        if axis is None:
            return tuple(range(rank))
        named = as_tuple(axis)
        return tuple(sorted({self.axis_of(each, rank) for each in named}))

    def broadcast(self, *shapes: Shape) -> Shape:
        """Broadcast shapes as NumPy does, axes aligned at the end."""
        rank = max(map(len, shapes))
        aligned = [(*(1,) * (rank - len(shape)), *shape) for shape in shapes]
        return tuple(self._one_size(sizes, shapes) for sizes in zip(*aligned, strict=True))

    def _one_size(self, sizes: Shape, shapes: Sequence[Shape]) -> Size:
        try:
            return broadcast(sizes)
        except ValueError:
            listed = " and ".join(map(shown, shapes))
            raise self.refuse(f"shapes {listed} do not broadcast") from None


@dataclass(frozen=True, kw_only=True, eq=False)
class InLine(Applied, abstract=True):
    """A function of the numbers in line along ``axis``; without an axis of all, in a row."""

    axis: int | None = None

    @property
    def of_batch(self) -> bool:
        """Whether it goes along the batch."""
        return self.axis in (None, 0)

    def shape_of(self, *shapes: Shape) -> Shape:
        """The input's, or all in a row."""
        (shape,) = shapes
        if self.axis is None:
            return (product(shape),)
        self.axis_of(self.axis, len(shape))
        return shape


def _suits(dtype: str, takes: str) -> bool:
    """Tell whether a function that takes some kind of numbers takes a dtype."""
    if takes == "all":
        return True
    kinds = {
        "floats": dtype in FLOATS,
        "integers": dtype not in (*FLOATS, "bool"),
        "numbers": dtype != "bool",
        "booleans": True,
    }
    return dtype not in UNHELD and kinds[takes]
