"""Operations that take numbers by their places, or tell places."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, final

from keronyx.converter.layers.base import Role
from keronyx.converter.layers.ops_base import Applied, InLine, Rule
from keronyx.converter.layers.ops_casts import DTYPES
from keronyx.converter.layers.promotion import counting, kept, tensors
from keronyx.converter.layers.sizes import product, shown
from keronyx.converter.tensors import Shape, Size

MOST_CLASSES: Final = 1_000_000


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Taken(Applied, abstract=True):
    """What is at the places that the second operand tells, along ``axis`` of the first.

    Places count from the end where they are negative. ``take`` puts all of them in the place of
    the axis; ``take_along_axis`` has places of their own for all the others, which broadcast.
    """

    axis: int | None = None
    role: ClassVar[Role] = "moves"
    deciding: ClassVar[slice] = slice(0, 1)
    rules: ClassVar[Mapping[str, Rule]] = dict.fromkeys(
        ("take", "take_along_axis"), Rule(kept, takes="all")
    )

    @property
    def flat(self) -> bool:
        """Whether places are those of all numbers in a row."""
        return self.axis is None

    def place(self, rank: int) -> int:
        """The axis counted from the front."""
        return self.axis_of(self.axis or 0, rank)

    def shape_of(self, *shapes: Shape) -> Shape:
        """The places instead of the axis."""
        x = (product(shapes[0]),) if self.flat else shapes[0]
        at = self.place(len(x))
        if self.function == "take":
            return (*x[:at], *shapes[1], *x[at + 1 :])
        if len(x) != len(shapes[1]):
            raise self.refuse(f"places of shape {shown(shapes[1])} in {shown(x)}")
        others = self.broadcast((*x[:at], 1, *x[at + 1 :]), _without(shapes[1], at))
        return (*others[:at], shapes[1][at], *others[at + 1 :])


def _without(shape: Shape, axis: int) -> Shape:
    return (*shape[:axis], 1, *shape[axis + 1 :])


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Encoded(Applied, abstract=True):
    """A new axis of ``num_classes`` with 1 in the place that a number tells, if it is one of them.

    multi_hot has 1 in every place that is told along the second axis, or the only one.
    """

    num_classes: int
    axis: int = -1
    target: str | None = None
    rules: ClassVar[Mapping[str, Rule]] = dict.fromkeys(
        ("one_hot", "multi_hot"), Rule(kept, takes="numbers")
    )

    @property
    def gives(self) -> str:
        """The dtype of the result."""
        found = self.target or "float32"
        if found not in DTYPES:
            raise self.refuse(f"dtype {found!r}")
        return found

    def infer_dtype(self, *dtypes: str) -> str:
        """As it is told."""
        self.computes_in(*dtypes)
        return self.gives

    def place(self, rank: int) -> int:
        """The new axis, of a tensor with so many."""
        return self.axis_of(self.axis, rank + 1)

    def shape_of(self, *shapes: Shape) -> Shape:
        """With the new axis; multi_hot without the one of its places."""
        (shape,) = shapes
        if not 0 < self.num_classes <= MOST_CLASSES:
            raise self.refuse(f"num_classes={self.num_classes}")
        place = self.place(len(shape))
        hot = (*shape[:place], self.num_classes, *shape[place:])
        if self.function == "one_hot":
            return hot
        gone = self.joined(len(shape))
        return (*hot[:gone], *hot[gone + 1 :])

    def joined(self, rank: int) -> int:
        """The axis over which multi_hot sees every place."""
        return 1 if rank > 1 else 0


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Extreme(InLine, abstract=True):
    """The place of the largest or the smallest along ``axis``, the first of several.

    ``ordered_zeros`` is the version's: whether -0.0 is less than 0.0.
    """

    keepdims: bool = False
    ordered_zeros: bool = True
    rules: ClassVar[Mapping[str, Rule]] = dict.fromkeys(
        ("argmax", "argmin"), Rule(counting, "int32", "booleans")
    )

    def propagates(self) -> bool:
        """NaN has no place in an order."""
        return False

    def shape_of(self, *shapes: Shape) -> Shape:
        """Without the axis, or with size 1 there; of all numbers, one."""
        (shape,) = shapes
        if self.axis is None:
            return (1,) * len(shape) if self.keepdims else ()
        at = self.axis_of(self.axis, len(shape))
        return (*shape[:at], *[1] * self.keepdims, *shape[at + 1 :])


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Sorted(InLine, abstract=True):
    """The numbers along ``axis`` in rising order, or their places; without an axis, in a row."""

    axis: int | None = -1
    rules: ClassVar[Mapping[str, Rule]] = {
        "sort": Rule(kept, takes="booleans"),
        "argsort": Rule(kept, "int32", "booleans"),
    }

    def propagates(self) -> bool:
        """NaN has no place in an order."""
        return False


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Searched(Applied, abstract=True):
    """How many of the sorted numbers are below each value, or with "right" not above it.

    digitize counts those that are not above; its limits are float32.
    """

    side: Literal["left", "right"] = "left"
    rules: ClassVar[Mapping[str, Rule]] = {
        "searchsorted": Rule(tensors, "int32"),
        "digitize": Rule(tensors, "int32"),
    }

    def propagates(self) -> bool:
        """NaN has no place in an order."""
        return False

    def shape_of(self, *shapes: Shape) -> Shape:
        """That of the values."""
        values, limits = shapes if self.function == "digitize" else shapes[::-1]
        if len(limits) != 1:
            raise self.refuse(f"sorted numbers of shape {shown(limits)}")
        return values


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Triangle(Applied, abstract=True):
    """0 above the diagonal (tril) or below it (triu), ``k`` places to the right of the main one."""

    k: int = 0
    rules: ClassVar[Mapping[str, Rule]] = dict.fromkeys(
        ("tril", "triu"), Rule(kept, takes="booleans")
    )

    def shape_of(self, *shapes: Shape) -> Shape:
        """The input's, which has rows and columns."""
        if len(shapes[0]) < 2:
            raise self.refuse(f"{self.function} of shape {shown(shapes[0])}")
        return shapes[0]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Diagonal(Applied, abstract=True):
    """The diagonal of two axes, ``offset`` places to the right, as the last axis."""

    offset: int = 0
    axis1: int = 0
    axis2: int = 1
    role: ClassVar[Role] = "moves"
    rules: ClassVar[Mapping[str, Rule]] = {"diagonal": Rule(kept, takes="all")}

    def plane(self, rank: int) -> tuple[int, int]:
        """The two axes counted from the front."""
        first, second = (self.axis_of(axis, rank) for axis in (self.axis1, self.axis2))
        if first == second:
            raise self.refuse(f"a diagonal of axis {first} alone")
        return first, second

    def count(self, rows: Size, columns: Size) -> int:
        """How many numbers are on it."""
        if not isinstance(rows, int) or not isinstance(columns, int):
            raise self.refuse("a diagonal of axes whose sizes vary")
        return max(0, min(rows, rows + self.offset, columns, columns - self.offset))

    def shape_of(self, *shapes: Shape) -> Shape:
        """The other axes, then the diagonal."""
        (shape,) = shapes
        plane = self.plane(len(shape))
        others = (size for axis, size in enumerate(shape) if axis not in plane)
        return (*others, self.count(*(shape[axis] for axis in plane)))


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class DiagonalMatrix(Applied, abstract=True):
    """A matrix with the numbers of a vector on its diagonal ``k``; diagflat takes any numbers.

    diag of a matrix is the other way around: see ``Diagonal``.
    """

    k: int = 0
    rules: ClassVar[Mapping[str, Rule]] = dict.fromkeys(
        ("diag", "diagflat"), Rule(kept, takes="booleans")
    )

    def takes_matrix(self, rank: int) -> bool:
        """Whether the diagonal of a matrix is wanted."""
        return self.function == "diag" and rank == 2

    @property
    def diagonal(self) -> Diagonal:
        """What is done with a matrix."""
        return Diagonal(name=self.name, dtype=self.dtype, function="diagonal", offset=self.k)

    def shape_of(self, *shapes: Shape) -> Shape:
        """As many rows and columns as are wanted."""
        (shape,) = shapes
        if self.takes_matrix(len(shape)):
            return self.diagonal.shape_of(shape)
        count = product(shape) if shape else 1
        if not isinstance(count, int) or (self.function == "diag" and len(shape) != 1):
            raise self.refuse(f"{self.function} of shape {shown(shape)}")
        return (count + abs(self.k),) * 2


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Window(Applied, abstract=True):
    """A part of ``shape``, from the places that the other operands tell; -1 goes to the end.

    These are one vector, or a number for every axis.
    """

    shape: tuple[int, ...]
    role: ClassVar[Role] = "moves"
    deciding: ClassVar[slice] = slice(0, 1)
    rules: ClassVar[Mapping[str, Rule]] = {"slice": Rule(kept, takes="all")}

    def shape_of(self, *shapes: Shape) -> Shape:
        """As it is told."""
        x, *starts = shapes
        whole = len(self.shape) == len(x)
        one = len(starts) == 1 and len(starts[0]) == 1
        if not whole or not (one or (len(starts) == len(x) and not any(starts))):
            raise self.refuse(f"a part of shape {self.shape} of {shown(x)}")
        return tuple(None if size == -1 else size for size in self.shape)


OPERATIONS: Final = (
    Taken,
    Encoded,
    Extreme,
    Sorted,
    Searched,
    Triangle,
    Diagonal,
    DiagonalMatrix,
    Window,
)
