"""Show what the layers of a model compute, as mathematics."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from keronyx.cli.show import Table, say, show
from keronyx.converter.errors import shorten
from keronyx.converter.formula import LayerFormula, latex, text
from keronyx.converter.formula.expression import Equation

LONGEST: Final = 60
"""Characters of a number of the config, of which some are lists."""


def show_formulas(formulas: Sequence[LayerFormula], *, as_latex: bool) -> None:
    """Print a line for each call of a layer, then what its words and numbers are."""
    (_show_latex if as_latex else _show_text)(formulas)
    lines = definitions(formulas, as_latex=as_latex)
    lines += [f"{each.layer}: {remarks(each)}" for each in formulas if remarks(each)]
    _show_where(lines)


def _show_where(lines: Sequence[str]) -> None:
    """Print definitions and remarks, each once, where there are any."""
    if lines:
        say("")
        say("where")
        for line in dict.fromkeys(lines):
            say(f"  {line}")


def _show_latex(formulas: Sequence[LayerFormula]) -> None:
    for each in formulas:
        say(f"{each.layer} ({each.kind})")
        say(f"  {each.latex}")


def _show_text(formulas: Sequence[LayerFormula]) -> None:
    rows = [[each.layer, each.kind, text(each.equation), each.shapes] for each in formulas]
    headers = ["layer", "class", "formula", "shape"]
    show(Table(headers, rows, fold=frozenset({0, 1, 2})))


def remarks(formula: LayerFormula) -> str:
    """Spell what is not in the equation itself."""
    shown = [f"{key}={shorten(value, LONGEST)}" for key, value in formula.numbers.items()]
    return "; ".join(filter(None, (", ".join(shown), formula.note)))


def definitions(formulas: Sequence[LayerFormula], *, as_latex: bool) -> list[str]:
    """Spell every definition once; with its layers where others mean something else by it."""
    spell = latex if as_latex else text
    users = _users(formulas)
    heads = Counter(equation.left for equation in users)
    return [
        spell(equation) + (f"   in {', '.join(layers)}" if heads[equation.left] > 1 else "")
        for equation, layers in users.items()
    ]


def _users(formulas: Sequence[LayerFormula]) -> dict[Equation, list[str]]:
    """Return the layers that each definition is made for."""
    users: dict[Equation, list[str]] = {}
    for formula in formulas:
        for equation in formula.definitions:
            users.setdefault(equation, []).append(formula.layer)
    return users


def formula_record(formula: LayerFormula) -> dict[str, Any]:
    """Return a formula for JSON."""
    return {
        "layer": formula.layer,
        "class": formula.kind,
        "symbol": formula.symbol,
        "inputs": formula.inputs,
        "formula": text(formula.equation),
        "before_activation": None if formula.before is None else text(formula.before),
        "latex": latex(formula.equation),
        "input_shapes": formula.input_shapes,
        "output_shape": formula.output_shape,
        "definitions": [text(equation) for equation in formula.definitions],
        "numbers": _plain(formula.numbers),
        "note": formula.note or None,
    }


def _plain(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """Spell infinities and NaN, which JSON lacks, as text."""
    return {
        key: repr(value) if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in numbers.items()
    }
