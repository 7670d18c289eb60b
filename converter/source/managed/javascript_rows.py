"""Statements in JavaScript.

float32 is computed in double and rounded where it is stored, which is more exact than float32.
int64 is BigInt, because a JavaScript number holds no more than 53 bits.
"""

from collections.abc import Callable, Mapping
from typing import Final

from keronyx.converter.program.expressions import COMPARISONS
from keronyx.converter.program.memory import Buffer, DType
from keronyx.converter.program.statements import Product
from keronyx.converter.source.expressions import (
    ATOM,
    CHOICE,
    COMPARED,
    Code,
    binary,
    call,
    negative,
)
from keronyx.converter.source.literals import Literals
from keronyx.converter.source.loops import Lines
from keronyx.converter.source.managed.braces import Braces
from keronyx.converter.source.texts import quoted

CASTS: Final[Mapping[tuple[str, str], Callable[[Code], Code]]] = {
    ("bool", "int64"): lambda c: Code(f"{c.within(COMPARED)} ? 1n : 0n", CHOICE),
    ("int32", "int64"): lambda c: call("BigInt", c),
    ("int32", "float32"): lambda c: call("Math.fround", c),
    ("int64", "int32"): lambda c: call("Number", Code(f"BigInt.asIntN(32, {c.text})")),
    ("int64", "float32"): lambda c: call("Math.fround", call("Number", c)),
    ("int64", "float64"): lambda c: call("Number", c),
    ("float32", "int32"): lambda c: call("Math.trunc", c),
    ("float64", "int32"): lambda c: call("Math.trunc", c),
    ("float32", "int64"): lambda c: call("BigInt", call("Math.trunc", c)),
    ("float64", "int64"): lambda c: call("BigInt", call("Math.trunc", c)),
    ("float64", "float32"): lambda c: call("Math.fround", c),
}
"""How a value changes its type, where it looks different then."""

BIGINT: Final = "BigInt("


LITERALS: Final = Literals(("false", "true"), ("Infinity", "-Infinity", "NaN"), "n", point=False)


HELPED: Final = {"rint": "roundHalfEven", "erf": "errorFunction"}
"""Functions that JavaScript does not have, by ours."""


class JavaScript(Braces):
    """Prints the statements of one row."""

    indent = "  "

    def number(self, value: float, dtype: DType) -> Code:
        """Return a literal."""
        return LITERALS.code(value, dtype)

    def narrowed(self, value: Code) -> Code:
        """Return a number rounded to float32."""
        return call("Math.fround", value)

    def element(self, buffer: Buffer, index: Code) -> Code:
        """Return the value of an element."""
        code = Code(f"{buffer.name}[{index.text}]")
        return Code(f"{code.text} !== 0", COMPARED) if buffer.dtype == "bool" else code

    def position(self, value: Code, dtype: DType) -> Code:
        """Return a number; one that was made a BigInt just now as it was."""
        if value.text.startswith(BIGINT) and value.rank == ATOM:
            inner = value.text[len(BIGINT) : -1]
            return Code(inner, CHOICE if " " in inner else ATOM)
        return call("Number", value) if dtype == "int64" else value

    def counted(self, variable: str, dtype: DType) -> Code:
        """Return a loop variable."""
        return call("BigInt", Code(variable)) if dtype == "int64" else Code(variable)

    def binary(self, operator: str, left: Code, right: Code, dtype: DType) -> Code:
        """Return ``left operator right``."""
        if operator in COMPARISONS:
            code = binary(operator, left, right)
            strict = f" {operator}= " if operator in {"==", "!="} else f" {operator} "
            first, second = left.within(COMPARED + 1), right.within(COMPARED + 1)
            return code._replace(text=f"{first}{strict}{second}")
        if dtype == "int32" and operator == "*":
            return call("Math.imul", left, right)
        return _wrapped(binary(operator, left, right), dtype)

    def called(self, function: str, arguments: tuple[Code, ...], dtype: DType) -> Code:
        """Return a call of one of FUNCTIONS."""
        if function == "neg":
            return _wrapped(negative(arguments[0]), dtype)
        if function in HELPED:
            return call(HELPED[function], *arguments)
        if dtype == "int64":
            a, b = (argument.within(COMPARED + 1) for argument in arguments)
            return Code(f"{a} {'>' if function == 'max' else '<'} {b} ? {a} : {b}", CHOICE)
        return call(f"Math.{function}", *arguments)

    def cast(self, value: Code, source: DType, target: DType) -> Code:
        """Return a value in another type."""
        if (source, target) in CASTS:
            return CASTS[source, target](value)
        if source == "bool" != target:
            return Code(f"{value.within(COMPARED)} ? 1 : 0", CHOICE)
        return value

    def declare(self, name: str, dtype: DType, value: Code, *, changes: bool = False) -> str:
        """Return the line that makes a local variable."""
        del dtype
        return f"{'let' if changes else 'const'} {name} = {value.text};"

    def store(self, target: str, dtype: DType, value: Code) -> str:
        """Return the line that stores a value."""
        del dtype
        return f"{target} = {value.text};"

    def loop(self, variable: str, size: int, body: Lines) -> Lines:
        """Return a loop."""
        count = f"let {variable} = 0; {variable} < {size}; {variable}++"
        return [f"for ({count}) {{", *self.closed(body)[1:]]

    def refuse(self, condition: Code, message: str) -> Lines:
        """Return the line that throws."""
        return [f"if (!({condition.text})) throw new RangeError({quoted(message)});"]

    def multiply(self, product: Product, source: Code) -> tuple[Lines, str]:
        """Return the call that fills ``rowSums``."""
        bias = "null" if product.bias is None else product.bias.name
        row = f"{product.source.buffer.name}, {source.text}, {product.inputs}"
        line = f"multiplyRow({row}, {product.kernel.name}, {bias}, {product.units});"
        return [line], "rowSums"


def _wrapped(code: Code, dtype: DType) -> Code:
    if dtype == "int32":
        return Code(f"{code.within(COMPARED)} | 0", CHOICE)
    return Code(f"BigInt.asIntN(64, {code.text})") if dtype == "int64" else code
