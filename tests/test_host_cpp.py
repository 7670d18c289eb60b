"""Programs in C++ that a project's CMake builds with the real onnxruntime, held against keronyx."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import hosting
import pytest
from hosting_cpp import Build, builder, call, needed, predict, project_of, streamed
from hosting_refusals import exchanged, refused


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    """Return what builds a model's project, once, and returns its program."""
    place = tmp_path_factory.mktemp("cpp")
    yield builder(place)
    shutil.rmtree(place)


@needed
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


@needed
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


@needed
def test_ctest_runs_the_self_test(build: Build) -> None:
    done = call("ctest", "--test-dir", build("iris").parent)
    assert done.returncode == 0
    assert "100% tests passed, 0 tests failed out of 1" in done.stdout


@needed
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


@needed
@pytest.mark.parametrize(("table", "words"), [each[1:] for each in hosting.IRIS_TABLES])
def test_a_bad_table(build: Build, tmp_path: Path, table: str | bytes, words: str) -> None:
    done = predict(build("iris"), tmp_path, table, "-o", tmp_path / "out.csv")
    refused(done, "predict: rows.csv: ", words)
    assert not (tmp_path / "out.csv").exists()


@needed
@pytest.mark.parametrize(("table", "plain"), [each[1:] for each in hosting.IRIS_ROWS])
def test_a_table_may_be_spelled_otherwise(
    build: Build, tmp_path: Path, table: str, plain: str
) -> None:
    program = build("iris")
    done = predict(program, tmp_path, table)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == predict(program, tmp_path, plain).stdout
    hosting.same_table(done.stdout, hosting.predicted(project_of(program), tmp_path / "rows.csv"))


@needed
@pytest.mark.parametrize(("order", "others"), [each[1:] for each in hosting.NAMED_TABLES])
def test_names_say_where_the_columns_are(
    build: Build, tmp_path: Path, order: tuple[int, ...], others: tuple[str, ...]
) -> None:
    done = predict(build("named"), tmp_path, hosting.named_table(order, others))
    assert (done.returncode, done.stdout) == (0, hosting.NAMED_OUTPUTS)
    left_out = "left out, since the model does not take it: 'id', '2', 'note'"
    assert done.stderr == (f"predict: rows.csv: {left_out}\n" if others else "")


@needed
def test_a_column_that_is_missing_is_named(build: Build, tmp_path: Path) -> None:
    table = hosting.named_table((0, 1, 2, 3), ()).replace("age", "x[0]")
    done = predict(build("named"), tmp_path, table)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("predict: rows.csv: no column 'age'; the header has 'x[0]', ")


@needed
def test_columns_without_known_names_are_taken_in_order(build: Build, tmp_path: Path) -> None:
    program = build("fixed-batch")
    done = predict(program, tmp_path, "a,b,c,d\n1,2,3,4\n")
    assert done.returncode == 0
    assert "predict: rows.csv: the columns are taken in the table's order" in done.stderr
    assert done.stdout == predict(program, tmp_path, "1,2,3,4\n").stdout
    done = predict(program, tmp_path, "id,a,b,c,d\n0,1,2,3,4\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "predict: rows.csv: line 1: 5 columns, expected 4\n"


@needed
@pytest.mark.parametrize("name", ["iris", "fixed-batch", "strings", "every-type", "named"])
def test_no_rows_give_no_rows(build: Build, tmp_path: Path, name: str) -> None:
    program = build(name)
    header = (project_of(program) / "vectors" / "inputs.csv").read_text().split("\n")[0]
    done = predict(program, tmp_path, header + "\n")
    outputs = (project_of(program) / "vectors" / "outputs.csv").read_text().split("\n")[0]
    assert (done.returncode, done.stdout, done.stderr) == (0, outputs + "\n", "")


@needed
@pytest.mark.parametrize(("name", "columns"), [("iris", 3), ("fixed-batch", 4)])
def test_many_rows_go_in_blocks(build: Build, tmp_path: Path, name: str, columns: int) -> None:
    program = build(name)
    out = tmp_path / "out.csv"
    done = predict(program, tmp_path, hosting.many_rows(9001, columns), "-o", out, "--threads", 2)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    wanted = hosting.predicted(project_of(program), tmp_path / "rows.csv")
    hosting.same_table(out.read_text(encoding="utf-8"), wanted)


@needed
@pytest.mark.parametrize(
    ("column", "cell", "found"),
    [
        ("uint64s", "18446744073709551615", "18446744073709551615"),
        ("uint64s", "1.8446744073709551615e19", "18446744073709551615"),
        ("int64s", "-9223372036854775808", "-9223372036854775808"),
        ("int64s", "9007199254740993.0", "9007199254740993"),
        ("int8s", "-1.28E+2", "-128"),
        ("uint8s", "-0", "0"),
        ("int32s", "3.0", "3"),
        ("int32s", "1e3", "1000"),
        ("bools", "True", "True"),
        ("bools", "0", "False"),
        ("float32s", "0.1", "0.1"),
        ("float32s", "3.4028235e38", "3.4028235e+38"),
        ("float32s", "1e-45", "1e-45"),
        ("float64s", "5e-324", "5e-324"),
        ("float64s", "1.7976931348623157e308", "1.7976931348623157e+308"),
        ("float64s", "0.30000000000000004", "0.30000000000000004"),
        ("float64s", "-nan", "nan"),
        ("float64s", "-INFINITY", "-inf"),
        ("float16s", "0.1", "0.1"),
        ("float16s", "65504", "6.55e+04"),
        ("float16s", "65519", "6.55e+04"),
        ("float16s", "inf", "inf"),
        ("float16s", "6e-8", "6e-08"),
        ("float16s", "2049", "2048"),
        ("strings", '"say ""no"", twice"', '"say ""no"", twice"'),
        ("strings", '"two\r\nlines"', '"two\r\nlines"'),
        ("strings", " \u00a0ünïcode ☃ ", "ünïcode ☃"),
    ],
)
def test_every_type_comes_back_as_it_went_in(
    build: Build, tmp_path: Path, column: str, cell: str, found: str
) -> None:
    for program in (build("every-type"), streamed(build("every-type"))):
        rows = tmp_path / "rows.csv"
        rows.write_bytes(hosting.every_row(column, cell, also=cell).encode())
        out = tmp_path / "out.csv"
        done = call(program, rows, "-o", out)
        assert (done.returncode, done.stderr) == (0, "")
        assert f",{found},{found}," in "," + out.read_bytes().decode().split("\n", 1)[1]


@needed
@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("uint8s", "300", "'300' does not fit into uint8"),
        ("uint8s", "-1", "'-1' does not fit into uint8"),
        ("int8s", "128", "'128' does not fit into int8"),
        ("int64s", "9223372036854775808", "'9223372036854775808' does not fit into int64"),
        ("uint64s", "18446744073709551616", "'18446744073709551616' does not fit into uint64"),
        ("uint64s", "1e99999999999", "'1e99999999999' does not fit into uint64"),
        ("int32s", "1.5", "'1.5' is not a whole number"),
        ("int32s", "nan", "'nan' does not fit into int32"),
        ("int32s", "one", "'one' is not a number"),
        ("float16s", "65520", "'65520' does not fit into float16"),
        ("float32s", "-3.41e38", "'-3.41e38' does not fit into float32"),
        ("float64s", "1e309", "'1e309' does not fit into float64"),
        ("bools", "2", "'2' does not fit into bool"),
        ("bools", "yes", "'yes' is not a number"),
        ("float64s", "1e", "'1e' is not a number"),
        ("float64s", "infinit", "'infinit' is not a number"),
        ("float64s", "1\u00e9" * 50, "..."),
    ],
)
def test_what_does_not_fit_is_told_by_its_place(
    build: Build, tmp_path: Path, column: str, cell: str, words: str
) -> None:
    program = build("every-type")
    done = predict(
        program,
        tmp_path,
        hosting.every_row("float32s", "1") + "\n" + hosting.every_row(column, cell),
    )
    place = 2 * list(hosting.DTYPES).index(column.removesuffix("s")) + 1
    assert done.returncode == 2
    assert done.stderr.startswith(f"predict: rows.csv: line 2, column {place}: '")
    assert words in done.stderr


@needed
def test_another_model_is_noticed(build: Build, tmp_path: Path) -> None:
    program = build("iris")
    for what, data, words in exchanged(project_of(program)):
        other = tmp_path / "model.onnx"
        other.write_bytes(data)
        done = predict(program, tmp_path, "1,2,3\n", "--model", other)
        refused(done, f"predict: {other}: ", words, what)


@needed
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


@needed
def test_help_and_unwritable_output(build: Build, tmp_path: Path) -> None:
    done = call(build("iris"), "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "--selftest" in done.stdout
    done = predict(build("iris"), tmp_path, "1,2,3\n", "-o", tmp_path / "none" / "out.csv")
    assert done.returncode == 2
    assert "out.csv: cannot be written" in done.stderr


@needed
def test_no_telemetry_is_written(build: Build, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    env = {"HOME": str(home), "XDG_CACHE_HOME": str(home), "CI": "", "ORT_DISABLE_TELEMETRY": ""}
    assert call(build("iris"), "--selftest", **env).returncode == 0
    assert list(home.iterdir()) == []
