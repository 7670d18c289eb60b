"""Statements in pure Python, where every number is a double or an integer of any size."""

from collections.abc import Mapping
from typing import Final

from keronyx.converter.program.expressions import COMPARISONS
from keronyx.converter.program.language import Program
from keronyx.converter.program.memory import REALS, Buffer, Constant, DType
from keronyx.converter.program.statements import Product
from keronyx.converter.source.expressions import (
    CHOICE,
    COMPARED,
    Code,
    binary,
    call,
    negative,
)
from keronyx.converter.source.literals import Literals
from keronyx.converter.source.loops import Lines, Loops, shifted
from keronyx.converter.source.texts import said

FUNCTIONS: Final[Mapping[str, str]] = {
    "abs": "abs",
    "tanh": "math.tanh",
    "erf": "math.erf",
    **{name: f"_{name}" for name in ("exp", "expm1", "log", "log1p", "sqrt", "trunc", "rint")},
    **{name: f"_{name}" for name in ("max", "min")},
}

WRAPS: Final[Mapping[str, str]] = {"int32": "_int32", "int64": "_int64"}

CASTS: Final[Mapping[tuple[str, str], str]] = {
    **{(source, target): "int" for source in ("bool", *REALS) for target in WRAPS},
    **{(source, target): "float" for source in ("bool", *WRAPS) for target in REALS},
    ("int64", "int32"): "_int32",
    ("float64", "float32"): "_float32",
}
"""What a value is called with to change its type, where it looks different then."""


LITERALS: Final = Literals(("False", "True"), ("math.inf", "-math.inf", "math.nan"))


class PurePython(Loops):
    """Prints the statements of one row."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        products = [each for each in program.statements if isinstance(each, Product)]
        self.kernels = {each.kernel: each.units for each in products}

    def number(self, value: float, dtype: DType) -> Code:
        """Return a literal."""
        return LITERALS.code(value, dtype)

    def narrowed(self, value: Code) -> Code:
        """Return a number rounded to float32."""
        return call("_float32", value)

    def element(self, buffer: Buffer, index: Code) -> Code:
        """Return the value of an element; kernels are lists of columns."""
        if not isinstance(buffer, Constant):
            return Code(f"{buffer.name}[{index.text}]")
        if buffer not in self.kernels:
            return Code(f"{buffer.name.upper()}[{index.text}]")
        place, units = f"({index.text})", self.kernels[buffer]
        return Code(f"{buffer.name.upper()}[{place} % {units}][{place} // {units}]")

    def position(self, value: Code, dtype: DType) -> Code:
        """Return the integer."""
        del dtype
        return value

    def counted(self, variable: str, dtype: DType) -> Code:
        """Return a loop variable."""
        return call("float", Code(variable)) if dtype in REALS else Code(variable)

    def binary(self, operator: str, left: Code, right: Code, dtype: DType) -> Code:
        """Return ``left operator right``; what Python refuses to divide has a function."""
        code = binary(operator, left, right)
        if operator in COMPARISONS:
            return code
        if operator == "/" and not _is_divisor(right.text):
            return call("_divided", left, right)
        return call(WRAPS[dtype], code) if dtype in WRAPS else code

    def called(self, function: str, arguments: tuple[Code, ...], dtype: DType) -> Code:
        """Return a call of one of FUNCTIONS."""
        if function == "neg":
            code = negative(*arguments)
            return call(WRAPS[dtype], code) if dtype in WRAPS else code
        whole = dtype in WRAPS and function in {"max", "min"}
        return call(function if whole else FUNCTIONS[function], *arguments)

    def chosen(self, condition: Code, then: Code, other: Code) -> Code:
        """Return one of two values."""
        parts = (part.within(COMPARED) for part in (then, condition, other))
        return Code("{} if {} else {}".format(*parts), CHOICE)

    def cast(self, value: Code, source: DType, target: DType) -> Code:
        """Return a value in another type."""
        function = CASTS.get((source, target))
        return call(function, value) if function else value

    def comment(self, text: str) -> Lines:
        """Return untrusted text as a comment."""
        return [f"# {said(text)}"]

    def declare(self, name: str, dtype: DType, value: Code, *, changes: bool = False) -> str:
        """Return the line that makes a local variable."""
        del dtype, changes
        return f"{name} = {value.text}"

    def store(self, target: str, dtype: DType, value: Code) -> str:
        """Return the line that stores a value."""
        del dtype
        return f"{target} = {value.text}"

    def assign(self, name: str, value: Code) -> str:
        """Return the line that changes a local variable."""
        return f"{name} = {value.text}"

    def loop(self, variable: str, size: int, body: Lines) -> Lines:
        """Return a loop."""
        return [f"for {variable} in range({size}):", *shifted(body)]

    def closed(self, body: Lines) -> Lines:
        """Return the lines: Python has no blocks."""
        return body

    def refuse(self, condition: Code, message: str) -> Lines:
        """Return the lines that raise."""
        return [f"if not ({condition.text}):", f"    raise ValueError({message!a})"]

    def multiply(self, product: Product, source: Code) -> tuple[Lines, str]:
        """Return the call that makes a list of the sums."""
        bias = f"[0.0] * {product.units}" if product.bias is None else product.bias.name.upper()
        sums = self.free("sums")
        row = f"{product.source.buffer.name}, {source.text}"
        return [f"{sums} = _sums({row}, {product.kernel.name.upper()}, {bias})"], sums


def _is_divisor(text: str) -> bool:
    """Tell a literal that is not 0."""
    try:
        return float(text) != 0
    except ValueError:
        return False
