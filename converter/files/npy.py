"""The NumPy formats ``.npy`` and ``.npz``, whose headers are checked before anything is read."""

import io
import math
import warnings
from functools import partial
from tokenize import TokenError
from typing import Any, Final

import numpy as np

from keronyx.converter.errors import FileFormatError, WeightError, shorten
from keronyx.converter.files.kinds import PICKLE
from keronyx.converter.files.span import Span
from keronyx.converter.files.variables import load, numeric, plain_shape, variable
from keronyx.converter.files.zips import Archive
from keronyx.converter.tensors import Array, Variable

HEADER: Final = 1 << 16
"""The longest header that NumPy's first version can write; it itself reads 10000 bytes."""

VERSIONS: Final = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}

HEADER_FAULTS: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    SyntaxError,
    TokenError,
    TypeError,
    ValueError,
)
"""What NumPy raises: the header is a Python literal, and what is none fails in many ways."""


def read_npy(span: Span, name: str) -> Variable:
    """Describe the array of a ``.npy`` file or member."""
    file = io.BytesIO(span.head(HEADER + 16))
    shape, fortran, dtype = _header(file, name)
    if dtype.hasobject:
        raise WeightError(f"'{shorten(name)}' holds pickled objects", hint=PICKLE, path=span.path)
    axes = plain_shape(shape, name)
    numeric(dtype, name)
    data = _data(span, file.tell(), math.prod(axes) * dtype.itemsize, name)
    if fortran and len(axes) > 1:
        reader = partial(_transposed, data, dtype, axes)
        return Variable(name=name, shape=axes, dtype=dtype.name, load=reader)
    return variable(data, name, dtype, axes)


def _data(span: Span, start: int, size: int, name: str) -> Span:
    """Return what lies behind the header, which must be all numbers and nothing else."""
    if span.size - start != size:
        raise WeightError(f"'{shorten(name)}' has {span.size - start} bytes in place of {size}")
    return span.part(start, size)


def _header(file: io.BytesIO, name: str) -> tuple[Any, bool, "np.dtype[Any]"]:
    try:
        with warnings.catch_warnings():  # headers of Python 2 are fine
            warnings.simplefilter("ignore")
            return VERSIONS[np.lib.format.read_magic(file)](file)
    except HEADER_FAULTS as error:
        raise FileFormatError(f"'{shorten(name)}' is no .npy array that NumPy can read") from error


def _transposed(span: Span, dtype: "np.dtype[Any]", shape: tuple[int, ...]) -> Array:
    return load(span, dtype, shape[::-1]).T


def read_npz(archive: Archive) -> list[Variable]:
    """Describe the arrays of a ``.npz`` file in the order of its members."""
    return [read_npy(archive.span(name), name.removesuffix(".npy")) for name in archive.members]
