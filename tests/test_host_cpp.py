"""Programs in C++ that a project's CMake builds with the real onnxruntime, held against keronyx."""

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import hosting
import pytest
from hosting_cpp import Build, builder, call, needed, predict, project_of, streamed
from hosting_refusals import refused
from hosting_tests import (  # noqa: F401 - collected here
    Program,
    Programs,
    comes_back,
    is_told,
    test_a_bad_table,
    test_a_column_that_is_missing_is_named,
    test_a_table_may_be_spelled_otherwise,
    test_another_model_is_noticed,
    test_columns_without_known_names_are_taken_in_order,
    test_every_type_comes_back_as_it_went_in,
    test_many_rows_go_in_blocks,
    test_names_say_where_the_columns_are,
    test_no_rows_give_no_rows,
    test_rows_that_keep_states_come_in_whole_batches,
    test_what_does_not_fit_is_told_by_its_place,
)

pytestmark = needed


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    """Return what builds a model's project, once, and returns its program."""
    place = tmp_path_factory.mktemp("cpp")
    yield builder(place)
    shutil.rmtree(place)


def named(built: Path, place: Path) -> Program:
    return Program(
        project_of(built), partial(predict, built, place), "predict", "predict: rows.csv: "
    )


@pytest.fixture
def program(build: Build, tmp_path: Path) -> Programs:
    return lambda name: named(build(name), tmp_path)


@pytest.fixture
def every_type(build: Build, tmp_path: Path) -> tuple[Program, ...]:
    built = build("every-type")
    return named(built, tmp_path), named(streamed(built), tmp_path)


@pytest.mark.parametrize(
    ("cell", "found"), [("65504", "6.55e+04"), ("65519", "6.55e+04"), ("6e-8", "6e-08")]
)
def test_halves_are_written_short(
    every_type: tuple[Program, ...], tmp_path: Path, cell: str, found: str
) -> None:
    comes_back(every_type, tmp_path / "out.csv", "float16s", cell, found)


def test_long_cells_are_told_in_part(every_type: tuple[Program, ...]) -> None:
    is_told(every_type, "float64s", "1\u00e9" * 50, "...")


@pytest.mark.parametrize("name", hosting.MODELS)
def test_every_model_proves_itself_and_predicts(build: Build, tmp_path: Path, name: str) -> None:
    program = build(name)
    done = call(program, "--selftest")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("passed\n")
    rows = project_of(program) / "vectors" / "inputs.csv"
    done = call(program, rows)
    assert (done.returncode, done.stderr) == (0, "")
    wanted = hosting.predicted(project_of(program), rows)
    hosting.same_table(done.stdout, wanted)
    turned = predict(program, tmp_path, hosting.awkward_rows(project_of(program)))
    assert turned.stdout == done.stdout


@pytest.mark.parametrize("name", ["iris", "float64", "float16", "strings-out", "every-type"])
def test_a_changed_number_turns_the_exit_code(build: Build, tmp_path: Path, name: str) -> None:
    program = build(name)
    shutil.copy(program.parent / "model.onnx", tmp_path)
    shutil.copytree(program.parent / "vectors", tmp_path / "vectors")
    model = ("--model", tmp_path / "model.onnx")
    assert call(program, "--selftest", *model).returncode == 0
    hosting.corrupt(tmp_path)
    done = call(program, "--selftest", *model)
    assert done.returncode == 1
    assert done.stdout.endswith("FAILED\n")
    assert f"row {len(hosting.recorded(tmp_path)) - 1}, " in done.stdout


def test_ctest_runs_the_self_test(build: Build) -> None:
    done = call("ctest", "--test-dir", build("iris").parent)
    assert done.returncode == 0
    assert "100% tests passed, 0 tests failed out of 1" in done.stdout


@pytest.mark.parametrize(
    ("vectors", "words"),
    [
        (None, "predict: inputs.csv: no such file\n"),
        ("sepal[0],sepal[1],petal_length\n1,2,3\n", "predict: inputs.csv: 1 rows, expected 12\n"),
        ("1,2\n", "predict: inputs.csv: line 1: 2 columns, expected 3\n"),
        ("1,2,3\n1,x,3\n", "predict: inputs.csv: line 2, column 2: 'x' is not a number\n"),
    ],
)
def test_damaged_vectors_are_no_verdict(
    build: Build, tmp_path: Path, vectors: str | None, words: str
) -> None:
    program = build("iris")
    shutil.copy(program.parent / "model.onnx", tmp_path)
    shutil.copytree(program.parent / "vectors", tmp_path / "vectors")
    inputs = tmp_path / "vectors" / "inputs.csv"
    inputs.unlink()
    if vectors is not None:
        inputs.write_text(vectors)
    done = call(program, "--selftest", "--model", tmp_path / "model.onnx")
    assert (done.returncode, done.stderr) == (2, words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give a table of rows, or --selftest; see --help"),
        (["rows.csv", "--selftest"], "give a table of rows, or --selftest; see --help"),
        (["--verbose"], "--verbose: no such option; see --help"),
        (["rows.csv", "more.csv"], "more.csv: one table at a time"),
        (["rows.csv", "-o"], "-o needs a value"),
        (["rows.csv", "--threads", "none"], "--threads: 'none' is not a number"),
        (["rows.csv", "--threads", "0"], "--threads: 0 is less than 1"),
        (["--model", "none.onnx", "rows.csv"], "none.onnx: no such file"),
        (["none.csv"], "none.csv: no such file"),
        (["."], "is a folder"),
    ],
)
def test_a_wrong_command_line(build: Build, words: list[str], said: str) -> None:
    done = call(build("iris"), *words)
    refused(done, "predict: ", said)


def test_help_and_unwritable_output(build: Build, tmp_path: Path) -> None:
    done = call(build("iris"), "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "--selftest" in done.stdout
    done = predict(build("iris"), tmp_path, "1,2,3\n", "-o", tmp_path / "none" / "out.csv")
    assert done.returncode == 2
    assert "out.csv: cannot be written" in done.stderr


def test_no_telemetry_is_written(build: Build, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    env = {"HOME": str(home), "XDG_CACHE_HOME": str(home), "CI": "", "ORT_DISABLE_TELEMETRY": ""}
    assert call(build("iris"), "--selftest", **env).returncode == 0
    assert list(home.iterdir()) == []
