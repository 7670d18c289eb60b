"""Weights as other programs write them: a folder of tables of numbers, and MATLAB's ``.mat``."""

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from keronyx.converter.errors import FileFormatError, UsageError, WeightError, shorten
from keronyx.converter.files.arrays import in_memory, place_of, saved_from_folder, saved_from_named
from keronyx.converter.files.kinds import BARE
from keronyx.converter.files.members import Folder
from keronyx.converter.files.saved import SavedModel
from keronyx.converter.files.span import Span
from keronyx.converter.limits import current, limited
from keronyx.converter.tensors import Array, Variable

TABLES: Final = (".csv", ".txt")
SEPARATORS: Final = (";", "\t", ",")
NAMES: Final = "name them W1.csv, b1.csv, W2.csv ...: kernels are (inputs, units)"
SCIPY: Final = 'pip install "scipy", or write .npz: np.savez("weights.npz", W1=..., b1=...)'


def read_table_folder(folder: Folder) -> SavedModel:
    """Read every ``.csv`` or ``.txt`` of a folder as one array, named as its file is.

    Numbers in text become float32. Raises FileFormatError for what is no table of numbers, or
    where a name does not tell a kernel from a bias.
    """
    paths = sorted(each for each in Path(folder.path).iterdir() if each.suffix.lower() in TABLES)
    for path in paths:
        if place_of(path.stem) is None:
            raise FileFormatError(f"'{shorten(path.name)}' tells no kernel and no bias", hint=NAMES)
    texts = {path: folder.text(path.name) for path in paths}
    between = _separator([*texts.values()])
    variables = [
        in_memory(_numbers(text, between, path.name), path.stem) for path, text in texts.items()
    ]
    return saved_from_folder(folder, "folder of tables", variables)


def _separator(texts: Sequence[str]) -> str | None:
    """Return what stands between numbers in all tables, since one of a single column has none.

    Without it they are apart by spaces. A comma is only that where no other is there: it may stand
    in a number.
    """
    return next((each for each in SEPARATORS if any(each in text for text in texts)), None)


def _numbers(text: str, separator: str | None, name: str) -> Array:
    plain = text if separator == "," else text.replace(",", ".")
    try:
        return np.loadtxt(io.StringIO(plain), np.float32, delimiter=separator, ndmin=2)
    except ValueError as error:
        what = f"'{shorten(name)}' is no table of numbers: {shorten(error)}"
        raise FileFormatError(what, hint=BARE) from error


def read_mat(path: str) -> SavedModel:
    """Read the matrices of a MATLAB file by their names, for which scipy has to be installed.

    Raises UsageError where it is not, WeightError where the file holds anything else than numbers.
    """
    try:
        from scipy import io as matlab  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UsageError("a MATLAB file, which scipy reads", hint=SCIPY, path=path) from error
    data = Span.of_file(path).read()
    try:
        listed = matlab.whosmat(io.BytesIO(data))
        _check(listed)
        found = matlab.loadmat(io.BytesIO(data), variable_names=[name for name, *_ in listed])
    # scipy raises whatever zlib, struct and its own readers raise.
    except (ArithmeticError, LookupError, OSError, TypeError, ValueError) as error:
        raise FileFormatError(f"scipy cannot read it: {shorten(error)}") from error
    saved = saved_from_named({name: _matrix(name, found[name]) for name, *_ in listed})
    return SavedModel(path=path, format="MATLAB file", config=None, weights=saved.weights)


def _check(listed: Any) -> None:
    """Refuse more numbers than a file may unfold to, before they are read."""
    size = 8 * sum(math.prod(shape) for _, shape, _ in listed)
    if size > current().inflated_bytes:
        raise FileFormatError(f"{size} bytes of numbers", hint=limited("inflated_bytes"))


def _matrix(name: str, value: Any) -> Variable:
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        raise WeightError(f"'{shorten(name)}' holds no numbers", hint=BARE)
    return in_memory(array.astype(np.float32), name)
