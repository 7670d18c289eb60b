"""Draw results: rich tables on a terminal, plain aligned lines everywhere else."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any, Final, TypeVar

import click

from keronyx.converter.errors import printable
from keronyx.converter.model import Model
from keronyx.converter.tensors import KerasTensor, Shape

End = TypeVar("End")

FOLDED: Final = 14
"""Narrowest column of several lines."""


@dataclass(frozen=True)
class Table:
    """Rows of cells, ``gap`` characters between the columns.

    ``right`` are the columns that hold numbers, ``fold`` those that may take several lines.
    """

    headers: Sequence[str]
    rows: Sequence[Sequence[object]]
    right: frozenset[int] = frozenset()
    fold: frozenset[int] = frozenset()
    gap: int = 2


def say(text: object) -> None:
    """Print a line of results."""
    click.echo(printable(text))


def tell(text: object) -> None:
    """Print a line of talk, beside the results."""
    click.echo(f"keronyx: {printable(text)}", err=True)


def show_json(value: Any) -> None:
    """Print results for machines."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def on_terminal() -> bool:
    """Tell whether somebody reads along."""
    return sys.stdout is not None and sys.stdout.isatty()


def show(table: Table) -> None:
    """Print a table."""
    if on_terminal():
        _draw(table)
        return
    for line in _aligned(table):
        click.echo(line)


def _cells(table: Table) -> list[list[str]]:
    return [[printable(cell) for cell in row] for row in table.rows]


def _aligned(table: Table) -> list[str]:
    rows = [[printable(header) for header in table.headers], *_cells(table)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [(" " * table.gap).join(_padded(row, widths, table)).rstrip() for row in rows]


def _padded(row: Sequence[str], widths: Sequence[int], table: Table) -> list[str]:
    return [
        cell.rjust(width) if index in table.right else cell.ljust(width)
        for index, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]


def _draw(table: Table) -> None:
    """Draw with rich, which only a terminal makes worth its import."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table as RichTable  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    drawn = RichTable(box=None, pad_edge=False, padding=(0, table.gap, 0, 0))
    for index, header in enumerate(table.headers):
        drawn.add_column(Text(printable(header)), overflow="fold", **_column_style(table, index))
    for row in _cells(table):
        drawn.add_row(*map(Text, row))
    Console(highlight=False, markup=False).print(drawn)


def _column_style(table: Table, index: int) -> dict[str, Any]:
    """Return how rich is to set a column."""
    folds = index in table.fold
    return {
        "justify": "right" if index in table.right else "left",
        "no_wrap": not folds,
        "min_width": FOLDED if folds else None,
    }


def shape_text(shape: Shape) -> str:
    """Spell a shape, the batch axis by its name where it varies."""
    open_sizes = chain(["batch"], repeat("?"))
    axes = [
        str(size) if isinstance(size, int) else word
        for size, word in zip(shape, open_sizes, strict=False)
    ]
    return f"({axes[0]},)" if len(axes) == 1 else f"({', '.join(axes)})"


def ends(inputs: Iterable[End], outputs: Iterable[End]) -> Iterator[tuple[str, End]]:
    """Yield what goes into a model, then what comes out, each behind the word for it."""
    yield from (("input", each) for each in inputs)
    yield from (("output", each) for each in outputs)


def tensors_of(model: Model) -> Iterator[tuple[str, tuple[str, KerasTensor]]]:
    """Yield the names and tensors of a model's inputs, outputs and states, likewise."""
    yield from ends(model.inputs.items(), model.outputs.items())
    yield from (("state", (state.name, state.before)) for state in model.states)


def tensor_record(tensors: Mapping[str, KerasTensor]) -> dict[str, Any]:
    """Return names, shapes and dtypes for JSON."""
    return {name: {"shape": t.sizes, "dtype": t.dtype} for name, t in tensors.items()}


def size_text(count: int) -> str:
    """Spell a number of bytes."""
    size, units = float(count), ["bytes", "kB", "MB", "GB", "TB"]
    while size >= 1000 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.3g} {units[0]}" if units[0] != "bytes" else f"{count} bytes"
