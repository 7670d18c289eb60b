"""Single operations, of which the formulas of users are made; files of Keras 3 name a few."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, final

from keronyx.converter.errors import KeronyxError, Label, label_of
from keronyx.converter.layers.base import FLOATS, Layer, Role
from keronyx.converter.layers.masked import Mask
from keronyx.converter.layers.sizes import broadcast, shown
from keronyx.converter.several import picked
from keronyx.converter.tensors import Shape, Size

COMPARISONS: Final = frozenset(
    {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}
)
WHOLE: Final = frozenset(
    {"negative", "absolute", "add", "subtract", "multiply", "maximum", "minimum", "square"}
)
"""What integers know, too, comparisons apart."""

INTEGERS: Final = ("int32", "int64")
CASTS: Final = (*FLOATS, *INTEGERS, "bool")
"""What numbers can be cast to; of floating types only to the one that the layer computes in."""

Operand = float | tuple[Any, ...] | None
TO_FLOAT: Final = "write cast(x, 'float32') around what is to be floating"


@dataclass(frozen=True, kw_only=True, eq=False)
class Operation(Layer, abstract=True):
    """A step of a formula; nothing is cast before it."""

    readings: ClassVar[str] = "expressed"
    autocast: ClassVar[bool] = False
    keeps_dtype: ClassVar[bool] = True
    arity: ClassVar[tuple[int, int | None]] = (1, None)
    mask: ClassVar[Mask] = "stops"

    @property
    def label(self) -> Label:
        """The layer that the formula stands for."""
        return label_of(self.name)

    def misfit(self, what: str) -> KeronyxError:
        """Make the error for shapes that do not suit the operation."""
        return self.refuse(what)

    def behind_batch(self, axis: int, rank: int) -> int:
        """Return an axis counted from the front, or raise where it is the batch or none."""
        found = self.axis_of(axis, rank)
        if found == 0:
            raise self.refuse(f"axis {axis} is the batch", "rows do not know of each other")
        return found

    def infer_dtype(self, *dtypes: str) -> str:
        """The inputs', which are alike."""
        if len(set(dtypes)) > 1:
            raise self.refuse(f"{' and '.join(dict.fromkeys(dtypes))} together", TO_FLOAT)
        return dtypes[0]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Elementwise(Operation, abstract=True):
    """A function of numbers, element by element; shapes broadcast as NumPy's do.

    ``operands`` are its arguments: None for the next input, else a number, or nested numbers that
    broadcast against the last axes. Numbers take the dtype of the inputs.

    floor_divide(a, b) = floor(a / b), remainder has the sign of b, round takes halves to even
    numbers, where(c, a, b) is a where c holds.
    """

    function: str
    operands: tuple[Operand, ...] = (None,)
    loose: ClassVar[bool] = True

    def infer_shape(self, *shapes: Shape) -> Shape:
        """Broadcast inputs and constants."""
        rank = len(shapes[0])
        if any(len(shape) != rank for shape in shapes):
            listed = " and ".join(map(shown, shapes))
            raise self.refuse(f"inputs of shapes {listed}", "expand_dims gives them as many axes")
        every = [*shapes, *self._constants(rank)]
        aligned = [(*(1,) * (rank - len(shape)), *shape) for shape in every]
        return tuple(self._broadcast(sizes, every) for sizes in zip(*aligned, strict=True))

    def _constants(self, rank: int) -> list[Shape]:
        """Return the shapes of constants, none of which has the axis of the batch."""
        shapes = [shape_of_numbers(each) for each in self.operands if each is not None]
        if any(len(shape) > rank or shape[: len(shape) - rank + 1] > (1,) for shape in shapes):
            raise self.refuse("a list with the axis of the batch", "leave that axis out")
        return shapes

    def _broadcast(self, sizes: Shape, shapes: list[Shape]) -> Size:
        try:
            return broadcast(sizes)
        except ValueError:
            listed = " and ".join(shown(shape) for shape in shapes if shape)
            raise self.refuse(f"shapes {listed} do not broadcast") from None

    def infer_dtype(self, *dtypes: str) -> str:
        """Of comparisons bool, else the inputs'."""
        if self.function == "where" and self.operands[0] is None:
            if dtypes[0] != "bool":
                raise self.refuse(f"a condition of {dtypes[0]} numbers", "as in where(x > 0, x, 0)")
            dtypes = dtypes[1:] or (self.dtype.compute,)
        dtype = super().infer_dtype(*dtypes)
        self._check_numbers(dtype)
        return "bool" if self.function in COMPARISONS else dtype

    def _check_numbers(self, dtype: str) -> None:
        if dtype in FLOATS:
            return
        known = self.function in WHOLE | COMPARISONS | {"where"}
        if dtype not in INTEGERS or not known:
            raise self.refuse(f"{self.function} of {dtype} numbers", TO_FLOAT)
        if any(not is_whole(each) for each in self.operands if each is not None):
            raise self.refuse(f"{dtype} numbers and a fraction", TO_FLOAT)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Cast(Operation, abstract=True):
    """The numbers in another dtype; fractions are cut off, and what is not 0 is true.

    Without ``target``, floating numbers are cast to the compute dtype, as Keras casts the inputs
    of a layer.
    """

    target: str | None = None
    role: ClassVar[Role] = "moves"

    def propagates(self) -> bool:
        """Not to integers: what becomes of NaN is the processor's."""
        return self.target not in INTEGERS

    def infer_dtype(self, *dtypes: str) -> str:
        """The target."""
        if "string" in dtypes:
            raise self.refuse("text instead of numbers")
        if self.target is None:
            return self.dtype.compute if dtypes[0] in FLOATS else dtypes[0]
        if self.target in FLOATS and self.target != self.dtype.compute:
            raise self.refuse(f"{self.target} in a layer that computes in {self.dtype.compute}")
        return self.target


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Reduce(Operation, abstract=True):
    """Sum, mean, largest or smallest over ``axes``."""

    function: Literal["sum", "mean", "max", "min"]
    axes: tuple[int, ...]
    keepdims: bool = False

    def places(self, rank: int) -> tuple[int, ...]:
        """The axes counted from the front, in order."""
        found = sorted(self.behind_batch(axis, rank) for axis in self.axes)
        if len(set(found)) < len(found):
            raise self.refuse(f"axes {self.axes} name one twice")
        return tuple(found)

    def infer_shape(self, *shapes: Shape) -> Shape:
        """Without the axes, or with size 1 there."""
        shape = shapes[0]
        places = self.places(len(shape))
        if 0 in picked(shape, places):
            raise self.refuse("an axis of size 0")
        if self.keepdims:
            return tuple(1 if axis in places else size for axis, size in enumerate(shape))
        return tuple(size for axis, size in enumerate(shape) if axis not in places)

    def infer_dtype(self, *dtypes: str) -> str:
        """The input's."""
        if dtypes[0] not in FLOATS:
            raise self.refuse(f"{self.function} of {dtypes[0]} numbers", TO_FLOAT)
        return dtypes[0]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ExpandDims(Operation, abstract=True):
    """Insert an axis of size 1, so that it is at ``axis`` of the result."""

    axis: int
    role: ClassVar[Role] = "moves"

    def place(self, rank: int) -> int:
        """The axis of the result counted from the front."""
        return self.behind_batch(self.axis, rank + 1)

    def infer_shape(self, *shapes: Shape) -> Shape:
        """With one axis more."""
        place = self.place(len(shapes[0]))
        return (*shapes[0][:place], 1, *shapes[0][place:])


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Squeeze(Operation, abstract=True):
    """Remove an axis of size 1."""

    axis: int
    role: ClassVar[Role] = "moves"

    def place(self, rank: int) -> int:
        """The axis counted from the front."""
        return self.behind_batch(self.axis, rank)

    def infer_shape(self, *shapes: Shape) -> Shape:
        """With one axis less."""
        place = self.place(len(shapes[0]))
        if shapes[0][place] != 1:
            raise self.refuse(f"axis {self.axis} of shape {shown(shapes[0])} has not size 1")
        return (*shapes[0][:place], *shapes[0][place + 1 :])


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Slice(Operation, abstract=True):
    """Every ``step``-th element of one axis from ``start`` up to ``stop``, as Python has it."""

    axis: int
    start: int | None = None
    stop: int | None = None
    step: int = 1
    role: ClassVar[Role] = "moves"

    def place(self, rank: int) -> int:
        """The axis counted from the front."""
        return self.behind_batch(self.axis, rank)

    def bounds(self, size: Size) -> tuple[int, int]:
        """First element, and how many, of an axis of this size."""
        if not isinstance(size, int):
            raise self.refuse(f"a part of axis {self.axis}, whose size varies")
        taken = range(size)[self.start : self.stop : self.step]
        if not taken:
            raise self.refuse(f"nothing is left of axis {self.axis} of size {size}")
        return taken[0], len(taken)

    def infer_shape(self, *shapes: Shape) -> Shape:
        """With fewer elements on the axis."""
        place = self.place(len(shapes[0]))
        _, count = self.bounds(shapes[0][place])
        return (*shapes[0][:place], count, *shapes[0][place + 1 :])


OPERATIONS: Final = (Elementwise, Cast, Reduce, ExpandDims, Squeeze, Slice)


def shape_of_numbers(numbers: Operand) -> Shape:
    """Return the shape of nested numbers."""
    if not isinstance(numbers, tuple):
        return ()
    return (len(numbers), *shape_of_numbers(numbers[0]))


def is_whole(numbers: Any) -> bool:
    """Tell whether nested numbers are all integers."""
    if isinstance(numbers, tuple):
        return all(map(is_whole, numbers))
    return isinstance(numbers, int) and abs(numbers) < 2**31
