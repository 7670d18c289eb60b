"""``keronyx host``: a Keras file becomes a project that runs it in another language."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from keronyx.cli.options import Read, column_names, shapes, warn
from keronyx.cli.show import ends, say, shape_text, size_text
from keronyx.hosting import Project, host
from keronyx.runtime.hosts import HOSTS, Port


@dataclass(frozen=True, kw_only=True)
class Hosting(Read):
    """What is asked."""

    to: str
    output: str
    name: str
    shape: Sequence[str]
    columns: str | None
    classes: str | None
    opset: int
    quiet: bool

    def run(self) -> int:
        """Write the project, and say what is in it."""
        made = host(
            self.source,
            self.to,
            self.output,
            **self.reading(),
            opset=self.opset,
            name=self.name,
            shape=shapes(self.shape),
            columns=column_names(self.columns),
            classes=column_names(self.classes, "--classes"),
        )
        if made.conversion:
            warn(made.conversion.warnings)
        if not self.quiet:
            _say_project(made)
        return 0


def _say_project(made: Project) -> None:
    """Say which files there are, what the project takes and gives, and where to read on."""
    for path in sorted(Path(made.folder).rglob("*")):
        if path.is_file():
            say(f"{path}  {size_text(path.stat().st_size)}")
    for kind, port in ends(made.facts.inputs, made.facts.outputs):
        say(f"  {kind:6}  {_port(port)}")
    say(f"  self-test of {made.facts.rows} recorded rows")
    say(f"how to build and run it in {HOSTS[made.to]}: {Path(made.folder) / 'README.md'}")


def _port(port: Port) -> str:
    return f"{port.name}  {port.dtype} {shape_text((None, *port.row))}"
