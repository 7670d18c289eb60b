"""Layers that combine several inputs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, final

from keronyx.converter.layers.base import FLOATS, Argument, Layer, Role
from keronyx.converter.layers.masked import Join, Mask
from keronyx.converter.layers.sizes import broadcast, fits, numbers_in, same
from keronyx.converter.tensors import Shape, Size

JOINS: Final[Mapping[tuple[int, ...], Join]] = {(): "both", (3,): "none", (3, 4): "either"}
"""Keras 3.0 to 3.3 does not see the masks of inputs in a list."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Merging(Layer, abstract=True):
    """Element by element over inputs of broadcastable shapes.

    Keras aligns inputs of different rank behind the batch axis: the missing axes of size 1 go
    right after the batch.
    """

    keeps_dtype: ClassVar[bool] = True
    arity: ClassVar[tuple[int, int | None]] = (1, None)
    mask: ClassVar[Mask] = "joins"
    mask_joins: ClassVar[Mapping[tuple[int, ...], Join]] = JOINS

    def infer_shape(self, *shapes: Shape) -> Shape:
        """Broadcast all shapes."""
        rank = max(map(len, shapes))
        aligned = [
            (*shape[:1], *(1 for _ in range(rank - len(shape))), *shape[1:]) for shape in shapes
        ]
        return tuple(map(self._broadcast, zip(*aligned, strict=True)))

    def _broadcast(self, sizes: Shape) -> Size:
        try:
            return broadcast(sizes)
        except ValueError as error:
            raise self.misfit(f"inputs whose sizes {error} do not broadcast") from None


@final
class Add(Merging):
    """Sum of the inputs."""


@final
class Subtract(Merging):
    """First input minus the second."""

    arity: ClassVar[tuple[int, int | None]] = (2, 2)


class Unmasking(Merging, abstract=True):
    """A merging layer that leaves out masked steps, from Keras 3.4 on.

    A call is given one mask for each input, of all its axes but the last, or none at all.
    """

    mask_since: ClassVar[tuple[int, ...]] = (3, 4)
    arguments: ClassVar[Mapping[str, Argument]] = {"mask": "tensors"}
    accepts_mask: ClassVar[bool] = False


@final
class Multiply(Unmasking):
    """Product of the inputs; those that a mask leaves out are 1, where all are left out it is 0."""


@final
class Average(Merging):
    """Mean of the inputs; of integers, too, it is a float."""

    def infer_dtype(self, *dtypes: str) -> str:
        """The promoted dtype, or the compute dtype for integers.

        Raises for short integers, whose sum overflows in Keras before it is divided.
        """
        dtype = super().infer_dtype(*dtypes)
        if len(dtypes) > 1 and dtype.removeprefix("u") in {"int8", "int16"}:
            raise self.refuse(
                f"called on {dtype} numbers", "their sum may overflow; give the model a float input"
            )
        return dtype if dtype in FLOATS else self.dtype.compute


@final
class Maximum(Unmasking):
    """Largest of the inputs that no mask leaves out; where all are left out, the first one."""


@final
class Minimum(Unmasking):
    """Smallest of the inputs that no mask leaves out; where all are left out, the first one."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Concatenate(Layer):
    """The inputs one behind the other along ``axis``, which counts the batch."""

    axis: int = -1
    keeps_dtype: ClassVar[bool] = True
    role: ClassVar[Role] = "moves"
    arity: ClassVar[tuple[int, int | None]] = (1, None)
    mask: ClassVar[Mask] = "joins"
    mask_joins: ClassVar[Mapping[tuple[int, ...], Join]] = JOINS
    fills_masks: ClassVar[bool] = True

    def mask_axis(self, rank: int) -> int | None:
        """The axis, but for the last one, of which masks know nothing."""
        axis = self.axis_of(self.axis, rank)
        return axis if axis < rank - 1 else None

    def infer_shape(self, *shapes: Shape) -> Shape:
        """Add the sizes along the axis."""
        first = shapes[0]
        axis = self.axis_of(self.axis, len(first))
        if any(len(shape) != len(first) for shape in shapes):
            raise self.misfit(f"inputs of shapes {shapes}")
        rest = list(map(same, zip(*shapes, strict=True)))
        others = (*rest[:axis], None, *rest[axis + 1 :])
        if not all(fits(shape, others) for shape in shapes):
            raise self.misfit(f"inputs of shapes {shapes}")
        return (*rest[:axis], _total([shape[axis] for shape in shapes]), *rest[axis + 1 :])


def _total(sizes: Sequence[Size]) -> Size:
    """Return the sum of sizes, where all are numbers, or the only one."""
    known = numbers_in(sizes)
    if len(known) == len(sizes):
        return sum(known)
    return sizes[0] if len(sizes) == 1 else None


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Dot(Layer):
    """Batch-wise product summed over one axis of each input; axes count the batch.

    ``normalize`` divides each input by its length along its axis, before:
    x / max(sqrt(sum(x²)), minimum_norm). ``minimum_norm`` is no config key but the version's: 1e-6
    before Keras 3, 1e-7 since.
    """

    axes: int | tuple[int, int]
    normalize: bool = False
    minimum_norm: float = 1e-7
    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    mask: ClassVar[Mask] = "stops"

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The first's other axes, then the second's without its batch; at least (batch, 1)."""
        pairs = self.axes if isinstance(self.axes, tuple) else (self.axes, self.axes)
        a, b = (self.axis_of(axis, len(shape)) for axis, shape in zip(pairs, shapes, strict=True))
        x, y = shapes
        if 0 in (a, b) or not fits((x[a],), (y[b],)):
            raise self.misfit(f"axes={self.axes} for inputs of shapes {x} and {y}")
        merged = (*x[:a], *x[a + 1 :], *y[1:b], *y[b + 1 :])
        return merged if len(merged) > 1 else (*merged, 1)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class CosineMerge(Layer):
    """Keras 1's ``Merge(mode="cos")``: dot(a, b) / sqrt(dot(a, a) * dot(b, b)).

    ``dot`` is that of ``Dot(axes)``; the root (not what is under it) is at least 1e-7 where
    ``bounded`` (Keras 1.0.4 and later). An axis of size 1 is inserted behind the batch.
    """

    axes: int | tuple[int, int]
    bounded: bool = True
    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    mask: ClassVar[Mask] = "stops"

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The shape of ``Dot``, with the inserted axis."""
        shape = Dot(name=self.name, axes=self.axes).infer_shape(*shapes)
        return (shape[0], 1, *shape[1:])
