"""Mistakes in what a model is given: its columns in another order, or scaled by their own rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations, pairwise
from typing import Final

import numpy as np

from keronyx.converter.layers.base import FLOATS, Layer
from keronyx.converter.model import Connection
from keronyx.converter.tensors import Array, KerasTensor
from keronyx.runtime.compare.in_numbers import Narrow
from keronyx.runtime.compare.mistake import Mistake

MOST: Final = 24
"""Columns of which every two are exchanged; of more, only neighbours are."""

Inputs = Mapping[str, Array]


def on_inputs(
    connections: Sequence[Connection], inputs: Mapping[str, KerasTensor], rows: Inputs
) -> Iterator[Mistake]:
    """Yield mistakes in the columns of every input that has rows of numbers."""
    for name, tensor in inputs.items():
        readers = [i for i, each in enumerate(connections) if tensor in each.inputs]
        columns = rows[tensor.name]
        if readers and columns.ndim == 2 and columns.shape[1] and tensor.dtype in FLOATS:
            whose = "" if len(inputs) == 1 else f" '{name}'"
            for what, change in _changes(whose, columns.astype(np.float64)):
                changes = {i: _reading(connections[i], tensor, change) for i in readers}
                yield Mistake(what=what.replace("{", "{{"), layers=(), changes=changes)


def _changes(whose: str, rows: Array) -> Iterator[tuple[str, "partial[Array]"]]:
    yield from _scaled(whose, rows)
    yield from _reordered(whose, rows.shape[1])


def _scaled(whose: str, rows: Array) -> Iterator[tuple[str, "partial[Array]"]]:
    """Scale columns by what these very rows tell, as a scaler does that is fitted on them."""
    mean, low, high = rows.mean(0), rows.min(0), rows.max(0)
    for how, ddof in (("", 0), (", by n - 1", 1)) if len(rows) > 1 else ():
        what = f"the input{whose} was standardised with its own mean and deviation{how}"
        yield what, partial(_shifted, mean, _apart(rows.std(0, ddof=ddof)))
    what = f"the input{whose} was scaled by its own minimum and maximum"
    yield f"{what}, to 0 to 1", partial(_shifted, low, _apart(high - low))
    middle, half = (high + low) / 2, (high - low) / 2
    yield f"{what}, to -1 to 1", partial(_shifted, middle, _apart(half))
    for factor in (255.0, 1 / 255.0, 100.0, 0.01):
        what = f"the input{whose} was divided by {factor:.6g}"
        yield what, partial(_shifted, np.zeros(1), np.array([factor]))


def _apart(width: Array) -> Array:
    """Return widths to divide by, 1 where a column is the same in all rows."""
    return np.where(width > 0, width, 1.0)


def _shifted(middle: Array, width: Array, x: Array) -> Array:
    return (x - middle) / width


def _reordered(whose: str, count: int) -> Iterator[tuple[str, "partial[Array]"]]:
    if count > 2:
        yield f"the columns of the input{whose} were reversed", _taken([*range(count)][::-1])
    places = range(count)
    for i, j in pairwise(places) if count > MOST else combinations(places, 2):
        order = [*range(count)]
        order[i], order[j] = j, i
        yield (
            f"two columns of the input{whose} were exchanged, numbers {i} and {j} from 0",
            _taken(order),
        )


def _taken(order: Sequence[int]) -> "partial[Array]":
    return partial(_columns, list(order))


def _columns(order: list[int], x: Array) -> Array:
    return x[:, order]


def _reading(
    connection: Connection, tensor: KerasTensor, change: "partial[Array]"
) -> tuple[Connection, ...]:
    """Have a call read something else in the place of an input."""
    changed = KerasTensor(name=f"{tensor.name}#", shape=tensor.shape, dtype=tensor.dtype)
    layer: Layer = Narrow(name=changed.name, dtype=connection.layer.dtype, change=change)
    inputs = tuple(changed if each is tensor else each for each in connection.inputs)
    return (
        Connection(layer=layer, inputs=(tensor,), outputs=(changed,)),
        replace(connection, inputs=inputs),
    )
