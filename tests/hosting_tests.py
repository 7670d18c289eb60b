"""Tests of programs that read tables at the command line; who imports one, has it collected.

They take what the module defines: ``program``, which makes the program of a model, and
``every_type``, the ways in which that of the model of every type is built.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import TypeAlias

import hosting
import hosting_tables as tables
import pytest
from hosting_refusals import exchanged, refused


@dataclass(frozen=True)
class Program:
    """A host's program: its project, how a table is written and given to it, and its name.

    A message about a table begins with ``told``, one about a file with ``name``.
    """

    folder: Path
    predict: "Callable[..., CompletedProcess[str]]"
    name: str
    told: str


Programs: TypeAlias = Callable[[str], Program]


@pytest.mark.parametrize(("table", "words"), [each[1:] for each in tables.IRIS_TABLES])
def test_a_bad_table(program: Programs, tmp_path: Path, table: str | bytes, words: str) -> None:
    iris = program("iris")
    done = iris.predict(table, "-o", tmp_path / "out.csv")
    refused(done, iris.told, words)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(("table", "plain"), [each[1:] for each in tables.IRIS_ROWS])
def test_a_table_may_be_spelled_otherwise(
    program: Programs, tmp_path: Path, table: str, plain: str
) -> None:
    iris = program("iris")
    done = iris.predict(table)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == iris.predict(plain).stdout
    hosting.same_table(done.stdout, hosting.predicted(iris.folder, tmp_path / "rows.csv"))


@pytest.mark.parametrize(("order", "others"), [each[1:] for each in tables.NAMED_TABLES])
def test_names_say_where_the_columns_are(
    program: Programs, order: tuple[int, ...], others: tuple[str, ...]
) -> None:
    named = program("named")
    done = named.predict(tables.named_table(order, others))
    assert (done.returncode, done.stdout) == (0, tables.NAMED_OUTPUTS)
    left_out = "left out, since the model does not take it: 'id', '2', 'note'"
    assert done.stderr == (f"{named.told}{left_out}\n" if others else "")


def test_a_column_that_is_missing_is_named(program: Programs) -> None:
    named = program("named")
    done = named.predict(tables.named_table((0, 1, 2, 3), ()).replace("age", "x[0]"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{named.told}no column 'age'; the header has 'x[0]', ")


def test_columns_without_known_names_are_taken_in_order(program: Programs) -> None:
    fixed = program("fixed-batch")
    done = fixed.predict("a,b,c,d\n1,2,3,4\n")
    assert done.returncode == 0
    assert done.stderr.startswith(f"{fixed.told}the columns are taken in the table's order")
    assert done.stdout == fixed.predict("1,2,3,4\n").stdout
    done = fixed.predict("id,a,b,c,d\n0,1,2,3,4\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{fixed.told}line 1: 5 columns, expected 4\n"


@pytest.mark.parametrize("name", ["iris", "fixed-batch", "strings", "every-type", "named"])
def test_no_rows_give_no_rows(program: Programs, name: str) -> None:
    made = program(name)
    header, outputs = (
        (made.folder / "vectors" / f"{what}.csv").read_text("utf-8").split("\n")[0] + "\n"
        for what in ("inputs", "outputs")
    )
    done = made.predict(header)
    assert (done.returncode, done.stdout, done.stderr) == (0, outputs, "")


@pytest.mark.parametrize(("name", "columns"), [("iris", 3), ("fixed-batch", 4)])
def test_many_rows_go_in_blocks(program: Programs, tmp_path: Path, name: str, columns: int) -> None:
    made, out = program(name), tmp_path / "out.csv"
    done = made.predict(tables.many_rows(9001, columns), "-o", out, "--threads", 2)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    wanted = hosting.predicted(made.folder, tmp_path / "rows.csv")
    hosting.same_table(out.read_text(encoding="utf-8"), wanted)


def test_rows_that_keep_states_come_in_whole_batches(program: Programs) -> None:
    made = program("stateful-rows")
    rows = (made.folder / "vectors" / "inputs.csv").read_text("utf-8").splitlines(keepends=True)
    done = made.predict("".join(rows[:4]))
    assert (done.returncode, done.stdout) == (2, "")
    assert "3 rows for a stateful model that takes 2 at a time\n" in done.stderr


@pytest.mark.parametrize(("column", "cell", "found"), tables.KEPT)
def test_every_type_comes_back_as_it_went_in(
    every_type: tuple[Program, ...], tmp_path: Path, column: str, cell: str, found: str
) -> None:
    comes_back(every_type, tmp_path / "out.csv", column, cell, found)


def comes_back(
    every_type: tuple[Program, ...], out: Path, column: str, cell: str, found: str
) -> None:
    """Require that a column's cell comes back in its spelling."""
    for each in every_type:
        done = each.predict(tables.every_row(column, cell, also=cell), "-o", out)
        assert (done.returncode, done.stderr) == (0, "")
        assert f",{found},{found}," in "," + out.read_bytes().decode().split("\n", 1)[1]


@pytest.mark.parametrize(("column", "cell", "words"), tables.UNFIT)
def test_what_does_not_fit_is_told_by_its_place(
    every_type: tuple[Program, ...], column: str, cell: str, words: str
) -> None:
    is_told(every_type, column, cell, words)


def is_told(every_type: tuple[Program, ...], column: str, cell: str, words: str) -> None:
    """Require that a column's cell in the second line is refused, with its place and some words."""
    place = 2 * list(hosting.DTYPES).index(column.removesuffix("s")) + 1
    rows = (tables.every_row("float32s", "1"), tables.every_row(column, cell, also=cell))
    for each in every_type:
        done = each.predict("\n".join(rows))
        assert done.returncode == 2
        assert done.stderr.startswith(f"{each.told}line 2, column {place}: '")
        assert words in done.stderr


def test_another_model_is_noticed(program: Programs, tmp_path: Path) -> None:
    iris = program("iris")
    for what, data, words in exchanged(iris.folder):
        other = tmp_path / "model.onnx"
        other.write_bytes(data)
        done = iris.predict("1,2,3\n", "--model", other)
        refused(done, f"{iris.name}: {other}: ", words, what)
