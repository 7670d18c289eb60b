"""What square brackets take of a tensor: ``x[:, 0]``, ``x[..., ::2]``, ``x[:, None]``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import EllipsisType
from typing import ClassVar, Final, TypeAlias, final

from keronyx.converter.layers.base import Role
from keronyx.converter.layers.ops_base import Applied, Rule
from keronyx.converter.layers.promotion import kept
from keronyx.converter.several import as_tuple
from keronyx.converter.tensors import Shape, Size

Key: TypeAlias = int | slice | EllipsisType | None
"""A place, which takes the axis away, places from one to another, all axes left, or a new axis."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Subscript(Applied, abstract=True):
    """``x[key]``, as NumPy has it of places and slices."""

    key: Key | tuple[Key, ...]
    role: ClassVar[Role] = "moves"
    rules: ClassVar[Mapping[str, Rule]] = {"get_item": Rule(kept, takes="all")}

    @property
    def written(self) -> tuple[Key, ...]:
        """The keys as they are written, one alone, too."""
        return as_tuple(self.key)

    def keys(self, rank: int) -> tuple[int | slice | None, ...]:
        """A key for every axis, and None for every new one."""
        every = [*self.written, Ellipsis]
        at = every.index(Ellipsis)
        before, behind = every[:at], every[at + 1 : -1]
        left = rank - sum(each is not None for each in (*before, *behind))
        if left < 0 or Ellipsis in behind:
            raise self.refuse(f"{len(self.written)} keys of {rank} axes")
        return tuple(_no_dots(each) for each in (*before, *[slice(None)] * left, *behind))

    def shape_of(self, *shapes: Shape) -> Shape:
        """The sizes of what is taken; None where an open axis is cut."""
        return tuple(self._sizes(shapes[0]))

    def _sizes(self, shape: Shape) -> Iterator[Size]:
        sizes = iter(shape)
        for key in self.keys(len(shape)):
            if key is None:
                yield 1
            elif isinstance(key, slice):
                yield self._cut(key, next(sizes))
            else:
                self._check(key, next(sizes))

    def _cut(self, key: slice, size: Size) -> Size:
        if key == slice(None) or key == slice(None, None, 1):
            return size
        if key.step == 0:
            raise self.refuse("a slice with step 0")
        return len(range(size)[key]) if isinstance(size, int) else None

    def _check(self, key: int, size: Size) -> None:
        if isinstance(size, int) and not -size <= key < size:
            raise self.refuse(f"place {key} of an axis of size {size}")


def _no_dots(key: Key) -> int | slice | None:
    assert key is not Ellipsis  # noqa: S101 - there is one at most, and it was left out
    return key


OPERATIONS: Final = (Subscript,)
