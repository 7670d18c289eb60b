"""Projects for Node.js: run with the real onnxruntime-node, and held against keronyx.

KERONYX_NODE_HOSTS names the folder that .ci/node-hosts prints.
"""

import json
from functools import partial
from pathlib import Path

import hosting
import pytest
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
pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)

write = writing("node")
own = copying()


def predict(folder: Path, place: Path, table: str | bytes, *options: object) -> Run:
    rows = place / "rows.csv"
    rows.write_bytes(table if isinstance(table, bytes) else table.encode())
    return node(folder, "main.mjs", rows, *options)


@pytest.fixture
def program(write: Write, tmp_path: Path) -> Programs:
    def made(name: str) -> Program:
        folder = write(name)
        own = json.loads((folder / "package.json").read_text(encoding="utf-8"))["name"]
        told = f"{own}: {tmp_path / 'rows.csv'}: "
        return Program(folder, partial(predict, folder, tmp_path), own, told)

    return made


@pytest.fixture
def every_type(program: Programs) -> tuple[Program, ...]:
    return (program("every-type"),)


@pytest.mark.parametrize(
    ("cell", "found"), [("65504", "65500"), ("-6e-8", "-6e-8"), ("2051", "2052")]
)
def test_halves_are_written_short(
    every_type: tuple[Program, ...], tmp_path: Path, cell: str, found: str
) -> None:
    comes_back(every_type, tmp_path / "out.csv", "float16s", cell, found)


@pytest.mark.parametrize(
    ("cell", "words"), [("1é" * 50, "…"), ("1\x1b[2J", "'1\\u{1b}[2J' is not a number")]
)
def test_long_and_unprintable_cells_are_told_so_that_one_can_read_it(
    every_type: tuple[Program, ...], cell: str, words: str
) -> None:
    is_told(every_type, "float64s", cell, words)


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


@pytest.mark.parametrize("name", ["iris", "float64", "float16", "strings-out", "every-type"])
def test_a_changed_number_turns_the_exit_code(write: Write, tmp_path: Path, name: str) -> None:
    folder = copied(write, tmp_path, name)
    hosting.corrupt(folder)
    done = node(folder, "main.mjs", "--selftest")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("self-test failed: ")
    assert f"of row {len(hosting.recorded(folder)) - 1}, " in done.stdout


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


def test_help_and_a_missing_onnxruntime(own: Path) -> None:
    (own / "node_modules").unlink()
    done = node(own, "main.mjs", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "--selftest" in done.stdout
    done = node(own, "main.mjs", "--selftest")
    assert done.returncode == 2
    assert "onnxruntime-node is not installed: run npm install" in done.stderr


def test_weights_in_a_file_of_their_own(tmp_path: Path) -> None:
    folder = tmp_path / "apart"
    host(weights_apart(tmp_path), "node", folder)
    (folder / "node_modules").symlink_to(MODULES)
    assert (folder / "apart.onnx.data").exists()
    done = node(folder, "main.mjs", "--selftest")
    assert (done.returncode, done.stderr) == (0, "")


def test_npm_test_is_the_self_test(write: Write) -> None:
    package = json.loads((write("iris") / "package.json").read_text(encoding="utf-8"))
    assert package["scripts"]["test"] == "node main.mjs --selftest"
    assert package["dependencies"] == {"onnxruntime-node": "1.30.0"}


def test_nothing_is_written_at_home(write: Write, tmp_path: Path) -> None:
    """onnxruntime's builds for Linux leave an identity there unless told not to."""
    home = tmp_path / "home"
    home.mkdir()
    quiet = {"HOME": str(home), "XDG_CACHE_HOME": "", "CI": "", "ORT_DISABLE_TELEMETRY": ""}
    done = node(write("iris"), "main.mjs", "--selftest", **quiet)
    assert done.returncode == 0
    assert list(home.rglob("*")) == []
