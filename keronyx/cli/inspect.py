"""``keronyx inspect``: show what a Keras file holds, and whatever in it is not supported."""

from collections.abc import Iterable, Sequence
from typing import Any

from keronyx.cli.formulas import formula_record, show_formulas
from keronyx.cli.inspection import Findings, Row, findings
from keronyx.cli.options import replacements
from keronyx.cli.show import (
    Table,
    say,
    shape_text,
    show,
    show_json,
    tell,
    tensor_record,
    tensors_of,
)
from keronyx.converter.files import read_architecture
from keronyx.converter.formula import LayerFormula, formulas
from keronyx.converter.model import Model


def run_inspect(  # noqa: PLR0913 - what the command line asks, all by name
    *,
    source: str,
    weights: str | None,
    replace: Iterable[str],
    formula: bool,
    as_latex: bool,
    as_json: bool,
) -> int:
    """Print what was found; 0 where it can be converted, an error where something is in the way."""
    found = findings(read_architecture(source, weights=weights), replacements(replace))
    asked = _formulas(found) if formula or as_latex else ()
    if as_json:
        show_json(_record(found, asked))
    else:
        _show(found, asked, as_latex=as_latex)
    if found.error is not None:
        raise found.error
    if found.saved.weights is None:
        tell("an architecture without weights; give them with --weights to convert it")
    return 0


def _formulas(found: Findings) -> tuple[LayerFormula, ...]:
    return formulas(found.model) if found.model else ()


def _show(found: Findings, asked: tuple[LayerFormula, ...], *, as_latex: bool) -> None:
    _print(found)
    if asked:
        say("")
        show_formulas(asked, as_latex=as_latex)


def _print(found: Findings) -> None:
    saved, model = found.saved, found.model
    say(saved.path)
    lines = {
        "format": saved.format,
        "keras": " on ".join(filter(None, (saved.keras_version, saved.backend))) or "not told",
        **({} if model is None else _facts(model, found.rows)),
    }
    if saved.notes:
        lines["note"] = "; ".join(saved.notes)
    width = max(map(len, lines))
    for key, text in lines.items():
        say(f"  {key.ljust(width)}  {text}")
    say("")
    show(_table(found.rows))


def _facts(model: Model, rows: Iterable[Row]) -> dict[str, str]:
    """Return what is said of a whole model, by the words in front."""
    tensors = tensors_of(model)
    lines = {f"{kind} {name}": f"{t.dtype} {shape_text(t.shape)}" for kind, (name, t) in tensors}
    lines["dtype"] = ", ".join(dict.fromkeys(row.dtype for row in rows))
    lines["parameters"] = f"{model.parameters:,} in {len(model.layers)} layers"
    return lines


COLUMNS = (
    "layer",
    "class",
    "output shape",
    "parameters",
    "dtype",
    "mean",
    "spread",
    "connected to",
    "problem",
)
FOLDED = frozenset({"class", "connected to", "problem"})
RIGHT = frozenset({"parameters", "mean", "spread"})


def _table(rows: tuple[Row, ...]) -> Table:
    """Return the table without the columns that hold nothing, or one dtype throughout."""
    used = _used_columns(rows)
    headers = list(used)
    lines = list(zip(*used.values(), strict=True))
    return Table(headers, lines, _places(headers, RIGHT), _places(headers, FOLDED))


def _used_columns(rows: tuple[Row, ...]) -> dict[str, list[str]]:
    columns = _columns(rows)
    if len({row.dtype for row in rows}) == 1:
        del columns["dtype"]
    return {name: texts for name, texts in columns.items() if name == COLUMNS[0] or any(texts)}


def _columns(rows: tuple[Row, ...]) -> dict[str, list[str]]:
    cells = [*map(_cells, rows)]
    return {name: [row[place] for row in cells] for place, name in enumerate(COLUMNS)}


def _places(headers: Sequence[str], names: frozenset[str]) -> frozenset[int]:
    return frozenset(place for place, header in enumerate(headers) if header in names)


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        row.kind,
        shape_text(row.shape) if row.shape else "",
        f"{row.parameters:,}" if row.parameters else "",
        row.dtype,
        "" if row.mean is None else f"{row.mean:.4g}",
        "" if row.spread is None else f"{row.spread:.4g}",
        ", ".join(row.inputs),
        row.problem,
    )


def _row_record(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "class": row.kind,
        "shape": row.shape,
        "parameters": row.parameters,
        "dtype": row.dtype,
        "inputs": row.inputs,
        "problem": row.problem or None,
        **({} if row.mean is None else {"mean": row.mean, "spread": row.spread}),
    }


def _record(found: Findings, asked: tuple[LayerFormula, ...]) -> dict[str, Any]:
    saved = found.saved
    formulas = {"formulas": [*map(formula_record, asked)]} if asked else {}
    return {
        **formulas,
        "path": saved.path,
        "format": saved.format,
        "keras_version": saved.keras_version,
        "backend": saved.backend,
        "sha256": saved.sha256,
        **_model_record(found.model),
        "layers": [*map(_row_record, found.rows)],
        "convertible": found.error is None,
        "error": None if found.error is None else str(found.error),
    }


def _model_record(model: Model | None) -> dict[str, Any]:
    if model is None:
        return dict.fromkeys(("inputs", "outputs", "states", "parameters"))
    return {
        "inputs": tensor_record(model.inputs),
        "outputs": tensor_record(model.outputs),
        "states": model.pairs,
        "parameters": model.parameters,
    }
