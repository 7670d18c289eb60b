"""Draw inputs for the check from what a model takes, always the same ones for the same model."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle, islice
from typing import Any, Final

import numpy as np

from keronyx.converter.errors import UsageError, shorten
from keronyx.converter.layers.base import FLOATS
from keronyx.converter.limits import current, limited
from keronyx.converter.model import Connection, Model
from keronyx.converter.tensors import Array, KerasTensor
from keronyx.runtime.proof.domains import Around, Choice, Domain, domains
from keronyx.runtime.proof.open_sizes import SIZES, open_sizes

BATCHES: Final = (1, 3, 8)
ROW_ELEMENTS: Final = 1 << 20
MODEL_ELEMENTS: Final = 1 << 22
"""Above this many numbers a row, in one tensor or in all together, only few rows are drawn."""
MANY_ELEMENTS: Final = 1 << 18
"""Above this many in all together, one row of each kind is drawn, else two."""

KINDS: Final = ("normal", "negative", "unit", "large", "zeros", "tiny")
"""What the rows hold, in turn."""
SPREADS: Final = {"large": 100.0, "tiny": 1e-5}
"""Standard deviations, 1 for the others.

At 1e4 and above, float32 loses the digits that are compared in nets that subtract large numbers.
"""

ODD: Final = (float("nan"), float("inf"), float("-inf"), -0.0)
"""Numbers that stand alone among ordinary ones, in a row each."""

INTEGERS: Final = 3.0
"""Smallest standard deviation of integers."""
BOUND: Final = 1_000_000
"""Largest integer."""


def draw(model: Model, seed: int = 0) -> list[dict[str, Array]]:
    """Return several batches of inputs whose rows are zero, small, large, negative, ..."""
    sizes = open_sizes(model)
    for tensor in _tensors(model):
        _bounded(tensor, max(sizes))
    random = np.random.default_rng(seed)
    known = domains(model)
    kinds = cycle(KINDS)
    return [
        Sample(random, [*islice(kinds, batch)], size).all_of(model, known)
        for size, batch in zip(cycle(sizes), _batches(model), strict=False)
    ]


def zeros_of(model: Model) -> dict[str, Array]:
    """Return the states with which a model begins."""
    tensors = {state.name: state.before for state in model.states}
    return {
        name: np.zeros([size or 0 for size in tensor.sizes], numpy_dtype(tensor.dtype))
        for name, tensor in tensors.items()
    }


def draw_odd(model: Model, seed: int = 0) -> list[dict[str, Array]]:
    """Return rows with NaN, an infinity or -0.0 in each floating input; few, if any.

    None for models with layers whose readings part on them, and for very large rows.
    """
    known = domains(model)
    taking = [name for name, t in model.inputs.items() if _takes_odd(t, known[name])]
    if not taking or not _spreads_odd(model):
        return []
    size = _fixed(model) or len(ODD)
    sizes = open_sizes(model)
    sample = Sample(np.random.default_rng(seed), KINDS[:1] * size, sizes[1 % len(sizes)])
    feeds = []
    for start in range(0, len(ODD), size):
        feed = sample.all_of(model, known)
        for name in taking:
            _put(feed[name], ODD[start : start + size])
        feeds.append(feed)
    return feeds


def _spreads_odd(model: Model) -> bool:
    """Tell a model of small rows whose readings agree on what becomes of NaN and infinities."""
    return not _large(model) and all(map(_propagates, model.connections))


def with_odd(
    model: Model, feeds: list[dict[str, Array]], odd: list[dict[str, Array]]
) -> list[dict[str, Array]]:
    """Return all batches, odd rows behind those of the second one where any number may be.

    So that large weights are gone through no more often than without them.
    """
    if len(odd) != 1 or len(feeds) < 2 or not _takes_any_batch(model):
        return [*feeds, *odd]
    first, second, *others = feeds
    joined = {name: np.concatenate([second[name], odd[0][name]]) for name in second}
    return [first, joined, *others]


def _takes_any_batch(model: Model) -> bool:
    """Tell whether inputs have rows, and the model any number of them."""
    return _fixed(model) is None and all(tensor.shape for tensor in model.inputs.values())


def _takes_odd(tensor: KerasTensor, domain: Domain) -> bool:
    return tensor.dtype in FLOATS and tensor.rank > 0 and isinstance(domain, Around)


def _propagates(call: Connection) -> bool:
    """Tell whether NaN and infinities do not reach a layer whose readings part on them."""
    return call.layer.propagates() or not any(each.dtype in FLOATS for each in call.inputs)


def _put(array: Array, numbers: Sequence[float]) -> None:
    """Put a number into each row, one place further to the front from row to row."""
    rows = array.reshape(len(array), -1)  # no copy
    for row, number in enumerate(numbers if rows.size else ()):
        rows[row, -1 - row % rows.shape[1]] = number


def _tensors(model: Model) -> list[KerasTensor]:
    """Return the inputs and whatever is computed of them."""
    made = [tensor for connection in model.connections for tensor in connection.outputs]
    return [*model.inputs.values(), *made]


def _bounded(tensor: KerasTensor, size: int) -> None:
    """Refuse a tensor of which two rows would take too much memory, its open axes of a size."""
    batch, *axes = tensor.sizes or (None,)
    row = math.prod(size if each is None else each for each in axes)
    if row * (batch or 2) > current().check_elements:
        what = f"tensor '{shorten(tensor.name)}' of shape {shorten(tensor.sizes)} is too large"
        hint = f"convert it with --no-check; {limited('check_elements')}"
        raise UsageError(f"{what} to be checked", hint=hint)


def _batches(model: Model) -> Sequence[int]:
    """Return batch sizes: several, or the fixed one so often that every kind of row appears."""
    fixed = _fixed(model)
    if fixed is not None:
        return [fixed] * math.ceil(len(KINDS) / max(fixed, 1))
    if _large(model):
        return (1, 2)
    many = sum(map(_row_size, _tensors(model))) > MANY_ELEMENTS
    return (1, len(KINDS) - 1) if many else BATCHES


def _fixed(model: Model) -> int | None:
    """Return the batch size that a model insists on."""
    shapes = [tensor.sizes for tensor in model.inputs.values() if tensor.sizes]
    return next((shape[0] for shape in shapes if shape[0] is not None), None)


def _large(model: Model) -> bool:
    """Tell whether a row has very many numbers, in some tensor or on its whole way."""
    numbers = [*map(_row_size, _tensors(model))]
    return max(numbers) > ROW_ELEMENTS or sum(numbers) > MODEL_ELEMENTS


def _row_size(tensor: KerasTensor) -> int:
    return math.prod(size or SIZES[0] for size in tensor.sizes[1:])


def numpy_dtype(dtype: str) -> "np.dtype[Any]":
    """Return the NumPy type that holds values of a Keras dtype; bfloat16 is held in float32."""
    return np.dtype({"string": "O", "bfloat16": "float32"}.get(dtype, dtype))


def _bounded_to(dtype: "np.dtype[Any]", numbers: Array) -> Array:
    """Round numbers where they become integers, within what these can be."""
    if dtype.kind not in "iu":
        return numbers
    limits = np.iinfo(dtype)
    return np.clip(np.rint(numbers), max(limits.min, -BOUND), min(limits.max, BOUND))


class Sample:
    """Draws arrays whose rows are of the given kinds."""

    def __init__(self, random: np.random.Generator, kinds: Sequence[str], size: int) -> None:
        self._random = random
        self._kinds = kinds
        self._size = size

    def all_of(self, model: Model, known: Mapping[str, Domain]) -> dict[str, Array]:
        """Draw every input of a model."""
        return {name: self.of(tensor, known[name]) for name, tensor in model.inputs.items()}

    def of(self, tensor: KerasTensor, domain: Domain) -> Array:
        """Draw a tensor."""
        dtype = numpy_dtype(tensor.dtype)
        rows = [*self._rows(tensor, domain)]
        array = np.stack(rows) if tensor.shape else rows[0]
        return array > 0 if dtype.kind == "b" else array.astype(dtype)

    def _rows(self, tensor: KerasTensor, domain: Domain) -> Iterator[Array]:
        shape = tuple(self._size if axis is None else axis for axis in tensor.sizes[1:])
        if isinstance(domain, Choice):
            yield from (self._chosen(kind, shape, domain.values) for kind in self._of(tensor))
            return
        dtype = numpy_dtype(tensor.dtype)
        fitted = _fitted(domain, shape, dtype)
        for kind in self._of(tensor):
            yield _bounded_to(dtype, self._number(kind, shape, fitted))

    def _of(self, tensor: KerasTensor) -> Sequence[str]:
        """Return a kind for each row: as many rows as the tensor insists on, if it does."""
        fixed = tensor.sizes[0] if tensor.sizes else None
        return self._kinds if fixed is None else [*islice(cycle(self._kinds), fixed)]

    def _number(self, kind: str, shape: tuple[int, ...], domain: Around) -> Array:
        if kind == "zeros":
            return np.zeros(shape)
        numbers = np.asarray(self._random.standard_normal(shape) * SPREADS.get(kind, 1.0))
        if kind == "negative":
            numbers = -np.abs(numbers)
        elif kind == "unit":
            numbers = np.asarray(self._random.uniform(size=shape))
        return np.asarray(domain.mean + domain.spread * numbers)

    def _chosen(self, kind: str, shape: tuple[int, ...], values: Sequence[Any]) -> Array:
        """Return values at random, the first one only or the last one only."""
        indices = self._random.integers(len(values), size=shape)
        edges = {"zeros": 0, "large": len(values) - 1}
        if kind in edges:
            indices = np.full(shape, edges[kind])
        dtype = object if isinstance(values[0], str) else np.int64
        flat = [values[int(index)] for index in np.ravel(indices)]
        return np.array(flat, dtype).reshape(shape)


def _fitted(domain: Around, shape: tuple[int, ...], dtype: "np.dtype[Any]") -> Around:
    """Return the domain for rows of this shape; where theirs is another, its averages."""
    mean, spread = domain.mean, domain.spread
    try:
        np.broadcast_to(mean + spread, shape)
    except ValueError:
        mean, spread = np.asarray(mean.mean()), np.asarray(spread.mean())
    return Around(mean, np.maximum(spread, INTEGERS) if dtype.kind in "iu" else spread)
