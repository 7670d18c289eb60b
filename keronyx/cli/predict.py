"""``keronyx predict``: run a Keras file or an ONNX model on rows of data."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from shutil import get_terminal_size
from typing import Any, Final

import numpy as np

from keronyx.cli.options import Read, column_names, warn
from keronyx.cli.show import Table, on_terminal, say, shape_text, show, tell
from keronyx.converter.errors import UsageError
from keronyx.converter.overwriting import refuse_same
from keronyx.converter.tensors import Array
from keronyx.runtime.columns import checked, from_metadata
from keronyx.runtime.session.batches import run_in_batches
from keronyx.runtime.session.predictor import Predictor, default_engine, is_onnx, load
from keronyx.runtime.tables.csv_rows import write_csv
from keronyx.runtime.tables.files import check_writable, read_inputs, write_outputs

ROWS: Final = 40
WIDTH: Final = 7
"""How much of the outputs a terminal is shown: rows, and characters a column."""


@dataclass(frozen=True, kw_only=True)
class Prediction(Read):
    """What was asked for."""

    data: str
    columns: str | None
    output: str | None
    engine: str | None
    force: bool

    def run(self) -> int:
        """Print the outputs for the rows, or write them to a file."""
        if self.output is not None:
            refuse_same(self.output, self.source, self.weights, self.biases, self.data)
            check_writable(self.output, force=self.force)
        predict = self._onnx() if is_onnx(self.source) else self._keras()
        specs = predict.inputs
        columns = checked(column_names(self.columns), specs)
        columns = columns or from_metadata(predict.metadata, specs)
        notes: list[str] = []
        rows = read_inputs(self.data, specs, columns, notes.append)
        self._give(run_in_batches(predict, rows, specs, stateful=bool(predict.states)))
        for note in notes:
            tell(note)
        return 0

    def _give(self, outputs: Mapping[str, Array]) -> None:
        """Write the outputs to the file that was named, else show them, or print them as CSV."""
        if self.output is not None:
            write_outputs(self.output, outputs)
            shapes = [f"{name} {shape_text(array.shape)}" for name, array in outputs.items()]
            say(f"{self.output}: {', '.join(shapes)}")
        elif on_terminal():
            _show(outputs)
        else:
            write_csv(sys.stdout, outputs)

    def _onnx(self) -> Predictor:
        asked = (self.weights, self.biases, self.activations, self.order, self.replace)
        if any(asked) or self.no_bias:
            raise UsageError("an ONNX model has its own weights and activations", path=self.source)
        engine: Any = "onnx.reference" if self.engine == "numpy" else self.engine
        return load(self.source, engine=engine)

    def _keras(self) -> Predictor:
        """Run the NumPy reading, which needs neither onnx nor onnxruntime, or the graph."""
        from keronyx.conversion import read  # noqa: PLC0415

        model = read(self.source, **self.reading())
        warn(model.notes)
        if self.engine == "numpy" or (self.engine is None and default_engine() != "onnxruntime"):
            from keronyx.runtime.session.reading import predictor_of  # noqa: PLC0415

            return predictor_of(model)
        from keronyx.converter.emit import serialize  # noqa: PLC0415

        return load(serialize(model), engine="onnxruntime")


def _show(outputs: Mapping[str, Array]) -> None:
    """Show the first rows, and as many columns as the terminal has room for."""
    names = _headers(outputs)
    flat = [array.reshape(len(array), -1) for array in outputs.values()]
    count = len(flat[0])
    columns = max(1, (get_terminal_size().columns - 4) // WIDTH)
    rows = [
        [row, *(_cell(value) for array in flat for value in array[row])][: columns + 1]
        for row in range(min(count, ROWS))
    ]
    show(Table(["row", *names[:columns]], rows, frozenset(range(columns + 1)), gap=1))
    _say_hidden(rows=count - ROWS, columns=len(names) - columns)


def _say_hidden(**counts: int) -> None:
    """Say how many rows and columns are not shown, where there are any."""
    hidden = " and ".join(f"{count} {what}" for what, count in counts.items() if count > 0)
    if hidden:
        say(f"{hidden} more; -o FILE.csv writes them all")


def _headers(outputs: Mapping[str, Array]) -> list[str]:
    """Return an output's name over its first column, and the index over the others."""
    return [
        _header(name, place)
        for name, array in outputs.items()
        for place in np.ndindex(array.shape[1:])
    ]


def _header(name: str, place: tuple[int, ...]) -> str:
    return "".join(f"[{index}]" for index in place) if any(place) else name


def _cell(value: object) -> str:
    """Spell a number in seven characters or less."""
    if not isinstance(value, float | np.floating):
        return str(value)
    size = abs(float(value))
    if size == 0 or 1e-4 <= size < 10:
        return f"{value:.4f}"
    return f"{value:.5g}" if 10 <= size < 1e5 else f"{value:.0e}"
