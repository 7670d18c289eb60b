"""What a model takes: ids within a vocabulary, known words, numbers where they tell most."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import singledispatch
from itertools import count, islice
from operator import attrgetter
from typing import Any, Final, TypeAlias

import numpy as np

from keronyx.converter.layers.base import FLOATS, Layer
from keronyx.converter.layers.embedding import Table
from keronyx.converter.layers.expressed import Lambda, Replaced
from keronyx.converter.layers.nested import Nested
from keronyx.converter.layers.normalization import BatchNormalization, LegacyBatchNormalization
from keronyx.converter.layers.preprocessing import (
    CategoryEncoding,
    Discretization,
    IntegerLookup,
    Normalization,
    Rescaling,
    StringLookup,
)
from keronyx.converter.layers.rnn import TimeDistributed
from keronyx.converter.model import Model
from keronyx.converter.tensors import Array, KerasTensor, Variable
from keronyx.runtime.evaluate.model import prepare_layer
from keronyx.runtime.evaluate.precision import Numbers

UNKNOWN: Final = ("", "ünknown", "\N{SNOWMAN}")
"""Strings to try that are hardly in any vocabulary."""


@dataclass(frozen=True)
class Choice:
    """One of these values: category ids, tokens."""

    values: Sequence[Any]


@dataclass(frozen=True)
class Around:
    """Numbers of this mean and spread, which broadcast against a row.

    A net with a normalisation in front was trained on such numbers. On others, it may give the
    same answer whatever its weights are.
    """

    mean: Array
    spread: Array


Domain: TypeAlias = Choice | Around
ANY: Final = Around(np.array(0.0), np.array(1.0))


@singledispatch
def domain_of(_layer: Layer, _tensor: KerasTensor) -> Domain | None:
    """Return what a layer can take as its first input, None where that is any number."""
    return None


@domain_of.register
def _embedding(layer: Table, _tensor: KerasTensor) -> Domain:
    return Choice(range(layer.input_dim))


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
def _time_distributed(layer: TimeDistributed, tensor: KerasTensor) -> Domain | None:
    step = KerasTensor(name="", shape=(tensor.shape[0], *tensor.shape[2:]), dtype=tensor.dtype)
    return domain_of(layer.layer, step)


@domain_of.register
def _nested(layer: Nested, _tensor: KerasTensor) -> Domain | None:
    return next(iter(domains(layer.model).values()))


@domain_of.register
def _discretization(layer: Discretization, _tensor: KerasTensor) -> Domain | None:
    if not layer.bin_boundaries:
        return None
    low, high = layer.bin_boundaries[0], layer.bin_boundaries[-1]
    return _around((low + high) / 2, (high - low) / 2)


@domain_of.register
def _rescaling(layer: Rescaling, _tensor: KerasTensor) -> Domain:
    scale, offset = np.asarray(layer.scale, float), np.asarray(layer.offset, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _around(-offset / scale, 1 / np.abs(scale))


@domain_of.register
def _normalization(layer: Normalization, tensor: KerasTensor) -> Domain | None:
    if layer.invert:
        return None
    mean = layer.input_mean if layer.mean is None else _along(layer.axis, layer.mean, tensor)
    variance = (
        layer.input_variance
        if layer.variance is None
        else _along(layer.axis, layer.variance, tensor)
    )
    return _around(mean, np.sqrt(np.abs(np.asarray(variance, float))))


@domain_of.register
def _batch_normalization(layer: BatchNormalization, tensor: KerasTensor) -> Domain:
    axes = layer.axis if isinstance(layer.axis, tuple) else (layer.axis,)
    variance = _along(axes, layer.moving_variance, tensor)
    return _around(_along(axes, layer.moving_mean, tensor), np.sqrt(np.abs(variance)))


@domain_of.register
def _legacy(layer: LegacyBatchNormalization, tensor: KerasTensor) -> Domain | None:
    if layer.mode != 0:
        return None
    spread = _along((layer.axis,), layer.running_std, tensor)
    return _around(_along((layer.axis,), layer.running_mean, tensor), np.abs(spread))


def _along(axes: tuple[int, ...] | None, variable: Variable, tensor: KerasTensor) -> Array:
    """Return statistics of some axes, shaped to broadcast against a row of the tensor."""
    values = variable.load().astype(float)
    if len(variable.shape) == tensor.rank:
        return np.asarray(values[0])  # shaped like the tensor already, batch axis included
    kept = {axis % tensor.rank for axis in axes or ()}
    sizes = iter(variable.shape)
    shape = [next(sizes) if axis in kept else 1 for axis in range(1, tensor.rank)]
    return values.reshape(shape)


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
    return _around(-low[0] / slope[0], 1 / np.abs(slope[0]))


def _results(layer: Replaced, rows: Iterable[Array]) -> Iterator[Array]:
    step = prepare_layer(layer, Numbers(layer.dtype, "float64"))
    with np.errstate(all="ignore"):
        yield from (step(row).astype(float) for row in rows)


def _is_line(low: Array, slope: Array, far: Array) -> bool:
    """Tell whether what comes of 0, of 1 and of -3 lies on lines, none of which is level."""
    return np.allclose(far, low - 3 * slope) and bool(np.all(slope))


def _around(mean: Any, spread: Any) -> Around:
    """Make a domain of finite numbers, with some spread."""
    center = np.nan_to_num(np.asarray(mean, float), posinf=0, neginf=0)
    width = np.nan_to_num(np.asarray(spread, float), posinf=0, neginf=0)
    return Around(center, np.where(width > 0, width, 1.0))


def domains(model: Model) -> dict[str, Domain]:
    """Return for each input what the layers that it reaches unchanged can take."""
    return {name: _domain(model, tensor) for name, tensor in model.inputs.items()}


def _domain(model: Model, tensor: KerasTensor) -> Domain:
    found = _reached(model, tensor) or [_fallback(model, tensor)]
    choices = (domain for domain in found if isinstance(domain, Choice))
    return min(choices, key=lambda choice: len(choice.values), default=found[0])


def _reached(model: Model, tensor: KerasTensor) -> list[Domain]:
    """Return what the layers take that a tensor comes to, moved at most."""
    names = {tensor.name}
    found: list[Domain | None] = []
    for connection in model.connections:
        if connection.layer.moves_only and not names.isdisjoint(
            map(attrgetter("name"), connection.inputs)
        ):
            names |= connection.makes
        elif connection.inputs and connection.inputs[0].name in names:
            found.append(domain_of(connection.layer, connection.inputs[0]))
    return [domain for domain in found if domain is not None]


def _fallback(model: Model, tensor: KerasTensor) -> Domain:
    """Keep integers that may reach ids through arithmetic within every vocabulary of the model."""
    if tensor.dtype == "string":
        return Choice(UNKNOWN)
    sizes = [*_vocabulary_sizes(model)]
    return Choice(range(min(sizes))) if sizes and "int" in tensor.dtype else ANY


def _vocabulary_sizes(model: Model) -> Iterator[int]:
    for layer in model.layers:
        if isinstance(layer, Table):
            yield layer.input_dim
        elif isinstance(layer, CategoryEncoding):
            yield layer.depth
