"""What masks are made of: operations on booleans, which files of Keras 3 write between layers."""

from dataclasses import dataclass
from typing import ClassVar, Final, Literal, final

from keronyx.converter.layers.base import Role
from keronyx.converter.layers.operations import Operation
from keronyx.converter.layers.sizes import broadcast, shown
from keronyx.converter.several import without
from keronyx.converter.tensors import Shape, Size, Sizes


@dataclass(frozen=True, kw_only=True, eq=False)
class Boolean(Operation, abstract=True):
    """An operation that gives booleans."""

    loose: ClassVar[bool] = True

    def propagates(self) -> bool:
        """Whether both readings make the same of NaN: it is another number than all."""
        return True

    def require_booleans(self, *dtypes: str) -> None:
        """Raise for what is no truth; Keras takes numbers that are not 0 for true."""
        other = without(dtypes, ["bool"])
        if other:
            raise self.refuse(f"a truth of {other[0]} numbers", "cast them to bool, or compare")

    def infer_dtype(self, *dtypes: str) -> str:
        """Booleans, of booleans."""
        self.require_booleans(*dtypes)
        return "bool"


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Logic(Boolean, abstract=True):
    """Whether both hold, either does, or the one does not; shapes broadcast as NumPy's do."""

    function: Literal["and", "or", "not"]

    def infer_shape(self, *shapes: Shape) -> Shape:
        """Broadcast the inputs, axes aligned at the end."""
        rank = max(map(len, shapes))
        aligned = [(*(1,) * (rank - len(shape)), *shape) for shape in shapes]
        return tuple(self._broadcast(sizes, shapes) for sizes in zip(*aligned, strict=True))

    def _broadcast(self, sizes: Shape, shapes: tuple[Shape, ...]) -> Size:
        try:
            return broadcast(sizes)
        except ValueError:
            raise self.misfit(f"shapes {' and '.join(map(shown, shapes))}") from None


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Holds(Boolean, abstract=True):
    """Whether any of the booleans along the axes holds, or every one."""

    function: Literal["any", "all"]
    axes: tuple[int, ...]
    keepdims: bool = False

    def places(self, rank: int) -> tuple[int, ...]:
        """The axes counted from the front, in order."""
        return tuple(sorted(self.behind_batch(axis, rank) for axis in self.axes))

    def infer_shape(self, *shapes: Shape) -> Shape:
        """Without the axes, or with size 1 there."""
        places = self.places(len(shapes[0]))
        sizes = (1 if axis in places else size for axis, size in enumerate(shapes[0]))
        return tuple(size for axis, size in enumerate(sizes) if self.keepdims or axis not in places)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Filled(Boolean, abstract=True):
    """One truth in the shape of the input, whatever that holds."""

    value: bool

    def infer_dtype(self, *_dtypes: str) -> str:
        """Booleans, of anything."""
        return "bool"


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Spread(Boolean, abstract=True):
    """The input broadcast to ``shape``, whose open sizes are the input's own."""

    shape: Sizes
    role: ClassVar[Role] = "moves"

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The shape, if the input's suits it."""
        (given,) = shapes
        if len(given) != len(self.shape):
            raise self.misfit(f"shape {shown(given)} to {shown(self.shape)}")
        return tuple(map(self._size, given, self.shape))

    def _size(self, given: Size, wanted: int | None) -> Size:
        if wanted is None or given == wanted:
            return given
        if given != 1:
            raise self.misfit(f"size {given} to {wanted}")
        return wanted


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Joined(Boolean, abstract=True):
    """Booleans one behind the other along an axis, which counts the batch."""

    axis: int = -1
    role: ClassVar[Role] = "moves"

    def infer_shape(self, *shapes: Shape) -> Shape:
        """Add the sizes along the axis; None where one is open."""
        place = self.behind_batch(self.axis, len(shapes[0]))
        rests = {(*shape[:place], *shape[place + 1 :]) for shape in shapes}
        if len(rests) > 1:
            raise self.misfit(f"shapes {' and '.join(map(shown, shapes))}")
        known = [size for shape in shapes if isinstance(size := shape[place], int)]
        total = sum(known) if len(known) == len(shapes) else None
        return (*shapes[0][:place], total, *shapes[0][place + 1 :])


OPERATIONS: Final = (Logic, Holds, Filled, Spread, Joined)
