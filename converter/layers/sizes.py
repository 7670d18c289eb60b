"""Sizes and shapes of tensors: whether they fit, and what comes of several."""

import math
from collections.abc import Iterable

from keronyx.converter.tensors import Shape, Size


def behind(axis: int | tuple[int, ...], rank: int) -> bool:
    """Tell whether axes are counted from the end, and none is the batch."""
    axes = axis if isinstance(axis, tuple) else (axis,)
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


def product(sizes: Shape) -> Size:
    """Multiply sizes; None when one is no number, but for a single one."""
    numbers = [size for size in sizes if isinstance(size, int)]
    others = [size for size in sizes if not isinstance(size, int)]
    total = math.prod(numbers)
    if not others:
        return total
    return others[0] if len(others) == 1 and total == 1 else None


def same(sizes: Iterable[Size]) -> Size:
    """Return the one size that these are: a number where there is one, else the first name."""
    every = list(sizes)
    numbers = (size for size in every if isinstance(size, int))
    return next(numbers, next((size for size in every if size is not None), None))


def broadcast(sizes: Iterable[Size]) -> Size:
    """Return the size that sizes of 1 stretch to; raises ValueError where two numbers differ."""
    others = {size for size in sizes if size != 1}
    numbers = {size for size in others if isinstance(size, int)}
    if len(numbers) > 1:
        raise ValueError(", ".join(map(str, sorted(numbers))))
    if numbers:
        return numbers.pop()
    return others.pop() if len(others) == 1 else None if others else 1
