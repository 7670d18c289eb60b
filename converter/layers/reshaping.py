"""Layers that move numbers about without changing them."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, final

from keronyx.converter.layers.base import Layer, Mask, Role, product
from keronyx.converter.tensors import Shape, Sizes


@dataclass(frozen=True, kw_only=True, eq=False)
class Reshaping(Layer, abstract=True):
    """A layer that keeps the dtype; Keras drops the mask."""

    keeps_dtype: ClassVar[bool] = True
    mask: ClassVar[Mask] = "stops"
    role: ClassVar[Role] = "moves"


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Flatten(Reshaping):
    """(batch, ...) to (batch, product); channels_first moves axis 1 to the end before."""

    data_format: Literal["channels_last", "channels_first"] = "channels_last"

    def infer_shape(self, *shapes: Shape) -> Shape:
        """(batch,) becomes (batch, 1)."""
        return (shapes[0][0], product(shapes[0][1:]))


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Reshape(Reshaping):
    """(batch, ...) to (batch, *target_shape), where one size may be -1."""

    target_shape: Sizes

    def infer_shape(self, *shapes: Shape) -> Shape:
        """Fill in -1 (or None) from the sizes that are known."""
        target = tuple(-1 if size is None else size for size in self.target_shape)
        if target.count(-1) > 1 or any(size < -1 for size in target):
            raise self.refuse(f"target_shape={self.target_shape}")
        total, known = product(shapes[0][1:]), math.prod(size for size in target if size != -1)
        if not isinstance(total, int):
            return (shapes[0][0], *(None if size == -1 else size for size in target))
        if (-1 in target and (not known or total % known)) or (-1 not in target and total != known):
            raise self.misfit(f"target_shape={self.target_shape} for {total} numbers a row")
        return (shapes[0][0], *(total // known if size == -1 else size for size in target))


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Permute(Reshaping):
    """Reorder the axes behind the batch; ``dims`` count from 1."""

    dims: tuple[int, ...]

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The same sizes in another order."""
        shape = shapes[0]
        if sorted(self.dims) != list(range(1, len(shape))):
            raise self.refuse(f"dims={self.dims} for an input with {len(shape)} axes")
        return (shape[0], *(shape[axis] for axis in self.dims))


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class RepeatVector(Reshaping):
    """(batch, features) to (batch, n, features)."""

    n: int

    def infer_shape(self, *shapes: Shape) -> Shape:
        """Insert an axis of size n."""
        if len(shapes[0]) != 2:
            raise self.misfit(f"an input with {len(shapes[0])} axes, RepeatVector takes two")
        return (shapes[0][0], self.n, shapes[0][1])
