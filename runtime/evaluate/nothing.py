"""What a model gives for no rows, without running it: empty arrays.

Kernels of runtimes are not made for sizes of 0; some end the process.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from keronyx.converter.errors import KeronyxError, UsageError, shorten
from keronyx.converter.tensors import Array, Sizes
from keronyx.runtime.evaluate.precision import DType

Blank = tuple[Sizes, DType]
"""The shape of an array, None where it varies, and its dtype."""

Run = Callable[[list[Array]], Mapping[str, Array]]


def lacks_rows(arrays: Sequence[Array]) -> bool:
    """Tell whether there is no row in the inputs."""
    return any(array.ndim > 0 and len(array) == 0 for array in arrays)


def no_rows(arrays: Sequence[Array], blanks: Mapping[str, Blank], run: Run) -> dict[str, Array]:
    """Return arrays of shape (0, ...) in the place of what a model gives.

    ``blanks`` are what they would be. Sizes that they leave open are those that ``run`` gives for
    a row of zeros, or 0 where it gives none. Raises UsageError where an array has no axis for
    the rows.
    """
    for name, (shape, _) in blanks.items():
        if not shape or shape[0]:
            raise UsageError(f"no rows, and '{shorten(name)}' is not one value a row")
    sizes = _sizes(arrays, run) if any(None in shape[1:] for shape, _ in blanks.values()) else {}
    return {
        name: np.empty((0, *sizes.get(name, (size or 0 for size in shape[1:]))), dtype)
        for name, (shape, dtype) in blanks.items()
    }


def _sizes(arrays: Sequence[Array], run: Run) -> dict[str, tuple[int, ...]]:
    """Return the sizes of one row of every array, where the model runs on zeros."""
    if any(0 in array.shape[1:] for array in arrays):
        return {}
    try:
        found = run([of_zeros(array, 1) for array in arrays])
    except KeronyxError:
        return {}
    return {name: array.shape[1:] for name, array in found.items()}


def of_zeros(array: Array, rows: int) -> Array:
    """Return that many rows of zeros, or of empty texts, in the place of none."""
    if array.ndim == 0 or len(array):
        return array
    zero = "" if array.dtype.kind in "OUS" else 0
    return np.full((rows, *array.shape[1:]), zero, array.dtype)
