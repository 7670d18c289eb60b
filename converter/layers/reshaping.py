"""Layers that move numbers about without changing them."""

import math
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, final

from keronyx.converter.layers.base import Layer, Role
from keronyx.converter.layers.masked import Mask
from keronyx.converter.layers.sizes import product
from keronyx.converter.tensors import Shape, Sizes

OPEN: Final = (None, -1)
"""How a target shape spells the size that follows from the others."""


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
        batch, *rest = shapes[0]
        total, known = product(tuple(rest)), self._known()
        missing = self._missing(total, known) if isinstance(total, int) else None
        return (batch, *(missing if size in OPEN else size for size in self.target_shape))

    def _known(self) -> int:
        """Multiply the sizes that the target says; raises where it leaves more than one open."""
        said = [size for size in self.target_shape if size is not None and size != -1]
        if len(said) < len(self.target_shape) - 1 or min(said, default=0) < 0:
            raise self.refuse(f"target_shape={self.target_shape}")
        return math.prod(said)

    def _missing(self, total: int, known: int) -> int | None:
        """Return the size that is left open, if one is; raises where the numbers do not fit."""
        is_open = any(size in OPEN for size in self.target_shape)
        fits = known and total % known == 0 if is_open else total == known
        if not fits:
            raise self.misfit(f"target_shape={self.target_shape} for {total} numbers a row")
        return total // known if is_open else None


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
