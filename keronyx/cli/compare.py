"""``keronyx check``: an ONNX file is held against a Keras file."""

from dataclasses import dataclass, replace
from typing import Any

from keronyx.checking import check
from keronyx.cli.options import Asked, column_names, warn
from keronyx.cli.show import show_json
from keronyx.cli.verdict import report_record, show_report
from keronyx.conversion import read
from keronyx.converter.errors import UnsupportedConfigError, UnsupportedLayerError, UsageError
from keronyx.converter.model import Model
from keronyx.converting import read_samples
from keronyx.live.backends import TRUST
from keronyx.live.interface import interface_of
from keronyx.runtime.columns import checked, from_metadata
from keronyx.runtime.proof.oddities import said_by_user
from keronyx.runtime.proof.report import DifferenceError, Report
from keronyx.runtime.session.predictor import load
from keronyx.runtime.specs import specs_of


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
        notes: list[str] = []
        samples = read_samples(self.samples, self._named(model), notes.append)
        report = check(self.model, model, samples=samples, against=live)
        warn((*model.notes, *said_by_user(model), *notes, *report.warnings))
        with self.telling():
            if not report.passed:
                raise DifferenceError(report, path=self.model)
        self._show(report)
        return 0

    def _show(self, report: Report) -> None:
        if self.as_json:
            show_json({"check": report_record(report)})
        elif not self.quiet:
            show_report(report)

    def _named(self, model: Model) -> Model:
        """Return the model with the names of its columns: those given, or those in the graph."""
        specs = specs_of(model.inputs)
        columns = checked(column_names(self.columns), specs)
        if self.samples is not None and not columns:
            columns = from_metadata(load(self.model).metadata, specs)
        return replace(model, columns=columns)

    def _loaded(self) -> Any:
        """Load the source with the installed Keras."""
        if not self.trust:
            raise UsageError("--against keras without --trust", hint=TRUST)
        if self.weights is not None:
            raise UsageError("--against keras with --weights", hint="give a whole model")
        from keronyx.live.trusted import load_trusted  # noqa: PLC0415

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
