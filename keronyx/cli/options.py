"""What several commands are asked alike, and how it is read."""

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from keronyx.cli.show import tell
from keronyx.converter.errors import CheckError, UsageError, shorten

Given = TypeVar("Given")


@dataclass(frozen=True, kw_only=True)
class Read:
    """What every command is asked of the model that it reads."""

    source: str
    weights: str | None
    biases: str | None
    activations: str | None
    order: str | None
    no_bias: bool
    replace: tuple[str, ...]

    def reading(self) -> dict[str, Any]:
        """Return it as ``keronyx.read`` takes it beside the source."""
        return {
            "weights": self.weights,
            "biases": self.biases,
            "activations": activation_names(self.activations),
            "order": None if self.order is None else _names("--order", self.order, "one,two,out"),
            "use_bias": not self.no_bias,
            "replace": replacements(self.replace),
        }


@dataclass(frozen=True, kw_only=True)
class Asked(Read):
    """What ``convert`` and ``check`` are asked."""

    samples: str | None
    columns: str | None
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
    names = _names("--activations", text, "relu,relu,linear")
    return names[0] if len(names) == 1 else names


def _names(option: str, text: str, example: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise UsageError(
            f"{option} {shorten(repr(text))} has an empty name", hint=f"as in {example}"
        )
    return names


def column_names(text: str | None, option: str = "--columns") -> tuple[str, ...]:
    """Return the names of a comma-separated list, or those in a file.

    That is a table, of which the first line has them, or has one a line.
    """
    if text is None:
        return ()
    names = tuple(_column_cells(_column_lines(text)))
    if not names or not all(names):
        what = f"{option} {shorten(text)!r} has {'an empty' if names else 'no'} name"
        raise UsageError(what, hint=f"as in {option} age,height, or a file with one name a line")
    return names


def _column_lines(text: str) -> list[str]:
    """Return the lines of a file, or the text itself where it is none."""
    path = Path(text)
    if "," in text or not path.is_file():
        return [text]
    try:
        return path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UsageError("not UTF-8 text", path=text) from error


def _column_cells(lines: list[str]) -> list[str]:
    """Return the cells of the first line, or of the only column."""
    rows = [*filter(None, csv.reader(lines, delimiter=_separator(lines)))]
    is_line = rows and len(rows[0]) > 1
    return [*map(str.strip, rows[0] if is_line else (row[0] for row in rows))]


def _separator(lines: list[str]) -> str:
    """Return what stands most between the names of a first line."""
    return max(",;\t", key=lines[0].count) if lines else ","


def replacements(given: Iterable[str]) -> dict[str, str]:
    """Return the expressions of ``NAME=EXPR`` by their names."""
    return _once("--replace", map(_replacement, given))


def _replacement(given: str) -> tuple[str, str]:
    name, sign, text = map(str.strip, given.partition("="))
    if not (name and sign and text):
        raise UsageError(
            f"--replace {shorten(given)!r}", hint="as in --replace lambda='x / 127.5 - 1'"
        )
    return name, text


def _once(option: str, pairs: Iterable[tuple[str, Given]]) -> dict[str, Given]:
    """Return what is said to each name; raises UsageError where that is said twice."""
    found: dict[str, Given] = {}
    for name, value in pairs:
        if name in found:
            raise UsageError(f"{option} {shorten(name)!r} is given twice")
        found[name] = value
    return found


def new_names(given: Iterable[str]) -> dict[str, str]:
    """Return the names of ``OLD=NEW`` by those that they take the place of."""
    return _once("--rename", map(_new_name, given))


def _new_name(given: str) -> tuple[str, str]:
    old, _, new = map(str.strip, given.rpartition("="))
    if not (old and new):
        raise UsageError(f"--rename {shorten(given)!r}", hint="as in --rename dense_2=price")
    return old, new


def shapes(given: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """Return the sizes of ``NAME=SIZE,SIZE`` by the names of inputs."""
    return _once("--shape", map(_shape, given))


def _shape(text: str) -> tuple[str, tuple[int, ...]]:
    name, _, sizes = text.rpartition("=")
    numbers = [*map(str.strip, sizes.split(","))]
    if not name or not all(map(_is_natural, numbers)):
        raise UsageError(f"--shape {text!r}", hint="as in --shape NAME=10 or NAME=10,4")
    return name, tuple(map(int, numbers))


def _is_natural(text: str) -> bool:
    return text.isascii() and text.isdigit()


def layer_names(text: str | None) -> tuple[str, ...]:
    """Return the names of a comma-separated list of outputs."""
    return () if text is None else tuple(_names("--outputs", text, "hidden,out"))


def limit_values(given: Iterable[str]) -> dict[str, int]:
    """Return the values of ``NAME=VALUE`` by the names of limits."""
    return _once("--limit", map(_limit_value, given))


def _limit_value(given: str) -> tuple[str, int]:
    name, _, text = map(str.strip, given.partition("="))
    digits = text.replace(",", "")
    if not (name and digits.isascii() and digits.isdigit() and len(digits) < 20):
        raise UsageError(f"--limit {shorten(given)!r}", hint="as in --limit zip-members=200000")
    return name.replace("_", "-"), int(digits)


def warn(warnings: Iterable[str]) -> None:
    """Say what is odd, one line each."""
    for warning in warnings:
        tell(f"warning: {warning}")
