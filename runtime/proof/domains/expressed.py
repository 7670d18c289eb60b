"""What formulas of users take: numbers that a line brings near 0."""

from collections.abc import Iterable, Iterator

import numpy as np

from keronyx.converter.layers.base import FLOATS
from keronyx.converter.layers.expressed import Lambda, Replaced
from keronyx.converter.tensors import Array, KerasTensor
from keronyx.runtime.evaluate.model import prepare_layer
from keronyx.runtime.evaluate.precision import Numbers
from keronyx.runtime.proof.domains.base import Domain, around, domain_of


@domain_of.register(Lambda)
@domain_of.register(Replaced)
def _replaced(layer: Replaced, tensor: KerasTensor) -> Domain | None:
    """Return the numbers that a formula brings near 0, where it is a line: ``x / 127.5 - 1``."""
    if layer.inputs != 1 or tensor.dtype not in FLOATS:
        return None
    row = np.ones((1, *(size or 1 for size in tensor.sizes[1:])))
    low, high, far = _results(layer, (0 * row, row, -3 * row))
    slope = high - low
    if slope.shape != row.shape or not _is_line(low, slope, far):
        return None
    return around(-low[0] / slope[0], 1 / np.abs(slope[0]))


def _results(layer: Replaced, rows: Iterable[Array]) -> Iterator[Array]:
    step = prepare_layer(layer, Numbers(layer.dtype, "float64"))
    with np.errstate(all="ignore"):
        yield from (step(row).astype(float) for row in rows)


def _is_line(low: Array, slope: Array, far: Array) -> bool:
    """Tell whether what comes of 0, of 1 and of -3 lies on lines, none of which is level."""
    return np.allclose(far, low - 3 * slope) and bool(np.all(slope))
