"""Expressions, literals and types in C and C++."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from keronyx.converter.program.expressions import COMPARISONS
from keronyx.converter.program.memory import REALS, Buffer, Constant, DType
from keronyx.converter.source.expressions import (
    ADDED,
    ATOM,
    CHOICE,
    SIGNED,
    Code,
    Expressions,
    binary,
    call,
    negative,
    times,
    total,
)
from keronyx.converter.source.literals import signed

TYPES: Final[dict[DType, str]] = {
    "float32": "float",
    "float64": "double",
    "int32": "int32_t",
    "int64": "int64_t",
    "bool": "unsigned char",
}

ALIGNED: Final = 16
"""Numbers from which on memory is aligned."""

C_FUNCTIONS: Final = {"abs": "fabs"}
"""Functions whose name in C is another."""


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """What C and C++ spell differently."""

    restrict: str
    table: str
    aligned: str
    """How a declaration asks for memory that begins with a line of the cache."""
    helper: str
    math: str
    size: str
    suffix: bool
    """Whether functions of float end in f."""

    def place(self, declared: str, size: int) -> str:
        """Return a declaration, with alignment where vectors are loaded from it."""
        return self.aligned.format(declared) if size >= ALIGNED else declared


def literal(value: float, dtype: DType) -> str:
    """Return a number that reads back to the last bit, short where it can be."""
    if dtype not in REALS:
        return _integer(int(value), dtype)
    if not math.isfinite(value):
        return _beyond(value)
    return repr(float(value)) if dtype == "float64" else _single(value)


def _single(value: float) -> str:
    text = str(np.float32(value))  # the shortest that reads back
    return f"{text}f" if "." in text or "e" in text else f"{text}.0f"


def _beyond(value: float) -> str:
    """Return what is no finite number."""
    if math.isnan(value):
        return "NAN"
    return "INFINITY" if value > 0 else "-INFINITY"


def _integer(value: int, dtype: DType) -> str:
    least = {"int32": -(2**31), "int64": -(2**63)}.get(dtype)
    if value == least:
        return f"({_integer(value + 1, dtype)} - 1)"
    return f"INT64_C({value})" if dtype == "int64" else str(value)


def exact(value: float, dtype: DType) -> str:
    """Return a number in hexadecimal, which compilers need not round."""
    if not math.isfinite(value):
        return _beyond(value)
    digits, exponent = value.hex().split("p")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return f"{digits}p{int(exponent)}{'f' if dtype == 'float32' else ''}"


class CExpressions(Expressions):
    """Expressions of a row; ``row`` is the loop variable of several rows, "" where there is one."""

    def __init__(self, dialect: Dialect, row: str = "") -> None:
        self.dialect = dialect
        self.row = row

    def number(self, value: float, dtype: DType) -> Code:
        """Return a literal."""
        return signed(literal(value, dtype))

    def narrowed(self, value: Code) -> Code:
        """Return a number rounded to float32."""
        return Code(f"(float){value.within(ATOM)}", SIGNED)

    def position_of(self, buffer: Buffer, index: Code) -> Code:
        """Return where an element lies in memory: in that of its row."""
        if not self.row or isinstance(buffer, Constant):
            return _bare(index)
        return _bare(total(times(Code(self.row), buffer.size), index))

    def element(self, buffer: Buffer, index: Code) -> Code:
        """Return the value of an element."""
        text = f"{buffer.name}[{self.position_of(buffer, index).text}]"
        return Code(f"{text} != 0", CHOICE + 1) if buffer.dtype == "bool" else Code(text)

    def position(self, value: Code, dtype: DType) -> Code:
        """Return an integer as what counts array elements."""
        del dtype
        return value

    def counted(self, variable: str, dtype: DType) -> Code:
        """Return a loop variable as an integer."""
        return Code(f"({TYPES[dtype]}){variable}", SIGNED)

    def binary(self, operator: str, left: Code, right: Code, dtype: DType) -> Code:
        """Return ``left operator right``; integers wrap around, which only unsigned ones may."""
        if operator in COMPARISONS or dtype in REALS:
            return binary(operator, left, right)
        name = TYPES[dtype]
        sides = (Code(f"(u{name}){side.within(SIGNED)}", SIGNED) for side in (left, right))
        return Code(f"({name})({binary(operator, *sides).text})", SIGNED)

    def called(self, function: str, arguments: tuple[Code, ...], dtype: DType) -> Code:
        """Return a call of one of FUNCTIONS."""
        if function == "neg" and dtype in REALS:
            return negative(arguments[0])
        if function == "neg":
            return self.binary("-", self.number(0, dtype), arguments[0], dtype)
        if function in {"max", "min"}:
            return call(f"kx_{function}_{dtype}", *arguments)
        name = C_FUNCTIONS.get(function, function)
        suffix = "f" if self.dialect.suffix and dtype == "float32" else ""
        return call(f"{self.dialect.math}{name}{suffix}", *arguments)

    def chosen(self, condition: Code, then: Code, other: Code) -> Code:
        """Return one of two values."""
        parts = condition.within(CHOICE + 1), then.within(CHOICE + 1), other.within(CHOICE + 1)
        return Code("{} ? {} : {}".format(*parts), CHOICE)

    def cast(self, value: Code, source: DType, target: DType) -> Code:
        """Return a value in another type."""
        del source
        return Code(f"({TYPES[target]}){value.within(ATOM)}", SIGNED)


def _bare(code: Code) -> Code:
    """Return code without the parentheses around all of it."""
    text = code.text
    if code.rank != ATOM or not text.startswith("("):
        return code
    return Code(text[1:-1], ADDED)
