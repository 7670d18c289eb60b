"""What the files of C and C++ have in common: tables, functions, and how they are called."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from keronyx.converter.errors import UnsupportedConfigError
from keronyx.converter.program.language import Options, Program
from keronyx.converter.program.memory import REALS, Buffer, DType, Port
from keronyx.converter.program.statements import Comment, Fold, Product, Statement
from keronyx.converter.program.walking import functions_of
from keronyx.converter.program.weights import pack
from keronyx.converter.source.native.expressions import TYPES, Dialect, exact, literal
from keronyx.converter.source.native.loops import Lines, loop
from keronyx.converter.source.native.products import ROWS, CProducts
from keronyx.converter.source.texts import for_each, said
from keronyx.converter.tensors import Array

STACK: Final = 256 * 1024
"""Most bytes of scratch that a function takes from the stack."""

LARGEST: Final = 2**31 - 1
"""Most numbers of a buffer: they are counted in int."""

PER_LINE: Final = 6
"""Numbers in a line of a table."""


class CFile(ABC):
    """Prints a program; what C and C++ do differently is left open."""

    dialect: Dialect

    def __init__(self, program: Program, options: Options) -> None:
        _refuse_large(program)
        self.program = program
        self.options = options
        self.ports = (*program.inputs, *program.outputs)
        self.packed = pack(program) if options.weights_file else None
        self.workspace = program.scratch_bytes > STACK
        self.rows = ROWS if self.workspace else _block_rows(program)

    @abstractmethod
    def lines(self) -> Iterator[str]:
        """Yield the lines of the file."""

    @abstractmethod
    def named(self, what: str) -> str:
        """Return how the self-test calls a function or a type."""

    @abstractmethod
    def member(self, struct: str, buffer: Buffer) -> str:
        """Return a member of a struct that a function was given."""

    @abstractmethod
    def passed(self, struct: str, const: str = "") -> str:
        """Return the parameter that a struct is passed by."""

    @abstractmethod
    def handle(self, struct: str, memory: str) -> str:
        """Return the line that makes of memory what is passed."""

    @abstractmethod
    def counted(self, name: str, size: str, shape: Sequence[int]) -> str:
        """Return the assertion that a table has a size, in bytes."""

    def write(self) -> str:
        """Return the file."""
        return "\n".join([*self.lines(), ""])

    def tables(self) -> Iterator[str]:
        """Yield the constants, where the source holds them."""
        for constant in () if self.packed else self.program.constants:
            yield f"/* {said(constant.label)}: {shape_text(constant.values.shape)} */"
            yield from self.table(constant.name, constant.values, constant.dtype)
            yield ""

    def table(self, name: str, values: Array, dtype: DType) -> Iterator[str]:
        """Yield a table of numbers, which the compiler counts."""
        declared = f"{self.dialect.table} {TYPES[dtype]} {name}[]"
        yield f"{self.dialect.place(declared, values.size)} = {{"
        yield from _numbers(values, dtype)
        yield "};"
        size = " * ".join(map(str, (*values.shape, f"sizeof({TYPES[dtype]})")))
        yield self.counted(name, size, values.shape)

    def members(self, buffers: Sequence[Buffer], rows: int = 1) -> Lines:
        """Return buffers as members of a struct."""
        return [f"    {TYPES[each.dtype]} {each.name}[{rows * each.size}];" for each in buffers]

    def helpers(self) -> Iterator[str]:
        """Yield max and min, NaN when either is, of the types that need them."""
        used = functions_of(self.program) | self._folded()
        for function, dtype in sorted(each for each in used if each[0] in {"max", "min"}):
            name, sign = TYPES[dtype], ">" if function == "max" else "<"
            nan = " || a != a" if dtype in REALS else ""
            yield f"{self.dialect.helper} {name} kx_{function}_{dtype}({name} a, {name} b)"
            yield from ("{", f"    return a {sign} b{nan} ? a : b;", "}", "")

    def _folded(self) -> set[tuple[str, DType]]:
        """Return the functions that folds call, by the types of their elements."""
        folds = (each for each in self.program.statements if isinstance(each, Fold))
        return {("max", fold.value.dtype) for fold in folds if fold.operator == "max"}

    def row_body(self) -> Lines:
        """Return what a prediction of one row does."""
        printer = CProducts(self.program, self.dialect)
        lines = [*self._memory(1)]
        for statement in self.program.statements:
            lines += printer.statement(statement)
        return [*lines, "return 0;"]

    def block_body(self) -> Lines:
        """Return what a prediction of several rows does: only products take them together."""
        printer = CProducts(self.program, self.dialect, "row", self.rows)
        lines = [*self._memory(self.rows)]
        for together, statements in _runs(self.program.statements):
            made = [line for each in statements for line in printer.statement(each)]
            lines += made if together else loop("row", self.rows, made)
        return [*lines, "return 0;"]

    def _memory(self, rows: int) -> Iterator[str]:
        """Yield the names of weights and scratch within a function."""
        restrict = self.dialect.restrict
        for constant in self.program.constants if self.packed else ():
            place = self.member("weights", constant)
            yield f"const {TYPES[constant.dtype]} *{restrict} const {constant.name} = {place};"
        for buffer in self.program.scratch:
            kind = TYPES[buffer.dtype]
            if self.workspace:
                place = self.member("workspace", buffer)
                yield f"{kind} *{restrict} const {buffer.name} = {place};"
            else:
                declared = f"{kind} {buffer.name}[{rows * buffer.size}]"
                yield f"{self.dialect.place(declared, rows * buffer.size)};"

    def batch_body(self, predict: str, block: str) -> Lines:
        """Return what a prediction of a batch does: whole blocks, then single rows."""
        lines = [f"{self.dialect.size} row = 0;"]
        calls = [(block, self.rows)] if self.rows > 1 else []
        for function, rows in (*calls, (predict, 1)):
            arguments = ", ".join(self.arguments("row"))
            head = f"row + {rows} <= rows" if rows > 1 else "row < rows"
            lines += [
                f"for (; {head}; row += {rows}) {{",
                f"    const int code = {function}({arguments});",
                "    if (code != 0) {",
                "        return code;",
                "    }",
                "}",
            ]
        return [*lines, "return 0;"]

    def arguments(self, row: str, names: Iterable[str] = ()) -> Iterator[str]:
        """Yield the arguments of a call for the rows from one on."""
        if self.packed:
            yield "weights"
        given = list(names) or [port.buffer.name for port in self.ports]
        yield from map(partial(_argument, row), given, self.ports)
        if self.workspace:
            yield "workspace"

    def parameters(self, *, batch: bool = False) -> str:
        """Return the parameters of a prediction."""
        parts = [f"{self.dialect.size} rows"] if batch else []
        if self.packed:
            parts.append(self.passed("weights", "const "))
        line = f"{{kind}} *{self.dialect.restrict} {{name}}"
        parts += for_each(self.program.inputs, f"const {line}", TYPES)
        parts += for_each(self.program.outputs, line, TYPES)
        if self.workspace:
            parts.append(self.passed("workspace"))
        return ", ".join(parts)

    def structs(self) -> Iterator[tuple[str, Lines]]:
        """Yield what the caller keeps: weights that were loaded, and scratch."""
        if self.packed:
            yield "weights", self.members(self.program.constants)
        if self.workspace:
            yield "workspace", self.members(self.program.scratch, self.rows)


def _argument(row: str, name: str, port: Port) -> str:
    """Return where a row of a port begins; the first where none is named."""
    return f"{name} + {row} * {port.buffer.size}" if row else name


def shape_text(shape: Sequence[int]) -> str:
    """Spell a shape."""
    return " x ".join(map(str, shape)) or "1"


def _numbers(values: Array, dtype: DType) -> Iterator[str]:
    """Yield lines of numbers, exact to the last bit."""
    spell = exact if dtype in REALS else literal
    texts = [spell(value, dtype) for value in values.ravel().tolist()]
    for start in range(0, len(texts), PER_LINE):
        yield f"    {', '.join(texts[start : start + PER_LINE])},"


def _block_rows(program: Program) -> int:
    """Return how many rows fit on the stack; 1 where nothing is gained by more."""
    products = (each for each in program.statements if isinstance(each, Product))
    if all(product.units <= 1 for product in products):
        return 1
    rows = ROWS
    while rows > 1 and rows * program.scratch_bytes > STACK:
        rows //= 2
    return rows


def _runs(statements: Sequence[Statement]) -> Iterator[tuple[bool, list[Statement]]]:
    """Yield statements one after the other: products alone, others as far as they go together."""
    run: list[Statement] = []
    together = False
    comments: list[Statement] = []
    for statement in statements:
        if isinstance(statement, Comment):
            comments.append(statement)
            continue
        if run and isinstance(statement, Product) != together:
            yield together, run
            run = []
        together = isinstance(statement, Product)
        run += [*comments, statement]
        comments = []
    yield together, [*run, *comments]


def _refuse_large(program: Program) -> None:
    for buffer in (*program.constants, *program.scratch):
        if ROWS * buffer.size > LARGEST:
            raise UnsupportedConfigError(f"a table of {buffer.size} numbers is too large for C")
