"""What a program's memory holds: types of numbers, buffers, constants, inputs and outputs.

Memory is flat. Every ``Buffer`` holds ``size`` numbers of one type, and is indexed by a single
number: the multi-dimensional shapes of the model are only in the strides.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from keronyx.converter.tensors import Array

DType: TypeAlias = Literal["float32", "float64", "int32", "int64", "bool"]
Real: TypeAlias = Literal["float32", "float64"]
REALS: Final = frozenset({"float32", "float64"})
ITEM_SIZES: Final = {"float32": 4, "float64": 8, "int32": 4, "int64": 8, "bool": 1}


@dataclass(frozen=True, kw_only=True, eq=False)
class Buffer:
    """A flat piece of memory: an input, an output, or scratch.

    Scratch is shared between values that do not live at the same time. It holds nothing when a
    row begins.
    """

    name: str
    dtype: DType
    size: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Constant(Buffer):
    """Numbers that never change: weights and tables.

    ``values`` is an array of ``dtype`` with its meaningful shape, in C order; an ``At`` counts in
    ``values.ravel()``. ``label`` says what it is: ``layer/variable``.
    """

    values: Array
    label: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Port:
    """An input or an output: its buffer, and what it is to the caller.

    ``label`` is the model's own name, ``shape`` that of one row, in C order.
    """

    label: str
    buffer: Buffer
    shape: tuple[int, ...]
