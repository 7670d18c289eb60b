"""Where windows begin and end on Theano, in numbers that no size of the input changes."""

from keronyx.converter.layers.convolutional import Sliding
from keronyx.converter.layers.pooling import Pooling


def pads_on_theano(layer: Sliding | Pooling, reach: int) -> tuple[int, int]:
    """Return how much is put before and behind an axis along which windows reach so far.

    Of same, what is behind need not be reached by the last window: reach - 1 places in all leave
    room for as many windows as Theano keeps.
    """
    if layer.padding == "full":
        return (reach - 1, reach - 1)
    if isinstance(layer, Pooling):
        before = reach - 2 if reach > 2 and reach % 2 else reach - 1
    else:
        before = reach // 2
    return (before, reach - 1 - before)
