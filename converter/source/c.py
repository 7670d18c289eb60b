"""Source code in C99: one file that needs nothing but the C library."""

from collections.abc import Iterator, Sequence
from typing import Final

from keronyx.converter.program.language import Options, Program
from keronyx.converter.program.memory import Buffer
from keronyx.converter.source.native.expressions import Dialect
from keronyx.converter.source.native.file import CFile
from keronyx.converter.source.native.loops import Lines, shifted
from keronyx.converter.source.native.selftest import selftest
from keronyx.converter.source.native.text import manual
from keronyx.converter.source.native.weights import helpers as weight_helpers
from keronyx.converter.source.native.weights import load_body

C99: Final = Dialect(
    restrict="restrict",
    aligned="KX_ALIGNED({})",
    table="static const",
    helper="static inline",
    size="size_t",
    math="",
    suffix=True,
)


SIZES: Final = (
    "typedef char kx_float_has_32_bits[sizeof(float) == 4 ? 1 : -1];",
    "typedef char kx_double_has_64_bits[sizeof(double) == 8 ? 1 : -1];",
)

ALIGNED: Final = (
    "#if defined(__GNUC__)",
    "#define KX_ALIGNED(declaration) declaration __attribute__((aligned(64)))",
    "#elif defined(_MSC_VER)",
    "#define KX_ALIGNED(declaration) __declspec(align(64)) declaration",
    "#else",
    "#define KX_ALIGNED(declaration) declaration",
    "#endif",
)

USE: Final = (
    "Compile it as it is, with -O3 -march=native (and -lm). To call it from other files, define",
    "KERONYX_DECLARATIONS and include it: then it declares the functions and nothing else.",
)
"""How the file is used."""


def write(program: Program, options: Options) -> str:
    """Return the program in C."""
    return C(program, options).write()


class C(CFile):
    """A C file: declarations for whoever includes it, then everything else."""

    dialect = C99

    def named(self, what: str) -> str:
        """Return the name of a function or a type."""
        return f"{self.program.name}_{what}"

    def member(self, struct: str, buffer: Buffer) -> str:
        """Return a member of a struct that a function was given."""
        return f"{struct}->{buffer.name}"

    def passed(self, struct: str, const: str = "") -> str:
        """Return the parameter that a struct is passed by."""
        return f"{const}{self.named(struct)} *{struct}"

    def handle(self, struct: str, memory: str) -> str:
        """Return the line that makes of memory what is passed."""
        return f"{self.named(struct)} *const {struct} = &{memory};"

    def counted(self, name: str, size: str, shape: Sequence[int]) -> str:
        """Return the assertion that a table has a size."""
        del shape
        return f"typedef char kx_size_of_{name}[sizeof({name}) == {size} ? 1 : -1];"

    def lines(self) -> Iterator[str]:
        """Yield the lines of the file."""
        guard = f"KERONYX_{self.program.name.upper()}"
        yield from manual(self, USE)
        yield from (f"#ifndef {guard}", f"#define {guard}", "")
        yield from ("#include <stddef.h>", "#include <stdint.h>", "")
        for struct, members in self.structs():
            yield from ("typedef struct {", *members, f"}} {self.named(struct)};", "")
        yield from ("#ifdef __cplusplus", 'extern "C" {', "#define restrict", "#endif")
        yield from (f"{head};" for head, _ in self._public())
        yield from ("#ifdef __cplusplus", "#undef restrict", "}", "#endif", "#endif", "")
        yield from ("#ifndef KERONYX_DECLARATIONS", "#include <math.h>", "#include <string.h>", "")
        yield from (*SIZES, "", *ALIGNED, "", *self.tables(), *self.helpers())
        if self.packed:
            yield from weight_helpers(self.dialect)
        if self.rows > 1:
            yield from self._function(f"static {self._head('rows')}", self.block_body())
        for head, body in self._public():
            yield from self._function(head, body)
        yield from selftest(self)
        yield "#endif"

    def _head(self, what: str, *, batch: bool = False) -> str:
        return f"int {self.named(what)}({self.parameters(batch=batch)})"

    def _public(self) -> Iterator[tuple[str, Lines]]:
        """Yield the head and the body of every function that is called from outside."""
        if self.packed:
            parameters = f"{self.passed('weights')}, const void *data, size_t size"
            body = load_body(self.program, self.packed, "->")
            yield f"int {self.named('load')}({parameters})", body
        yield self._head("predict"), self.row_body()
        batch = self.batch_body(self.named("predict"), self.named("rows"))
        yield self._head("predict_batch", batch=True), batch

    def _function(self, head: str, body: Lines) -> Iterator[str]:
        yield from (head, "{", *shifted(body), "}", "")
