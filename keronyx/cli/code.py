"""``keronyx code``: a Keras file becomes source code that needs nothing else."""

from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

from keronyx.cli.options import activation_names
from keronyx.cli.show import say, size_text
from keronyx.coding import SourceCode, print_code, weights_name
from keronyx.conversion import read
from keronyx.converter.code import Options, printer
from keronyx.converter.code.names import identifier
from keronyx.converter.code.program import Port
from keronyx.converter.errors import UsageError
from keronyx.converter.output import atomic_writes

SUFFIXES: Final = {
    "c": ".c",
    "cpp": ".hpp",
    "csharp": ".cs",
    "javascript": ".mjs",
    "python": ".py",
}


@dataclass(frozen=True, kw_only=True)
class Printing:
    """What is asked."""

    source: str
    to: str
    output: str | None
    name: str
    double: bool
    pure: bool
    weights_file: str | None
    weights: str | None
    activations: str | None
    quiet: bool

    def run(self) -> int:
        """Print the model as source code, write it, and say what was written."""
        printer(self.to)
        output = self.output or self._beside()
        options = Options(weights_file=weights_name(output, self.weights_file), pure=self.pure)
        model = read(self.source, self.weights, activations=activation_names(self.activations))
        printed = print_code(model, self.to, options, double=self.double, name=self.name)
        self._write(output, printed, options.weights_file)
        return 0

    def _beside(self) -> str:
        """Return where the code goes by default: beside its source, under a name to import."""
        path = PurePath(self.source)
        if path.name in {"", ".."}:
            raise UsageError(f"no name for the code of {self.source!r}", hint="give one with -o")
        return str(path.with_name(identifier(path.stem, "model") + SUFFIXES[self.to]))

    def _write(self, output: str, printed: SourceCode, weights: str | None) -> None:
        """Write the code, and its weights where they are apart: both or none."""
        texts = [printed.text.encode()]
        paths = [output]
        if weights is not None and printed.weights is not None:
            texts.append(printed.weights)
            paths.append(str(Path(output).parent / weights))
        with atomic_writes(*paths) as files:
            for file, text in zip(files, texts, strict=True):
                file.write(text)
        if self.quiet:
            return
        for path, text in zip(paths, texts, strict=True):
            say(f"{path}  {size_text(len(text))}")
        program = printed.program
        for kind, ports in (("input", program.inputs), ("output", program.outputs)):
            for port in ports:
                say(f"  {kind:6}  {_port(port)}")
        rows = program.vectors.rows if program.vectors else 0
        say(f"  self-test of {rows} recorded rows" if rows else "  no self-test: no finite outputs")


def _port(port: Port) -> str:
    shape = f" {port.shape}" if len(port.shape) > 1 else ""
    return f"{port.buffer.name}  {port.buffer.size} {port.buffer.dtype}{shape}"
