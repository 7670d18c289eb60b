"""Run many rows a part at a time: within memory, and in the batch size that a model insists on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from keronyx.converter.errors import UsageError
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.nothing import lacks_rows, of_zeros
from keronyx.runtime.specs import Specs

ROWS: Final = 4096
"""Rows at a time where the model takes any number."""

Arrays = Mapping[str, Array]


def run_in_batches(
    run: Callable[[Arrays], dict[str, Array]],
    arrays: Arrays,
    inputs: Specs,
    *,
    stateful: bool = False,
) -> dict[str, Array]:
    """Return the outputs for all rows of a model with these inputs.

    Where there is none, a fixed batch of zeros is run, of which nothing is kept. ``run`` sees the
    batches in their order; where it is ``stateful``, they have to be whole. Raises UsageError.
    """
    fixed, count = batch_of(inputs), _count(arrays)
    if stateful and fixed and count % fixed:
        what = f"{count} rows for a stateful model that takes {fixed} at a time"
        raise UsageError(what, hint=f"give it a multiple of {fixed} rows: states belong to rows")
    if fixed and lacks_rows(list(arrays.values())):
        return _first(0, [run(_zeros(arrays, fixed))])
    found = [*map(run, parts(arrays, fixed))]
    return found[0] if len(found) == 1 and fixed is None else _first(count, found)


def _zeros(arrays: Arrays, batch: int) -> dict[str, Array]:
    return {name: of_zeros(array, batch) for name, array in arrays.items()}


def _first(count: int, found: Sequence[Arrays]) -> dict[str, Array]:
    """Join what batches gave, and keep the first rows."""
    return {name: np.concatenate([part[name] for part in found])[:count] for name in found[0]}


def batch_of(inputs: Specs) -> int | None:
    """Return the batch size that a model insists on."""
    return next((spec.shape[0] for spec in inputs.values() if spec.shape and spec.shape[0]), None)


def parts(arrays: Arrays, batch: int | None) -> Iterator[dict[str, Array]]:
    """Yield the rows a batch at a time; the last one is filled up to a batch size that is fixed.

    Arrays that do not agree on the number of rows come as they are: they fit no model.
    """
    count, step = _count(arrays), batch or ROWS
    for start in range(0, count, step):
        missing = start + step - count if batch else 0
        rows = slice(start, start + step)
        yield {name: _filled(array[rows], missing) for name, array in arrays.items()}
    if not count:
        yield dict(arrays)


def _count(arrays: Arrays) -> int:
    counts = {len(array) if array.ndim else 0 for array in arrays.values()}
    return counts.pop() if len(counts) == 1 else 0


def _filled(array: Array, missing: int) -> Array:
    """Repeat the last row."""
    return np.concatenate([array, np.repeat(array[-1:], missing, 0)]) if missing > 0 else array
