"""Sizes and shapes of tensors: whether they fit, and what comes of several."""

import math
from collections.abc import Iterable

from keronyx.converter.several import as_tuple, present, without
from keronyx.converter.tensors import Shape, Size


def behind(axis: int | tuple[int, ...], rank: int) -> bool:
    """Tell whether axes are counted from the end, and none is the batch."""
    axes = as_tuple(axis)
    return all(-rank < each < 0 for each in axes)


def fits(shape: Shape, expected: Shape) -> bool:
    """Tell whether two shapes agree wherever both are numbers."""
    return len(shape) == len(expected) and all(
        a == b or not (isinstance(a, int) and isinstance(b, int))
        for a, b in zip(shape, expected, strict=True)
    )


def shown(shape: Shape) -> str:
    """Spell a shape with ? for what varies."""
    inner = ", ".join(str(size) if isinstance(size, int) else "?" for size in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"


def numbers_in(sizes: Iterable[Size]) -> list[int]:
    """Return the sizes that are numbers."""
    return [size for size in sizes if isinstance(size, int)]


def is_empty(sizes: Shape) -> bool:
    """Tell a space without places."""
    return any(size < 1 for size in numbers_in(sizes))


def product(sizes: Shape) -> Size:
    """Multiply sizes; None when one is no number, but for a single one."""
    others = [size for size in sizes if not isinstance(size, int)]
    total = math.prod(numbers_in(sizes))
    if not others:
        return total
    return others[0] if len(others) == 1 and total == 1 else None


def same(sizes: Iterable[Size]) -> Size:
    """Return the one size that these are: a number where there is one, else the first name."""
    told: list[int | str] = present(sizes)
    return next(iter((*numbers_in(told), *told)), None)


def broadcast(sizes: Iterable[Size]) -> Size:
    """Return the size that sizes of 1 stretch to; raises ValueError where two numbers differ."""
    others = set(without(sizes, [1]))
    numbers = sorted(numbers_in(others))
    if len(numbers) > 1:
        raise ValueError(", ".join(map(str, numbers)))
    if len(others) > 1 and not numbers:
        return None
    return next(iter((*numbers, *others)), 1)
