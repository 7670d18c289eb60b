"""Recorded layers whose sizes are not known beforehand, where a layer takes that."""

from collections.abc import Mapping
from dataclasses import replace

from layer_case import Case, build, single

from keronyx.converter.emit import serialize
from keronyx.converter.errors import KeronyxError
from keronyx.converter.model import Model
from keronyx.converter.tensors import Array

# There the description cannot know that the last size is 1, and the slots get an axis.
NEEDS_LAST = {"category_encoding_one_hot_column"}


def unknown_but(case: Case, kept: int, numbers: Mapping[str, Array]) -> Model | None:
    """Return the case with only the last ``kept`` sizes known, where the layer takes that.

    Below 0, so many of the first behind the batch.
    """
    if not kept and case.name in NEEDS_LAST:
        return None
    known = build(case, numbers)
    entrances = {
        name: replace(tensor, shape=(None, *vague(tensor.sizes[1:], kept)))
        for name, tensor in known.inputs.items()
    }
    try:
        model = single(known.connections[0].layer, entrances)
        serialize(model)
    except KeronyxError:
        return None
    return model


def vague(sizes: tuple[int | None, ...], kept: int) -> tuple[int | None, ...]:
    known = range(-kept) if kept < 0 else range(len(sizes) - kept, len(sizes))
    return tuple(size if axis in known else None for axis, size in enumerate(sizes))
