"""The C# host: its projects build without a warning, say what keronyx says, and prove it."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import hosting
import hosting_tables
import numpy as np
import pytest
from hosting_csharp import Program, built_in, digits, exact_rows, kept, needs_sdk
from hosting_refusals import exchanged, refused

SAID = """\
0 together: True
1 together: True
2 together: True
7 together: True
3 together: True
1024 together: True
1025 together: True
2500 together: True
wrong in threads: 0
two threads: True
ArgumentNullException: .*sepal.*
ArgumentException: 3 values, expected 2.*sepal.*
ArgumentNullException: .*row.*
ArgumentNullException: .*rows.*
ArgumentOutOfRangeException: .*threads.*
FileNotFoundException: nowhere.onnx: no such file
InvalidDataException: .*Iris.dll: onnxruntime cannot open it: .*
after refusals: True
ObjectDisposedException: .*Iris.*
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Program]]:
    """Build every model's project, and a user's program around one; yield all by name."""
    place = tmp_path_factory.mktemp("csharp")
    yield built_in(place)
    shutil.rmtree(place)


@needs_sdk
@pytest.mark.parametrize("name", hosting.MODELS)
def test_programs_say_what_keronyx_says_and_prove_it(
    built: dict[str, Program], name: str, tmp_path: Path
) -> None:
    program = built[name]
    test = program("--selftest")
    assert (test.returncode, test.stderr) == (0, "")
    assert re.search(r"self-test of \d+ rows, .*, right\n", test.stdout)
    rows = program.folder / "vectors" / "inputs.csv"
    done = program(rows, "-o", tmp_path / "found.csv")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    found = (tmp_path / "found.csv").read_bytes().decode()
    # keronyx reads no truths; this model hands on what it is given.
    told = hosting.recorded(program.folder, "outputs") if name == "every-type" else None
    hosting.same_table(found, told or hosting.predicted(program.folder, rows))
    assert program(rows).stdout == found
    awkward = tmp_path / "awkward.csv"
    awkward.write_bytes(hosting.awkward_rows(program.folder))
    assert program(awkward).stdout == found


@needs_sdk
def test_any_name_will_do(built: dict[str, Program]) -> None:
    assert built["names"]("--selftest").returncode == 0


@needs_sdk
@pytest.mark.parametrize("name", ["iris", "float64", "float16", "strings-out", "every-type"])
def test_self_test_tells_one_changed_number(built: dict[str, Program], name: str) -> None:
    program = built[name]
    with kept(program.folder / "vectors" / "outputs.csv"):
        hosting.corrupt(program.folder)
        done = program("--selftest")
    assert done.returncode == 1
    assert re.search(r"row \d+ alone, .*: .*, recorded ", done.stdout)
    assert done.stdout.endswith("WRONG, 2 values are off\n")


@needs_sdk
def test_vectors_that_are_missing_or_damaged_are_refused(built: dict[str, Program]) -> None:
    program = built["iris"]
    inputs, outputs = (program.folder / "vectors" / f"{each}.csv" for each in ("inputs", "outputs"))
    with kept(inputs, outputs):
        outputs.write_text(outputs.read_text().rsplit("\n", 2)[0])
        short = program("--selftest")
        outputs.write_text("species[0]\n1\n")
        other = program("--selftest")
        inputs.unlink()
        missing = program("--selftest")
    assert [done.returncode for done in (short, other, missing)] == [2, 2, 2]
    assert short.stderr == f"{outputs}: 11 rows, expected 12\n"
    assert other.stderr == f"{outputs}: line 1: 1 columns, expected 4\n"
    assert missing.stderr == f"{inputs}: no such file\n"


@needs_sdk
def test_tables_that_do_not_fit_are_refused_by_line_and_column(
    built: dict[str, Program], tmp_path: Path
) -> None:
    rows = tmp_path / "rows.csv"
    for what, table, message in hosting_tables.IRIS_TABLES:
        rows.write_bytes(table if isinstance(table, bytes) else table.encode())
        assert message in built["iris"].refuses(rows), what
    assert built["iris"].refuses(tmp_path / "none.csv") == "no such file"


@needs_sdk
def test_tables_may_be_spelled_in_many_ways(built: dict[str, Program], tmp_path: Path) -> None:
    rows, plainly = tmp_path / "rows.csv", tmp_path / "plainly.csv"
    for what, table, plain in hosting_tables.IRIS_ROWS:
        rows.write_bytes(table.encode())
        plainly.write_text(plain)
        done = built["iris"](rows)
        assert (done.returncode, done.stderr) == (0, ""), what
        assert done.stdout == built["iris"](plainly).stdout, what


@needs_sdk
def test_names_say_where_the_columns_are(built: dict[str, Program], tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    for what, order, others in hosting_tables.NAMED_TABLES:
        rows.write_text(hosting_tables.named_table(order, others), "utf-8")
        done = built["named"](rows)
        assert (done.returncode, done.stdout) == (0, hosting_tables.NAMED_OUTPUTS), what
        left_out = "left out, since the model does not take it: 'id', '2', 'note'"
        assert done.stderr == (f"{rows}: {left_out}\n" if others else ""), what
    rows.write_text(hosting_tables.named_table((0, 1, 2, 3), ()).replace("age", "x[0]"), "utf-8")
    assert built["named"].refuses(rows).startswith("no column 'age'; the header has 'x[0]', ")


@needs_sdk
def test_columns_without_known_names_are_taken_in_order(
    built: dict[str, Program], tmp_path: Path
) -> None:
    program, rows, plainly = built["fixed-batch"], tmp_path / "rows.csv", tmp_path / "plainly.csv"
    rows.write_text("a,b,c,d\n1,2,3,4\n")
    plainly.write_text("1,2,3,4\n")
    done = program(rows)
    assert done.returncode == 0
    assert done.stderr.startswith(f"{rows}: the columns are taken in the table's order")
    assert done.stdout == program(plainly).stdout
    rows.write_text("id,a,b,c,d\n0,1,2,3,4\n")
    assert program.refuses(rows) == "line 1: 5 columns, expected 4"


@needs_sdk
@pytest.mark.parametrize("name", ["iris", "fixed-batch", "strings", "every-type", "named"])
def test_no_rows_give_no_rows(built: dict[str, Program], tmp_path: Path, name: str) -> None:
    program, rows = built[name], tmp_path / "rows.csv"
    header, outputs = (
        (program.folder / "vectors" / f"{what}.csv").read_text("utf-8").split("\n")[0] + "\n"
        for what in ("inputs", "outputs")
    )
    rows.write_text(header, "utf-8")
    done = program(rows)
    assert (done.returncode, done.stdout, done.stderr) == (0, outputs, "")


@needs_sdk
@pytest.mark.parametrize(("name", "columns"), [("iris", 3), ("fixed-batch", 4)])
def test_long_tables_are_run_in_blocks(
    built: dict[str, Program], name: str, columns: int, tmp_path: Path
) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text(hosting_tables.many_rows(2051, columns))
    done = built[name](rows)
    hosting.same_table(done.stdout, hosting.predicted(built[name].folder, rows))


@needs_sdk
def test_every_type_is_read_and_written_exactly(built: dict[str, Program], tmp_path: Path) -> None:
    program = built["every-type"]
    header, row, *_ = hosting.recorded(program.folder)
    places = {dtype: header.index(f"{dtype}s[0]") for dtype in hosting.DTYPES}
    table, wanted = exact_rows(row, places)
    rows = tmp_path / "rows.csv"
    rows.write_text("\n".join(",".join(cells) for cells in [header, *table]), encoding="utf-8")
    done = program(rows)
    assert (done.returncode, done.stderr) == (0, "")
    for line, expected in zip(done.stdout.splitlines()[1:], wanted, strict=True):
        cells = line.split(",")
        for dtype, value in expected.items():
            cell = cells[places[dtype]]
            whole = dtype.removeprefix("u").startswith("int")
            assert (int(cell) if whole else np.float64(cell).astype(dtype)) == value
            assert digits(cell) == digits(str(value))


@needs_sdk
def test_numbers_that_a_type_does_not_hold_are_refused(
    built: dict[str, Program], tmp_path: Path
) -> None:
    program = built["every-type"]
    header, row, *_ = hosting.recorded(program.folder)
    rows = tmp_path / "rows.csv"
    for dtype, cell, what in (
        ("uint8", "300", "'300' does not fit into uint8"),
        ("int8", "-129", "'-129' does not fit into int8"),
        ("uint64", "-1", "'-1' does not fit into uint64"),
        ("int64", "9223372036854775808", "'9223372036854775808' does not fit into int64"),
        ("int64", "9223372036854775807.5", "'9223372036854775807.5' is not a whole number"),
        ("int32", "1e400", "'1e400' does not fit into int32"),
        ("int32", "1e-30", "'1e-30' is not a whole number"),
        ("int32", "2.5", "'2.5' is not a whole number"),
        ("int32", "nan", "'nan' is not a whole number"),
        ("float16", "65520", "'65520' does not fit into float16"),
        ("float32", "-3.41e38", "'-3.41e38' does not fit into float32"),
        ("float64", "1e309", "'1e309' does not fit into float64"),
        ("bool", "2", "'2' does not fit into bool"),
        ("bool", "yes", "'yes' is not a number"),
    ):
        column = header.index(f"{dtype}s[1]")
        cells = [*row[:column], cell, *row[column + 1 :]]
        rows.write_text("\n".join(",".join(line) for line in (header, row, cells)), "utf-8")
        assert program.refuses(rows) == f"line 3, column {column + 1}: {what}"


@needs_sdk
def test_truths_and_texts_are_read_as_they_are(built: dict[str, Program], tmp_path: Path) -> None:
    program = built["every-type"]
    header, row, *_ = hosting.recorded(program.folder)
    truth, word = header.index("bools[0]"), header.index("strings[0]")
    rows = tmp_path / "rows.csv"
    for given, text in (
        ("true", '"a, b"'),
        ("1", '"say ""yes"""'),
        ("TRUE", "\u00fcn\u00ef \u2603 \U0001d6fc"),
        ("1.0", '"two\nlines"'),
    ):
        cells = list(row)
        cells[truth], cells[word] = given, text
        rows.write_text(",".join(header) + "\n" + ",".join(cells) + "\n", "utf-8", newline="")
        done = program(rows)
        assert (done.returncode, done.stderr) == (0, "")
        assert f",{text}," in done.stdout
        assert ",True," in done.stdout


@needs_sdk
def test_rows_that_the_model_does_not_take_are_refused_by_line(
    built: dict[str, Program], tmp_path: Path
) -> None:
    program = built["digits-embedding"]
    lines = (program.folder / "vectors" / "inputs.csv").read_text().splitlines()
    lines[4] = re.sub(r"^\d+", "99999", lines[4])
    rows = tmp_path / "rows.csv"
    rows.write_text("\n\n".join(lines))
    assert program.refuses(rows).startswith("line 9: the model does not take it: ")


@needs_sdk
def test_other_models_are_refused(built: dict[str, Program], tmp_path: Path) -> None:
    program = built["iris"]
    for what, data, message in exchanged(program.folder):
        path = tmp_path / "model.onnx"
        path.write_bytes(data)
        done = program("--selftest", "--model", path)
        refused(done, f"{path}: ", message, what)
    done = program("--selftest", "--model", tmp_path / "none.onnx")
    assert (done.returncode, done.stderr) == (2, f"{tmp_path / 'none.onnx'}: no such file\n")


@needs_sdk
def test_the_command_is_explained(built: dict[str, Program], tmp_path: Path) -> None:
    program = built["iris"]
    asked = program("--help")
    assert (asked.returncode, asked.stderr) == (0, "")
    assert asked.stdout.startswith("Usage: Iris ROWS.csv")
    rows = program.folder / "vectors" / "inputs.csv"
    for arguments, said in (
        ([], "Iris: give one table of rows, or --selftest"),
        ([rows, rows], "Iris: give one table of rows, or --selftest"),
        ([rows, "--selftest"], "Iris: give one table of rows, or --selftest"),
        ([rows, "-o"], "Iris: -o needs the name of a file"),
        ([rows, "--fast"], "Iris: no option '--fast'"),
        (
            [rows, "-o", tmp_path / "no" / "x.csv"],
            f"{tmp_path / 'no' / 'x.csv'}: cannot be written",
        ),
    ):
        done = program(*arguments)
        refused(done, said, said)


@needs_sdk
def test_the_class_serves_a_program_and_its_threads(built: dict[str, Program]) -> None:
    done = built["user"]()
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(SAID, done.stdout), done.stdout


@needs_sdk
def test_nothing_is_reported_to_anybody(built: dict[str, Program], tmp_path: Path) -> None:
    # The library's telemetry keeps a database in the home folder, and is off in continuous builds.
    done = built["iris"]("--selftest", HOME=str(tmp_path), CI=None, ORT_DISABLE_TELEMETRY=None)
    assert done.returncode == 0
    assert list(tmp_path.rglob("*")) == []
