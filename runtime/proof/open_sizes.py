"""Sizes for the axes that a model leaves open: those at which its layers go together.

A net that halves an image several times and doubles it again takes multiples of some size only.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Final

from keronyx.converter.errors import KeronyxError
from keronyx.converter.model import Connection, Model
from keronyx.converter.several import picked
from keronyx.converter.tensors import KerasTensor

SIZES: Final = (6, 3, 9)
"""One for each draw, where they fit."""

FURTHER: Final = (8, 12, 16, 24, 32, 48, 64, 96, 128, 160, 192, 224, 256, 299, 320, 384, 512)


def open_sizes(model: Model) -> tuple[int, ...]:
    """Return one size for each draw; the first ones to be tried where none fits."""
    if not any(None in tensor.sizes[1:] for tensor in model.inputs.values()):
        return SIZES
    found = tuple(islice(_fitting(model), len(SIZES)))
    return found or SIZES


def _fitting(model: Model) -> Iterator[int]:
    return (size for size in (*SIZES, *FURTHER) if _fits(model, size))


def _fits(model: Model, size: int) -> bool:
    """Tell whether all layers take what comes to them when open axes have this size."""
    known = {tensor: _sized(tensor, size) for tensor in model.inputs.values()}
    calls = (call for call in model.connections if call.inputs or not call.layer.is_input)
    try:
        for call in calls:
            known |= _results(call, known)
    except KeronyxError:
        return False
    return True


def _results(
    call: Connection, known: Mapping[KerasTensor, KerasTensor]
) -> dict[KerasTensor, KerasTensor]:
    """Return what comes out of a call, in the shape that follows from those of its inputs."""
    inputs = list(picked(known, call.inputs))
    made = call.layer.results(*inputs, **call.filled(known.__getitem__))
    return {
        tensor: replace(tensor, shape=shape, mask=None)
        for tensor, (shape, _) in zip(call.outputs, made, strict=True)
    }


def _sized(tensor: KerasTensor, size: int) -> KerasTensor:
    sizes = tuple(size if each is None else each for each in tensor.sizes[1:])
    return replace(tensor, shape=(*tensor.shape[:1], *sizes), mask=None)
