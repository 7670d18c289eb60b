"""``keronyx trace``: every layer's formula and values, and where somebody else's values part."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from keronyx.cli.formulas import formula_record, show_formulas
from keronyx.cli.options import Read, column_names, warn
from keronyx.cli.show import Table, say, show, show_json, tell
from keronyx.conversion import read
from keronyx.converter.errors import UsageError, shorten
from keronyx.converter.formula import symbols, text
from keronyx.converter.model import Model
from keronyx.converter.overwriting import refuse_same
from keronyx.converter.tensors import Array
from keronyx.runtime.columns import Note, checked
from keronyx.runtime.specs import specs_of
from keronyx.runtime.tables.files import check_writable, listed, read_inputs, write_outputs
from keronyx.runtime.traces import LayerTrace, Trace, trace

if TYPE_CHECKING:
    from keronyx.runtime.compare import Verdict

HEAD: Final = 4
"""Numbers shown of the first row."""
ALL_DIGITS: Final = 9
"""Digits of a value where all are printed: those of float32."""
HEADERS: Final = ("layer", "value", "first row", "min", "max", "mean", "norm")


class Line(NamedTuple):
    """A value that a layer gives, and what it is called."""

    layer: str
    symbol: str
    array: Array


@dataclass(frozen=True, kw_only=True)
class Tracing(Read):
    """What was asked for."""

    data: str | None
    columns: str | None
    full: bool
    as_latex: bool
    as_json: bool
    out: str | None
    compare: str | None
    force: bool

    def run(self) -> int:
        """Print formulas and values; with ``compare``, 1 where the user's values differ."""
        if self.compare is not None and self.data is None:
            what = "--compare without --input"
            raise UsageError(what, hint="give the rows that your values were computed of")
        if self.out is not None:
            self._check_out(self.out)
        model = read(self.source, **self.reading())
        warn(model.notes)
        notes: list[str] = []
        found = trace(model, self._rows(model, notes.append))
        code = self._told(found)
        for note in notes:
            tell(note)
        return code

    def _check_out(self, out: str) -> None:
        if Path(out).suffix.lower() != ".npz":
            raise UsageError(f"--out {shorten(out)!r}", hint="a trace is written to .npz")
        refuse_same(out, self.source, self.weights, self.biases, self.data, self.compare)
        check_writable(out, force=self.force)

    def _told(self, found: Trace) -> int:
        if self.out is not None:
            write_outputs(self.out, found.arrays())
        if self.compare is not None:
            return self._compared(found)
        if self.as_json:
            show_json(self._record(found))
        else:
            self._print(found)
        return 0

    def _rows(self, model: Model, note: Note) -> Any:
        if self.data is None:
            return None
        specs = specs_of(model.inputs)
        return read_inputs(self.data, specs, checked(column_names(self.columns), specs), note)

    def _compared(self, found: Trace) -> int:
        from keronyx.cli.differences import verdict_record  # noqa: PLC0415
        from keronyx.runtime.compare import compare_file  # noqa: PLC0415

        verdict = compare_file(found, self.compare or "")
        if self.as_json:
            show_json({**self._record(found), "compare": verdict_record(verdict)})
        else:
            self._print_compared(found, verdict)
        if not verdict.agrees:
            tell(verdict.sentence)
        return 0 if verdict.agrees else 1

    def _print_compared(self, found: Trace, verdict: "Verdict") -> None:
        from keronyx.cli.differences import show_verdict  # noqa: PLC0415

        if self.full:
            self._print(found)
            say("")
        show_verdict(verdict)

    def _print(self, found: Trace) -> None:
        origin = "drawn with a fixed seed; --input FILE takes yours" if found.drawn else self.data
        say(f"{self.source}, {_row_count(found)}: {origin}")
        say("")
        show_formulas([layer.formula for layer in found.layers], as_latex=self.as_latex)
        say("")
        self._print_values(list(_lines(found)))
        if self.out is not None:
            say("")
            say(f"{self.out}: {len(found.arrays())} arrays")

    def _print_values(self, lines: Sequence[Line]) -> None:
        """Print a line for each value; with ``full``, all of it below."""
        cells = [_cells(line) for line in lines]
        show(Table(HEADERS, cells, frozenset({3, 4, 5, 6}), fold=frozenset({0, 2}), gap=1))
        for line in lines if self.full else ():
            say("")
            _print_all(line)

    def _record(self, found: Trace) -> dict[str, Any]:
        return {
            "source": found.model.source or self.source,
            "drawn": found.drawn,
            "inputs": {name: self._values(array) for name, array in found.inputs.items()},
            "layers": [*map(self._layer_record, found.layers)],
        }

    def _layer_record(self, layer: LayerTrace) -> dict[str, Any]:
        before = None if layer.before is None else self._values(layer.before)
        return {
            **formula_record(layer.formula),
            "values": self._values(layer.values),
            "values_before_activation": before,
        }

    def _values(self, array: Array) -> dict[str, Any]:
        """Return an array's statistics for JSON, and with ``full`` all of it."""
        record: dict[str, Any] = {"shape": array.shape, "head": _listed(_head(array))}
        numbers = statistics(array)
        if numbers is not None:
            names = ("min", "max", "mean", "norm")
            record |= {name: _listed(value) for name, value in zip(names, numbers, strict=True)}
        if self.full:
            record["values"] = _listed(array)
        return record


def _row_count(found: Trace) -> str:
    rows = next(iter(found.inputs.values())).shape[:1]
    return f"{rows[0] if rows else 1} row{'' if rows == (1,) else 's'}"


def _listed(value: Any) -> Any:
    return listed({"": np.asarray(value)})[""]


def _lines(found: Trace) -> Iterator[Line]:
    """Yield the inputs, then each layer's value, that before its activation in front."""
    names = symbols(found.model)
    for name, tensor in found.model.opened.inputs.items():
        yield Line(name, text(names[tensor.name]), found.inputs[name])
    for layer in found.layers:
        yield from _layer_lines(layer)


def _layer_lines(layer: LayerTrace) -> Iterator[Line]:
    formula = layer.formula
    if layer.before is not None and formula.before is not None:
        left = formula.before.left
        yield Line(formula.layer, text(getattr(left, "base", left)), layer.before)
    yield Line(formula.layer, formula.symbol, layer.values)


def _cells(line: Line) -> list[str]:
    head = [*map(number_text, _head(line.array).tolist())]
    more = line.array[:1].size > len(head)
    numbers = statistics(line.array)
    return [
        line.layer,
        line.symbol,
        " ".join([*head, *(["…"] if more else [])]),
        *(["", "", "", ""] if numbers is None else map(number_text, numbers)),
    ]


def _head(array: Array) -> Array:
    """Return the first numbers of the first row."""
    return (array[:1] if array.ndim else array).ravel()[:HEAD]


def statistics(array: Array) -> tuple[float, float, float, float] | None:
    """Return minimum, maximum, mean and Euclidean length of all rows together."""
    if array.dtype.kind not in "biuf" or not array.size:
        return None
    numbers = array.astype(np.float64)
    with np.errstate(all="ignore"):
        length = float(np.sqrt(np.sum(numbers * numbers)))
        return float(numbers.min()), float(numbers.max()), float(numbers.mean()), length


def number_text(value: Any, digits: int = 4) -> str:
    """Spell a number in few digits, words with quotes."""
    if isinstance(value, str):
        return repr(value)
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)


def _print_all(line: Line) -> None:
    """Print every row of a value, one a line."""
    say(f"{line.layer} {line.symbol} ({', '.join(map(str, line.array.shape))})")
    rows = line.array.reshape(len(line.array), -1) if line.array.ndim else line.array[None, None]
    for row in rows:
        say("  " + " ".join(number_text(value, ALL_DIGITS) for value in row.tolist()))
