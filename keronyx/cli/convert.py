"""``keronyx convert``: a Keras file becomes a checked ONNX file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keronyx.cli.options import Asked, column_names, layer_names, new_names, shapes, warn
from keronyx.cli.show import say, shape_text, show_json, size_text, tensor_record, tensors_of
from keronyx.conversion import Conversion, convert
from keronyx.converter.errors import UsageError
from keronyx.converter.model import Model
from keronyx.live.backends import Backend


@dataclass(frozen=True, kw_only=True)
class Request(Asked):
    """What is asked."""

    output: str | None
    opset: int
    ir_version: int | None
    shape: tuple[str, ...]
    rename: tuple[str, ...]
    outputs: str | None
    no_check: bool
    external_data: bool
    backend: Backend
    trust: bool
    imports: tuple[str, ...]
    force: bool

    def run(self) -> int:
        """Convert, check, write, and say what was written."""
        output = self.output or _beside(self.source)
        with self.telling():
            made = convert(
                self.source,
                output,
                **self.reading(),
                opset=self.opset,
                ir_version=self.ir_version,
                shape=shapes(self.shape),
                rename=new_names(self.rename),
                outputs=layer_names(self.outputs),
                check=not self.no_check,
                samples=self.samples,
                external_data=self.external_data or None,
                backend=self.backend,
                trust=self.trust,
                imports=self.imports,
                force=self.force,
                columns=column_names(self.columns),
            )
        warn(made.warnings)
        self._tell(made, output)
        return 0

    def _tell(self, made: Conversion, output: str) -> None:
        if self.as_json:
            show_json(_record(made, output))
        elif not self.quiet:
            _print(made, output)


def _beside(source: str) -> str:
    """Return where the ONNX model goes by default: beside its source."""
    path = Path(source)
    if path.name in {"", ".."}:
        path = path.resolve()
    if not path.name:
        raise UsageError(f"no name for the ONNX model of {source!r}", hint="give one with -o")
    return str(path.with_suffix(".onnx"))


def _sizes(output: str) -> dict[str, int]:
    """Return the files that were written, and their sizes."""
    paths = (Path(output), Path(f"{output}.data"))
    return {str(path): path.stat().st_size for path in paths if path.exists()}


def _print(made: Conversion, output: str) -> None:
    for path, size in _sizes(output).items():
        say(f"{path}  {size_text(size)}")
    _print_ends(made.model)
    _print_origin(made)
    if made.report is None:
        say("not checked")
        return
    from keronyx.cli.verdict import show_report  # noqa: PLC0415 - loads the runtime

    show_report(made.report)


def _print_ends(model: Model) -> None:
    """Print a line for each input and output."""
    lines = list(tensors_of(model))
    width = max(len(name) for _, (name, _) in lines)
    for kind, (name, tensor) in lines:
        say(f"  {kind:6}  {name:{width}}  {tensor.dtype} {shape_text(tensor.shape)}")


def _print_origin(made: Conversion) -> None:
    """Say what was converted, and by whom."""
    model = made.model
    version = f", from Keras {model.keras_version}" if model.keras_version else ""
    if model.layers:
        say(f"  {model.parameters:,} parameters in {len(model.layers)} layers{version}")
    if made.backend == "tf2onnx":
        say(f"  by TensorFlow and tf2onnx{version}")
    say(f"  opset {made.opset}")


def _record(made: Conversion, output: str) -> dict[str, Any]:
    model = made.model
    record: dict[str, Any] = {
        "files": _sizes(output),
        "source": model.source,
        "keras_version": model.keras_version or None,
        "opset": made.opset,
        "backend": made.backend,
        "inputs": tensor_record(model.inputs),
        "outputs": tensor_record(model.outputs),
        "states": model.pairs,
        "layers": len(model.layers),
        "parameters": model.parameters,
        "warnings": made.warnings,
        "check": None,
    }
    if made.report is not None:
        from keronyx.cli.verdict import report_record  # noqa: PLC0415 - loads the runtime

        record["check"] = report_record(made.report)
    return record
