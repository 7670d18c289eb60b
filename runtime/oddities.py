"""Notice weights that are no numbers: they convert, but hardly anybody wants them."""

from collections.abc import Iterator

import numpy as np

from keronyx.converter.model import Model

LISTED = 3


def odd_weights(model: Model) -> tuple[str, ...]:
    """Return a warning for each variable that holds NaN or infinities; after a few, their count."""
    found = list(_odd(model))
    if len(found) <= LISTED:
        return tuple(found)
    return (*found[:LISTED], f"{len(found) - LISTED} more variables hold NaN or infinities")


def _odd(model: Model) -> Iterator[str]:
    for layer in model.layers:
        for name, variable in layer.variables().items():
            array = variable.load()
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                nan = int(np.isnan(array).sum())
                infinite = int(np.isinf(array).sum())
                yield f"{layer.label}: {name} holds {nan} NaN and {infinite} infinities"
