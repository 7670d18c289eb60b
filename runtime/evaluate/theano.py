"""Where Theano puts windows, worked out for the sizes at hand."""

from collections.abc import Sequence

from keronyx.converter.layers.convolutional import Sliding
from keronyx.converter.layers.pooling import Pooling


def padding_on_theano(
    layer: Sliding | Pooling, sizes: Sequence[int], covers: Sequence[int], strides: Sequence[int]
) -> list[tuple[int, int]]:
    """Return how much is put before and behind each axis of space.

    Convolutions: half of the window, rounded down, and full: all of it but one place. Pooling:
    all but one place, one less for odd windows of three and more. The windows of same are
    ceil(size / stride), and behind is as much as the last one sticks out.
    """
    found = []
    for size, cover, stride in zip(sizes, covers, strides, strict=True):
        if layer.padding == "full":
            found.append((cover - 1, cover - 1))
            continue
        before = _before(layer, cover)
        last = (-(-size // stride) - 1) * stride - before
        found.append((before, max(last + cover - size, 0)))
    return found


def _before(layer: Sliding | Pooling, cover: int) -> int:
    if isinstance(layer, Sliding):
        return cover // 2
    return cover - 2 if cover % 2 == 1 and cover > 2 else cover - 1
