"""``keronyx check``: an ONNX file is held against a Keras file."""

from dataclasses import dataclass

from keronyx.cli.options import Asked, activation_names, warn
from keronyx.cli.show import show_json
from keronyx.cli.verdict import report_record, show_report
from keronyx.conversion import read, read_samples
from keronyx.runtime.check import check
from keronyx.runtime.report import DifferenceError


@dataclass(frozen=True, kw_only=True)
class Comparison(Asked):
    """What is asked."""

    model: str

    def run(self) -> int:
        """Compare both models' numbers, and say how far they are apart."""
        model = read(self.source, self.weights, activations=activation_names(self.activations))
        report = check(self.model, model, samples=read_samples(self.samples))
        warn(report.warnings)
        with self.telling():
            if not report.passed:
                raise DifferenceError(report, path=self.model)
        if self.as_json:
            show_json({"check": report_record(report)})
        elif not self.quiet:
            show_report(report)
        return 0
