"""``keronyx check``: an ONNX file is held against a Keras file."""

from dataclasses import dataclass
from typing import Any

from keronyx.backends import TRUST
from keronyx.cli.options import Asked, warn
from keronyx.cli.show import show_json
from keronyx.cli.verdict import report_record, show_report
from keronyx.conversion import read, read_samples
from keronyx.converter.errors import UnsupportedConfigError, UnsupportedLayerError, UsageError
from keronyx.converter.interface import interface_of
from keronyx.converter.model import Model
from keronyx.runtime.check import check
from keronyx.runtime.oddities import said_by_user
from keronyx.runtime.report import DifferenceError


@dataclass(frozen=True, kw_only=True)
class Comparison(Asked):
    """What is asked."""

    model: str
    against: str | None
    trust: bool

    def run(self) -> int:
        """Compare both models' numbers, and say how far they are apart."""
        live = self._loaded() if self.against else None
        model = self._described(live)
        report = check(self.model, model, samples=read_samples(self.samples), against=live)
        warn((*model.notes, *said_by_user(model), *report.warnings))
        with self.telling():
            if not report.passed:
                raise DifferenceError(report, path=self.model)
        if self.as_json:
            show_json({"check": report_record(report)})
        elif not self.quiet:
            show_report(report)
        return 0

    def _loaded(self) -> Any:
        """Load the source with the installed Keras."""
        if not self.trust:
            raise UsageError("--against keras without --trust", hint=TRUST)
        if self.weights is not None:
            raise UsageError("--against keras with --weights", hint="give a whole model")
        from keronyx.trusted import load_trusted  # noqa: PLC0415

        return load_trusted(self.source)

    def _described(self, live: Any) -> Model:
        """Describe the source; where its layers are refused, there is still Keras to ask."""
        try:
            return read(
                self.source,
                **self.reading(),
            )
        except (UnsupportedLayerError, UnsupportedConfigError):
            if live is None:
                raise
            return interface_of(live)
