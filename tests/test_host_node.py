"""Projects for Node.js: run with the real onnxruntime-node, and held against keronyx.

KERONYX_NODE_HOSTS names the folder that .ci/node-hosts prints.
"""

import json
from pathlib import Path

import hosting
import pytest
from hosting_refusals import exchanged, refused
from javascript_hosts import (
    MODULES,
    Run,
    Write,
    copied,
    copying,
    missing,
    node,
    weights_apart,
    writing,
)

from keronyx.hosting import host

MISSING = missing("onnxruntime-node", "onnxruntime-common")
needed = pytest.mark.skipif(bool(MISSING), reason=MISSING)

write = writing("node")
own = copying()


def predict(folder: Path, place: Path, table: str | bytes, *options: object) -> Run:
    rows = place / "rows.csv"
    rows.write_bytes(table if isinstance(table, bytes) else table.encode())
    return node(folder, "main.mjs", rows, *options)


@needed
@pytest.mark.parametrize("name", hosting.MODELS)
def test_every_model_proves_itself_and_predicts(write: Write, tmp_path: Path, name: str) -> None:
    folder = write(name)
    done = node(folder, "main.mjs", "--selftest")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("self-test passed: ")
    done = node(folder, "main.mjs", "vectors/inputs.csv")
    assert (done.returncode, done.stderr) == (0, "")
    hosting.same_table(done.stdout, hosting.predicted(folder, folder / "vectors" / "inputs.csv"))
    turned = predict(folder, tmp_path, hosting.awkward_rows(folder))
    assert turned.stdout == done.stdout


@needed
@pytest.mark.parametrize("name", ["iris", "float64", "float16", "strings-out", "every-type"])
def test_a_changed_number_turns_the_exit_code(write: Write, tmp_path: Path, name: str) -> None:
    folder = copied(write, tmp_path, name)
    hosting.corrupt(folder)
    done = node(folder, "main.mjs", "--selftest")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("self-test failed: ")
    assert f"of row {len(hosting.recorded(folder)) - 1}, " in done.stdout


@needed
@pytest.mark.parametrize(
    ("table", "words"),
    [
        (None, "no such file"),
        ("sepal[0],sepal[1],petal_length\n1,2,3\n", "1 rows, expected 12"),
        ("1,2\n", "line 1: 2 columns, expected 3"),
        ("1,2,3\n1,x,3\n", "line 2, column 2: 'x' is not a number"),
    ],
)
def test_damaged_vectors_are_no_verdict(own: Path, table: str | None, words: str) -> None:
    inputs = own / "vectors" / "inputs.csv"
    inputs.unlink()
    if table is not None:
        inputs.write_text(table)
    done = node(own, "main.mjs", "--selftest")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"iris: vectors/inputs.csv: {words}\n"


@needed
@pytest.mark.parametrize(("table", "words"), [each[1:] for each in hosting.IRIS_TABLES])
def test_a_bad_table(write: Write, tmp_path: Path, table: str | bytes, words: str) -> None:
    done = predict(write("iris"), tmp_path, table, "-o", tmp_path / "out.csv")
    refused(done, f"iris: {tmp_path / 'rows.csv'}: ", words)
    assert not (tmp_path / "out.csv").exists()


@needed
@pytest.mark.parametrize(("table", "plain"), [each[1:] for each in hosting.IRIS_ROWS])
def test_a_table_may_be_spelled_otherwise(
    write: Write, tmp_path: Path, table: str, plain: str
) -> None:
    folder = write("iris")
    done = predict(folder, tmp_path, table)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == predict(folder, tmp_path, plain).stdout
    hosting.same_table(done.stdout, hosting.predicted(folder, tmp_path / "rows.csv"))


@needed
@pytest.mark.parametrize(("order", "others"), [each[1:] for each in hosting.NAMED_TABLES])
def test_names_say_where_the_columns_are(
    write: Write, tmp_path: Path, order: tuple[int, ...], others: tuple[str, ...]
) -> None:
    done = predict(write("named"), tmp_path, hosting.named_table(order, others))
    assert (done.returncode, done.stdout) == (0, hosting.NAMED_OUTPUTS)
    left_out = "left out, since the model does not take it: 'id', '2', 'note'"
    place = f"named: {tmp_path / 'rows.csv'}"
    assert done.stderr == (f"{place}: {left_out}\n" if others else "")


@needed
def test_a_column_that_is_missing_is_named(write: Write, tmp_path: Path) -> None:
    table = hosting.named_table((0, 1, 2, 3), ()).replace("age", "x[0]")
    done = predict(write("named"), tmp_path, table)
    assert (done.returncode, done.stdout) == (2, "")
    assert "rows.csv: no column 'age'; the header has 'x[0]', " in done.stderr


@needed
def test_columns_without_known_names_are_taken_in_order(write: Write, tmp_path: Path) -> None:
    folder = write("fixed-batch")
    done = predict(folder, tmp_path, "a,b,c,d\n1,2,3,4\n")
    assert done.returncode == 0
    assert "rows.csv: the columns are taken in the table's order" in done.stderr
    assert done.stdout == predict(folder, tmp_path, "1,2,3,4\n").stdout
    done = predict(folder, tmp_path, "id,a,b,c,d\n0,1,2,3,4\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("rows.csv: line 1: 5 columns, expected 4\n")


@needed
@pytest.mark.parametrize("name", ["iris", "fixed-batch", "strings", "every-type", "named"])
def test_no_rows_give_no_rows(write: Write, tmp_path: Path, name: str) -> None:
    folder = write(name)
    header, outputs = (
        (folder / "vectors" / f"{what}.csv").read_text("utf-8").split("\n")[0] + "\n"
        for what in ("inputs", "outputs")
    )
    done = predict(folder, tmp_path, header)
    assert (done.returncode, done.stdout, done.stderr) == (0, outputs, "")


@needed
@pytest.mark.parametrize(("name", "columns"), [("iris", 3), ("fixed-batch", 4)])
def test_many_rows_go_in_blocks(write: Write, tmp_path: Path, name: str, columns: int) -> None:
    out = tmp_path / "out.csv"
    table = hosting.many_rows(9001, columns)
    done = predict(write(name), tmp_path, table, "-o", out, "--threads", 2)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    wanted = hosting.predicted(write(name), tmp_path / "rows.csv")
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
        ("int32s", "1e3", "1000"),
        ("bools", "true", "True"),
        ("bools", "0", "False"),
        ("float32s", "0.1", "0.1"),
        ("float32s", "3.4028235e38", "3.4028235e+38"),
        ("float32s", "1e-45", "1e-45"),
        ("float64s", "5e-324", "5e-324"),
        ("float64s", "0.30000000000000004", "0.30000000000000004"),
        ("float64s", "-nan", "nan"),
        ("float64s", "-INFINITY", "-inf"),
        ("float64s", "-0.0", "-0"),
        ("float16s", "0.1", "0.1"),
        ("float16s", "65504", "65500"),
        ("float16s", "-Infinity", "-inf"),
        ("float16s", "-6e-8", "-6e-8"),
        ("float16s", "2049", "2048"),
        ("float16s", "2051", "2052"),
        ("strings", '"say ""no"", twice"', '"say ""no"", twice"'),
        ("strings", '"two\r\nlines"', '"two\r\nlines"'),
        ("strings", " \u00a0ünïcode ☃ ", "ünïcode ☃"),
    ],
)
def test_every_type_comes_back_as_it_went_in(
    write: Write, tmp_path: Path, column: str, cell: str, found: str
) -> None:
    out = tmp_path / "out.csv"
    done = predict(
        write("every-type"), tmp_path, hosting.every_row(column, cell, also=cell), "-o", out
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert f",{found},{found}," in "," + out.read_bytes().decode().split("\n", 1)[1]


@needed
@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("uint8s", "300", "'300' does not fit into uint8"),
        ("uint8s", "-1", "'-1' does not fit into uint8"),
        ("int64s", "9223372036854775808", "'9223372036854775808' does not fit into int64"),
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
        ("float64s", "1é" * 50, "…"),
        ("float64s", "1\x1b[2J", "'1\\u{1b}[2J' is not a number"),
    ],
)
def test_what_does_not_fit_is_told_by_its_place(
    write: Write, tmp_path: Path, column: str, cell: str, words: str
) -> None:
    rows = (hosting.every_row("float32s", "1"), hosting.every_row(column, cell, also=cell))
    done = predict(write("every-type"), tmp_path, "\n".join(rows))
    place = 2 * list(hosting.DTYPES).index(column.removesuffix("s")) + 1
    assert done.returncode == 2
    assert f"rows.csv: line 2, column {place}: '" in done.stderr
    assert words in done.stderr


@needed
def test_another_model_is_noticed(write: Write, tmp_path: Path) -> None:
    for what, data, words in exchanged(write("iris")):
        other = tmp_path / "model.onnx"
        other.write_bytes(data)
        done = predict(write("iris"), tmp_path, "1,2,3\n", "--model", other)
        refused(done, f"iris: {other}: ", words, what)


@needed
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give one table of rows, or --selftest"),
        (["rows.csv", "--selftest"], "give one table of rows, or --selftest"),
        (["one.csv", "more.csv"], "give one table of rows, or --selftest"),
        (["--verbose"], "--verbose"),
        (["vectors/inputs.csv", "--threads", "0"], "'0' is not a number of threads"),
        (["vectors/inputs.csv", "--model", "none.onnx"], "none.onnx: cannot be loaded: no such"),
        (["none.csv"], "none.csv: no such file"),
        (["vectors"], "vectors: is a folder"),
        (["vectors/inputs.csv", "-o", "none/out.csv"], "none/out.csv: no such file"),
    ],
)
def test_a_wrong_command_line(write: Write, words: list[str], said: str) -> None:
    done = node(write("iris"), "main.mjs", *words)
    refused(done, "iris: ", said)


@needed
def test_help_and_a_missing_onnxruntime(own: Path) -> None:
    (own / "node_modules").unlink()
    done = node(own, "main.mjs", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "--selftest" in done.stdout
    done = node(own, "main.mjs", "--selftest")
    assert done.returncode == 2
    assert "onnxruntime-node is not installed: run npm install" in done.stderr


@needed
def test_weights_in_a_file_of_their_own(tmp_path: Path) -> None:
    folder = tmp_path / "apart"
    host(weights_apart(tmp_path), "node", folder)
    (folder / "node_modules").symlink_to(MODULES)
    assert (folder / "apart.onnx.data").exists()
    done = node(folder, "main.mjs", "--selftest")
    assert (done.returncode, done.stderr) == (0, "")


@needed
def test_npm_test_is_the_self_test(write: Write) -> None:
    package = json.loads((write("iris") / "package.json").read_text(encoding="utf-8"))
    assert package["scripts"]["test"] == "node main.mjs --selftest"
    assert package["dependencies"] == {"onnxruntime-node": "1.30.0"}


@needed
def test_nothing_is_written_at_home(write: Write, tmp_path: Path) -> None:
    """onnxruntime's builds for Linux leave an identity there unless told not to."""
    home = tmp_path / "home"
    home.mkdir()
    quiet = {"HOME": str(home), "XDG_CACHE_HOME": "", "CI": "", "ORT_DISABLE_TELEMETRY": ""}
    done = node(write("iris"), "main.mjs", "--selftest", **quiet)
    assert done.returncode == 0
    assert list(home.rglob("*")) == []
