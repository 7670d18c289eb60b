"""Source code in C++17: a header that needs nothing but the standard library."""

from collections.abc import Iterator, Sequence
from typing import Final

from keronyx.converter.program.language import Options, Program
from keronyx.converter.program.memory import Buffer
from keronyx.converter.source.native.expressions import TYPES, Dialect
from keronyx.converter.source.native.file import CFile, shape_text
from keronyx.converter.source.native.loops import Lines, shifted
from keronyx.converter.source.native.selftest import selftest
from keronyx.converter.source.native.text import manual
from keronyx.converter.source.native.weights import helpers as weight_helpers
from keronyx.converter.source.native.weights import load_body
from keronyx.converter.source.texts import for_each

CPP17: Final = Dialect(
    restrict="__restrict",
    aligned="alignas(64) {}",
    table="inline constexpr",
    helper="inline",
    size="std::size_t",
    math="std::",
    suffix=False,
)

USE: Final = (
    "Include it, and compile with -O3 -march=native. Inputs and outputs are std::array, or",
    "pointers to the first number.",
)
"""How the file is used."""

USING: Final = tuple(
    f"using std::{name};"
    for name in ("int32_t", "int64_t", "size_t", "uint16_t", "uint32_t", "uint64_t")
)

SIZES: Final = (
    "static_assert(sizeof(float) == 4 && std::numeric_limits<float>::is_iec559);",
    "static_assert(sizeof(double) == 8 && std::numeric_limits<double>::is_iec559);",
)

HEADERS: Final = ("array", "cmath", "cstddef", "cstdint", "cstring", "limits")


def write(program: Program, options: Options) -> str:
    """Return the program in C++."""
    return Cpp(program, options).write()


class Cpp(CFile):
    """A C++ header: one namespace, what is not for the caller in another within."""

    dialect = CPP17

    @property
    def space(self) -> str:
        """The namespace; within one of ours, since the global one has the C library's names."""
        return f"keronyx::{self.program.name}"

    def named(self, what: str) -> str:
        """Return how the self-test calls a function or a type."""
        name = what.capitalize() if what in {"weights", "workspace"} else what
        return f"{self.space}::{name}"

    def member(self, struct: str, buffer: Buffer) -> str:
        """Return a member of a struct that a function was given."""
        return f"{struct}.{buffer.name}"

    def passed(self, struct: str, const: str = "") -> str:
        """Return the parameter that a struct is passed by."""
        return f"{const}{struct.capitalize()} &{struct}"

    def handle(self, struct: str, memory: str) -> str:
        """Return the line that makes of memory what is passed."""
        return f"auto &{struct} = {memory};"

    def counted(self, name: str, size: str, shape: Sequence[int]) -> str:
        """Return the assertion that a table has a size."""
        return f'static_assert(sizeof({name}) == {size}, "{shape_text(shape)} numbers");'

    def lines(self) -> Iterator[str]:
        """Yield the lines of the file."""
        guard = f"KERONYX_{self.program.name.upper()}_HPP"
        yield from manual(self, USE)
        yield from (f"#ifndef {guard}", f"#define {guard}", "")
        yield from (f"#include <{header}>" for header in HEADERS)
        yield from ("", f"namespace {self.space} {{", "")
        for struct, members in self.structs():
            yield from (f"struct {struct.capitalize()} {{", *members, "};", "")
        yield from ("namespace detail {", "", *USING, "", *SIZES, "")
        yield from (*self.tables(), *self.helpers())
        if self.packed:
            yield from weight_helpers(self.dialect)
        if self.rows > 1:
            yield from _function(self._head("predict_rows"), self.block_body())
        yield from ("}", "")
        for head, body in self._public():
            yield from _function(head, ["using namespace detail;", *body])
        yield from (*self._array_form(), "}", *selftest(self), "", "#endif")

    def _head(self, what: str, *, batch: bool = False) -> str:
        return f"inline int {what}({self.parameters(batch=batch)}) noexcept"

    def _public(self) -> Iterator[tuple[str, Lines]]:
        """Yield the head and the body of every function that is called from outside."""
        if self.packed:
            parameters = f"{self.passed('weights')}, const void *data, std::size_t size"
            body = load_body(self.program, self.packed, ".")
            yield f"inline int load({parameters}) noexcept", body
        yield self._head("predict"), self.row_body()
        batch = self.batch_body("predict", "predict_rows")
        yield self._head("predict_batch", batch=True), batch

    def _array_form(self) -> Iterator[str]:
        """Yield the prediction of a row whose sizes the compiler checks."""
        parts = [self.passed("weights", "const ")] if self.packed else []
        line = "std::array<{kind}, {size}> &{name}"
        parts += for_each(self.program.inputs, f"const {line}", TYPES)
        parts += for_each(self.program.outputs, line, TYPES)
        parts += [self.passed("workspace")] if self.workspace else []
        names = for_each(self.ports, "{name}.data()", TYPES)
        call = f"return predict({', '.join(self.arguments('', names))});"
        yield from _function(f"inline int predict({', '.join(parts)}) noexcept", [call])


def _function(head: str, body: Lines) -> Iterator[str]:
    yield from (head, "{", *shifted(body), "}", "")
