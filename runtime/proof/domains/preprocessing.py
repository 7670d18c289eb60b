"""What layers in front of a net take: tokens, numbers around the statistics that they hold."""

from collections.abc import Sequence
from itertools import count, islice
from typing import Any

import numpy as np

from keronyx.converter.layers.preprocessing import (
    CategoryEncoding,
    Discretization,
    IntegerLookup,
    Normalization,
    Rescaling,
    StringLookup,
)
from keronyx.converter.tensors import KerasTensor
from keronyx.runtime.proof.domains.base import (
    UNKNOWN,
    Choice,
    Domain,
    along,
    around,
    domain_of,
    ids_of,
)


@domain_of.register
def _category_encoding(layer: CategoryEncoding, _tensor: KerasTensor) -> Domain:
    return Choice(range(layer.num_tokens))


@domain_of.register
def _integer_lookup(layer: IntegerLookup, _tensor: KerasTensor) -> Domain | None:
    known = {*layer.vocabulary, layer.mask_token}
    # Several ids for unknown ones are told by the modulus, which is another one below 0.
    first, most = (0, 2) if layer.num_oov_indices < 2 else (-4, 9)
    return _tokens(
        layer, list(islice((number for number in count(first) if number not in known), most))
    )


@domain_of.register
def _string_lookup(layer: StringLookup, _tensor: KerasTensor) -> Domain | None:
    return _tokens(layer, sorted(set(UNKNOWN) - set(layer.vocabulary)))


def _tokens(layer: StringLookup | IntegerLookup, unknown: Sequence[Any]) -> Domain | None:
    """Return tokens, unknown ones only where they have an index; ids where it is inverted."""
    if layer.invert:
        return Choice(range(layer.depth))
    special = [] if layer.mask_token is None else [layer.mask_token]
    tokens = [*special, *layer.vocabulary, *(unknown if layer.num_oov_indices else ())]
    return Choice(tokens) if tokens else None


@domain_of.register
def _discretization(layer: Discretization, _tensor: KerasTensor) -> Domain | None:
    if not layer.bin_boundaries:
        return None
    low, high = layer.bin_boundaries[0], layer.bin_boundaries[-1]
    return around((low + high) / 2, (high - low) / 2)


@domain_of.register
def _rescaling(layer: Rescaling, _tensor: KerasTensor) -> Domain:
    scale, offset = np.asarray(layer.scale, float), np.asarray(layer.offset, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return around(-offset / scale, 1 / np.abs(scale))


@domain_of.register
def _normalization(layer: Normalization, tensor: KerasTensor) -> Domain | None:
    if layer.invert:
        return None
    mean = layer.input_mean if layer.mean is None else along(layer.axis, layer.mean, tensor)
    variance = (
        layer.input_variance
        if layer.variance is None
        else along(layer.axis, layer.variance, tensor)
    )
    return around(mean, np.sqrt(np.abs(np.asarray(variance, float))))


@ids_of.register
def _known(layer: CategoryEncoding) -> int:
    return layer.depth
