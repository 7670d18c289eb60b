"""Operations that put numbers where indices say: segments, updates, counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, final

from keronyx.converter.layers.base import FLOATS
from keronyx.converter.layers.ops_base import Applied, Rule
from keronyx.converter.layers.promotion import LARGEST
from keronyx.converter.layers.sizes import fits, shown
from keronyx.converter.tensors import Shape


def of_first(first: str, *_others: str) -> str:
    """Return the dtype of the first operand alone, the others being indices."""
    return first


def of_last(first: str, *others: str) -> str:
    """Return the dtype of the numbers, which stand first and last."""
    if others[-1] != first:
        raise KeyError(first)
    return first


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Segments(Applied, abstract=True):
    """Sums, products, or extremes of rows that have the same number in the second operand.

    There are ``num_segments``, or as many as the largest number says. A row whose number is below 0
    is in none. ``sorted`` says that the numbers rise.
    """

    num_segments: int | None = None
    sorted: bool = False
    rules: ClassVar[Mapping[str, Rule]] = dict.fromkeys(
        ("segment_sum", "segment_prod", "segment_max", "segment_min"), Rule(of_first)
    )

    def propagates(self) -> bool:
        """Not through extremes, of which NaN is none."""
        return self.function in {"segment_sum", "segment_prod"}

    def empty(self, dtype: str) -> float:
        """What a segment has in which nothing is, for numbers of a dtype."""
        plain = {"segment_sum": 0, "segment_prod": 1}
        if self.function in plain or self.sorted:
            return plain.get(self.function, 0)
        least, most = limits(self.dtype.compute if dtype in FLOATS else dtype)
        return least if self.function == "segment_max" else most

    def shape_of(self, *shapes: Shape) -> Shape:
        """A row for each segment."""
        data, numbers = shapes
        if len(numbers) != 1 or not fits(data[:1], numbers):
            raise self.refuse(f"segments {shown(numbers)} of {shown(data)}")
        if self.sorted and self.num_segments is not None:
            raise self.refuse("num_segments with sorted=True", "TensorFlow takes no such call")
        return (self.num_segments, *data[1:])


def limits(dtype: str) -> tuple[float, float]:
    """Return the least and the largest number of a dtype."""
    if dtype in FLOATS:
        return -LARGEST[dtype], LARGEST[dtype]
    bits = int(dtype.lstrip("uint"))
    most = 2**bits - 1 if dtype.startswith("u") else 2 ** (bits - 1) - 1
    return most - 2**bits + 1, most


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ScatterUpdate(Applied, abstract=True):
    """The first operand with the rows of the third where the second says, or met with them there.

    The last axis of the indices counts along the first axes.
    """

    reduction: Literal["add", "max", "min", "mul"] | None = None
    rules: ClassVar[Mapping[str, Rule]] = {"scatter_update": Rule(of_last)}

    def propagates(self) -> bool:
        """Not through extremes, of which NaN is none."""
        return self.reduction not in {"max", "min"}

    def depth(self, indices: Shape) -> int:
        """Along how many axes the indices count."""
        found = indices[-1] if indices else None
        if not isinstance(found, int):
            raise self.refuse(f"indices of shape {shown(indices)}")
        return found

    def shape_of(self, *shapes: Shape) -> Shape:
        """The first operand's."""
        whole, indices, updates = shapes
        depth = self.depth(indices)
        if depth > len(whole) or not fits(updates, (*indices[:-1], *whole[depth:])):
            raise self.refuse(f"updates {shown(updates)} at {shown(indices)} of {shown(whole)}")
        return whole


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class SliceUpdate(Applied, abstract=True):
    """The first operand with the third in it, from the places on that the second has.

    They are moved back where it would not fit in.
    """

    rules: ClassVar[Mapping[str, Rule]] = {"slice_update": Rule(of_last, takes="booleans")}

    def partial(self, whole: Shape, part: Shape) -> tuple[int, ...]:
        """The axes along which the part is not all."""
        pairs = enumerate(zip(whole, part, strict=True))
        return tuple(
            axis for axis, (all_of, size) in pairs if isinstance(size, int) and size != all_of
        )

    def shape_of(self, *shapes: Shape) -> Shape:
        """The first operand's."""
        whole, starts, part = shapes
        if len(part) != len(whole) or not fits(starts, (len(whole),)):
            raise self.refuse(f"{shown(part)} in {shown(whole)}")
        for size, of in zip(part, whole, strict=True):
            if isinstance(size, int) and isinstance(of, int) and size > of:
                raise self.refuse(f"{shown(part)} in {shown(whole)}")
            if isinstance(of, int) and not isinstance(size, int):
                raise self.refuse(f"a part whose size is open, {shown(part)} in {shown(whole)}")
        return whole


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Bincount(Applied, abstract=True):
    """How often each number from 0 on is in the last axis, up to the largest of all.

    There are ``minlength`` counts at least. ``weights`` are not taken.
    """

    minlength: int = 0
    weights: None = None
    sparse: bool = False
    rules: ClassVar[Mapping[str, Rule]] = {"bincount": Rule(of_first, "int32", "integers")}

    def shape_of(self, *shapes: Shape) -> Shape:
        """(..., counts), of which the numbers tell how many."""
        (shape,) = shapes
        if self.sparse:
            raise self.refuse("sparse=True", "ONNX has no sparse tensors")
        if len(shape) not in (1, 2):
            raise self.refuse(f"numbers of shape {shown(shape)}")
        return (*shape[:-1], None)


OPERATIONS: Final = (Segments, ScatterUpdate, SliceUpdate, Bincount)
