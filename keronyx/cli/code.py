"""``keronyx code``: a Keras file becomes source code that needs nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

import click

from keronyx.cli.options import Read, warn
from keronyx.cli.show import ends, say, size_text
from keronyx.coding import SourceCode, print_code, refuse_sources, weights_name
from keronyx.conversion import read
from keronyx.converter.errors import UsageError
from keronyx.converter.output import atomic_writes
from keronyx.converter.overwriting import Kind, mentions, refuse_other, refuse_same, starts_with
from keronyx.converter.program.language import Options, Program
from keronyx.converter.program.memory import Port
from keronyx.converter.program.names import identifier
from keronyx.converter.program.weights import MAGIC
from keronyx.converter.source import printer

SUFFIXES: Final = {
    "c": ".c",
    "cpp": ".hpp",
    "csharp": ".cs",
    "javascript": ".mjs",
    "python": ".py",
}

STDOUT: Final = "-"

ALSO: Final = {
    "c": ("h", "cc", "cpp", "cxx"),
    "cpp": ("h", "cc", "cpp", "cxx"),
    "javascript": ("js",),
}
"""What else a source file of a language may be called, besides .txt."""

WEIGHTS: Final = Kind(
    what="a weights file for source code", suffixes=("bin",), is_one=starts_with(MAGIC)
)


def code_kind(language: str) -> Kind:
    """Return what source code of ours is told by: its first comment says who made it."""
    suffixes = (SUFFIXES[language].removeprefix("."), *ALSO.get(language, ()), "txt")
    what = "source code made by keronyx"
    return Kind(what=what, suffixes=suffixes, is_one=mentions(b"made by keronyx "))


@dataclass(frozen=True, kw_only=True)
class Printing(Read):
    """What is asked."""

    to: str
    output: str | None
    name: str
    double: bool
    pure: bool
    weights_file: str | None
    force: bool
    quiet: bool

    def run(self) -> int:
        """Print the model as source code, write it, and say what was written."""
        printer(self.to)
        output = self._beside() if self.output is None else self.output
        options = self._options(output)
        paths = [output]
        if options.weights_file is not None:
            paths.append(str(Path(output).with_name(options.weights_file)))
        self._refuse_others(paths)
        model = read(self.source, **self.reading())
        warn(model.notes)
        refuse_sources(model, self.source, self.weights, self.biases, targets=paths)
        printed = print_code(model, self.to, options, double=self.double, name=self.name)
        if output == STDOUT:
            click.echo(printed.text, nl=False)
        else:
            self._write(paths, printed)
        return 0

    def _refuse_others(self, paths: Sequence[str]) -> None:
        """Refuse to replace what is no source code, or weights, of ours."""
        if paths == [STDOUT]:
            return
        for path, kind in zip(paths, (code_kind(self.to), WEIGHTS), strict=False):
            refuse_same(path, self.source, self.weights, self.biases)
            refuse_other(path, kind, force=self.force)

    def _options(self, output: str) -> Options:
        """Return how to print; a weights file needs a place beside the code."""
        if output == STDOUT and self.weights_file is not None:
            raise UsageError(
                "a weights file goes beside the code, which goes to stdout",
                hint="give the code a file with -o",
            )
        return Options(weights_file=weights_name(output, self.weights_file), pure=self.pure)

    def _beside(self) -> str:
        """Return where the code goes by default: beside its source, under a name to import."""
        path = PurePath(self.source)
        if path.name in {"", ".."}:
            raise UsageError(f"no name for the code of {self.source!r}", hint="give one with -o")
        return str(path.with_name(identifier(path.stem, "model") + SUFFIXES[self.to]))

    def _write(self, paths: Sequence[str], printed: SourceCode) -> None:
        """Write the code, and its weights where they are apart: both or none."""
        texts = [printed.text.encode()]
        if printed.weights is not None:
            texts.append(printed.weights)
        with atomic_writes(*paths) as files:
            for file, text in zip(files, texts, strict=True):
                file.write(text)
        if not self.quiet:
            for path, text in zip(paths, texts, strict=True):
                say(f"{path}  {size_text(len(text))}")
            _say_program(printed.program)


def _say_program(program: Program) -> None:
    """Say what a program takes and gives, and how it proves itself."""
    for kind, port in ends(program.inputs, program.outputs):
        say(f"  {kind:6}  {_port(port)}")
    rows = program.vectors.rows if program.vectors else 0
    say(f"  self-test of {rows} recorded rows" if rows else "  no self-test: no finite outputs")


def _port(port: Port) -> str:
    shape = f" {port.shape}" if len(port.shape) > 1 else ""
    return f"{port.buffer.name}  {port.buffer.size} {port.buffer.dtype}{shape}"
