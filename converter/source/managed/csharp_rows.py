"""Statements in C# 7.3: float and double are computed in double, and rounded where stored."""

from collections.abc import Callable, Mapping
from typing import Final

from keronyx.converter.program.memory import Buffer, DType
from keronyx.converter.program.statements import Product
from keronyx.converter.source.expressions import (
    ATOM,
    CHOICE,
    COMPARED,
    SIGNED,
    Code,
    binary,
    call,
    negative,
)
from keronyx.converter.source.literals import Literals
from keronyx.converter.source.loops import Lines
from keronyx.converter.source.managed.braces import Braces
from keronyx.converter.source.texts import quoted

TYPES: Final[Mapping[DType, str]] = {
    "float32": "float",
    "float64": "double",
    "int32": "int",
    "int64": "long",
    "bool": "bool",
}
"""What an element of a buffer is."""

COMPUTED: Final[Mapping[DType, str]] = {**TYPES, "float32": "double"}
"""What a value is while it is computed."""

FUNCTIONS: Final[Mapping[str, str]] = {
    "abs": "System.Math.Abs",
    "exp": "System.Math.Exp",
    "expm1": "ExpMinusOne",
    "log": "System.Math.Log",
    "log1p": "LogOnePlus",
    "sqrt": "System.Math.Sqrt",
    "tanh": "System.Math.Tanh",
    "erf": "ErrorFunction",
    "trunc": "System.Math.Truncate",
    "rint": "System.Math.Round",
    "max": "System.Math.Max",
    "min": "System.Math.Min",
}
"""``Round`` rounds halves to even ones; ``Max`` and ``Min`` are NaN when either argument is."""


def _as(kind: str) -> Callable[[Code], Code]:
    return lambda value: Code(f"({kind}){value.within(ATOM)}", SIGNED)


def _one_of(yes: str, no: str) -> Callable[[Code], Code]:
    return lambda value: Code(f"{value.within(COMPARED)} ? {yes} : {no}", CHOICE)


def _rounded(value: Code) -> Code:
    return Code(f"(double)(float){value.within(ATOM)}", SIGNED)


CASTS: Final[Mapping[tuple[str, str], Callable[[Code], Code]]] = {
    **{(source, "int32"): _as("int") for source in TYPES},
    **{(source, "int64"): _as("long") for source in TYPES},
    **{(source, "float32"): _rounded for source in TYPES},
    **{(source, "float64"): _as("double") for source in TYPES},
    ("bool", "int32"): _one_of("1", "0"),
    ("bool", "int64"): _one_of("1L", "0L"),
    ("bool", "float32"): _one_of("1.0", "0.0"),
    ("bool", "float64"): _one_of("1.0", "0.0"),
}
"""How a value changes its type."""


LITERALS: Final = Literals(
    ("false", "true"), ("double.PositiveInfinity", "double.NegativeInfinity", "double.NaN"), "L"
)


class CSharp(Braces):
    """Prints the statements of one row, which stand in an unchecked block."""

    indent = "    "

    def number(self, value: float, dtype: DType) -> Code:
        """Return a literal."""
        return LITERALS.code(value, dtype)

    def narrowed(self, value: Code) -> Code:
        """Return a number rounded to float32."""
        return _as("float")(value)

    def element(self, buffer: Buffer, index: Code) -> Code:
        """Return the value of an element."""
        return Code(f"{buffer.name}[{index.text}]")

    def position(self, value: Code, dtype: DType) -> Code:
        """Return an int."""
        return _as("int")(value) if dtype == "int64" else value

    def counted(self, variable: str, dtype: DType) -> Code:
        """Return a loop variable, which is an int."""
        return Code(variable) if dtype == "int32" else _as(COMPUTED[dtype])(Code(variable))

    def binary(self, operator: str, left: Code, right: Code, dtype: DType) -> Code:
        """Return ``left operator right``."""
        del dtype
        return binary(operator, left, right)

    def called(self, function: str, arguments: tuple[Code, ...], dtype: DType) -> Code:
        """Return a call of one of FUNCTIONS."""
        del dtype
        return negative(*arguments) if function == "neg" else call(FUNCTIONS[function], *arguments)

    def cast(self, value: Code, source: DType, target: DType) -> Code:
        """Return a value in another type."""
        return value if source == target else CASTS[source, target](value)

    def declare(self, name: str, dtype: DType, value: Code, *, changes: bool = False) -> str:
        """Return the line that makes a local variable."""
        del changes
        return f"{COMPUTED[dtype]} {name} = {value.text};"

    def store(self, target: str, dtype: DType, value: Code) -> str:
        """Return the line that stores a value."""
        return f"{target} = {(_as('float')(value) if dtype == 'float32' else value).text};"

    def loop(self, variable: str, size: int, body: Lines) -> Lines:
        """Return a loop."""
        header = f"for (int {variable} = 0; {variable} < {size}; {variable}++)"
        return [header, *self.closed(body)]

    def refuse(self, condition: Code, message: str) -> Lines:
        """Return the lines that throw."""
        throw = f"throw new System.ArgumentException({quoted(message)});"
        return [f"if (!({condition.text}))", *self.closed([throw])]

    def multiply(self, product: Product, source: Code) -> tuple[Lines, str]:
        """Return the call that fills an array with the sums."""
        bias = "null" if product.bias is None else product.bias.name
        sums = sums_of(product.kernel.dtype)
        row = f"{product.source.buffer.name}, {source.text}, {product.inputs}"
        return [
            f"MultiplyRow({row}, {product.kernel.name}, {bias}, {product.units}, {sums});"
        ], sums


def sums_of(dtype: DType) -> str:
    """Return the name of the array for the sums of a row of products."""
    return f"{TYPES[dtype].capitalize()}Sums"
