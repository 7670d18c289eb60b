"""What several commands are asked alike, and how it is read."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from keronyx.cli.show import tell
from keronyx.converter.errors import CheckError, UsageError


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What ``convert`` and ``check`` are asked."""

    source: str
    weights: str | None
    activations: str | None
    samples: str | None
    as_json: bool
    quiet: bool

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Show the numbers of a check that fails, before its one line."""
        try:
            yield
        except CheckError as error:
            from keronyx.cli.verdict import show_failure  # noqa: PLC0415 - loads the runtime

            if self.as_json or not self.quiet:
                show_failure(error, as_json=self.as_json)
            raise


def activation_names(text: str | None) -> list[str] | str | None:
    """Return the names of a comma-separated list; a single one stands for every layer."""
    if text is None:
        return None
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise UsageError(f"--activations {text!r} has an empty name", hint="as in relu,relu,linear")
    return names[0] if len(names) == 1 else names


def warn(warnings: Iterable[str]) -> None:
    """Say what is odd, one line each."""
    for warning in warnings:
        tell(f"warning: {warning}")
