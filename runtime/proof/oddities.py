"""Notice what converts but should be known: weights that are no numbers, and what a user said."""

from collections.abc import Iterator

from keronyx.converter.errors import shorten
from keronyx.converter.layers.expressed import given_texts
from keronyx.converter.layers.nested import with_held
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
            nan, infinite = variable.odd()
            if nan or infinite:
                yield f"{layer.label}: {name} holds {nan} NaN and {infinite} infinities"


def said_by_user(model: Model) -> tuple[str, ...]:
    """Tell every layer and activation that computes what was given for it."""
    found = dict.fromkeys(given_texts(model.layers))
    return tuple(f"{what} computed as {shorten(repr(text), 200)}, as given" for what, text in found)


def not_independent(model: Model) -> tuple[str, ...]:
    """Tell every layer whose two readings are one."""
    return tuple(
        f"{layer.label} has no NumPy reading: its ONNX nodes were compared with themselves"
        for layer in with_held(model.layers)
        if not layer.independent
    )
