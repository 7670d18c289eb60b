"""``keronyx code``: what it writes, where, and what it refuses before anything is written."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import corpus_cases as corpus
import pytest
from code_programs import GCC, GPP, STANDARDS, STRICT

import keronyx
from keronyx import cli
from keronyx.converter.lower import lower
from keronyx.converter.program.weights import pack
from keronyx.converter.source import PRINTERS

MODELS = Path(__file__).resolve().parents[1] / "models"
DIABETES = MODELS / "diabetes-33" / "diabetes-33.h5"


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder at hand, an empty one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_command_writes_code_and_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "net.c"
    asked = ["code", str(DIABETES), "--to", "c", "-o", str(output), "--weights-file", "net.bin"]
    assert cli.main(asked) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.bin", "net.c"]
    said = capsys.readouterr().out
    assert "net.bin" in said
    assert "input   features  33 float32" in said
    assert "self-test of 12 recorded rows" in said
    assert pack(lower(keronyx.read(DIABETES))).data == (tmp_path / "net.bin").read_bytes()


def test_command_writes_beside_its_source(tmp_path: Path) -> None:
    source = tmp_path / "my net-2.h5"
    source.write_bytes(DIABETES.read_bytes())
    assert cli.main(["code", str(source), "--to", "cpp", "-q"]) == 0
    assert (tmp_path / "my_net_2.hpp").exists()


WRONG = [
    (["--to", "cobol"], "no code in language 'cobol'"),
    (["--to", "c", "--name", "int"], "the name 'int'"),
    (["--to", "c", "--pure"], "pure code in c"),
    (["--to", "c", "--weights-file", "other/net.bin"], "give a file name beside the source"),
    (["--to", "c", "--weights-file", "net.c"], "give a file name beside the source"),
    ([], "missing option '--to'"),
]


@pytest.mark.parametrize(("options", "words"), WRONG)
def test_command_refuses_and_leaves_nothing(
    options: list[str],
    words: str,
    inside: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["code", str(DIABETES), "-o", "net.c", *options]) == 2
    assert words in capsys.readouterr().err
    assert os.listdir(inside) == []  # noqa: PTH208


def test_command_refuses_layers_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = (case for case in corpus.cases(expect="ok") if "StringLookup" in case.layers)
    path, _ = corpus.source(next(wanted))
    assert cli.main(["code", str(path), "--to", "c", "-o", str(tmp_path / "net.c")]) == 2
    assert "StringLookup" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_command_writes_to_stdout_and_says_nothing_else(
    capsys: pytest.CaptureFixture[str], inside: Path
) -> None:
    assert cli.main(["code", str(DIABETES), "--to", "c", "-o", "-"]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == (keronyx.code(DIABETES, "c"), "")
    asked = ["code", str(DIABETES), "--to", "c", "-o", "-", "--weights-file", "net.bin"]
    assert cli.main(asked) == 2
    assert "give the code a file with -o" in capsys.readouterr().err
    assert list(inside.iterdir()) == []


@pytest.mark.parametrize("options", [["-o", "net.c"], ["-o", "a.c", "--weights-file", "net.c"], []])
def test_command_never_replaces_the_model(
    options: list[str],
    inside: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = inside / "net.c"
    source.write_bytes(DIABETES.read_bytes())
    assert cli.main(["code", "net.c", "--to", "c", *options]) == 2
    assert "net.c: would replace the model it is made from" in capsys.readouterr().err
    assert [path.name for path in inside.iterdir()] == ["net.c"]
    assert source.read_bytes() == DIABETES.read_bytes()


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("there/is/none.c", "cannot be written"),
        ("", "is no file name"),
        (".", "is no file name"),
        ("folder", "is a folder"),
        (os.devnull, "is not a regular file"),
    ],
)
def test_command_names_an_output_that_cannot_be(
    output: str,
    words: str,
    inside: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (inside / "folder").mkdir()
    assert cli.main(["code", str(DIABETES), "--to", "c", "-o", output]) == 2
    assert words in capsys.readouterr().err
    assert [path.name for path in inside.iterdir()] == ["folder"]


RUN = {
    "c": [[*STANDARDS["c"], *STRICT, "-DKERONYX_SELFTEST", "net.c", "-o", "net", "-lm"], ["./net"]],
    "cpp": [
        [*STANDARDS["cpp"], *STRICT, "-DKERONYX_SELFTEST", "net.cpp", "-o", "net"],
        ["./net"],
    ],
    "python": [[sys.executable, "net.py", "--selftest"]],
    "javascript": [["node", "net.mjs", "--selftest"]],
}
FILES = {"c": "net.c", "cpp": "net.cpp", "python": "net.py", "javascript": "net.mjs"}


@pytest.mark.parametrize("options", [[], ["--weights-file", "net.bin"]], ids=["whole", "apart"])
@pytest.mark.parametrize("language", [*RUN, "pure"])
@pytest.mark.usefixtures("inside")
def test_every_language_passes_its_selftest_in_double(language: str, options: list[str]) -> None:
    """What the README says is typed here."""
    to, pure = ("python", ["--pure"]) if language == "pure" else (language, [])
    if not shutil.which("node") or not (GCC and GPP):
        pytest.skip("node, gcc or g++ is not installed")
    asked = ["code", str(DIABETES), "--to", to, "-o", FILES[to], "--double", *pure, *options]
    assert cli.main(asked) == 0
    for command in RUN[to]:
        last = command
        if options and command == ["./net"]:
            last = [*command, "net.bin"]
        done = subprocess.run(last, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "diabetes_33: 12 rows, largest difference" in done.stdout
    assert done.stdout.endswith(": right\n")


def test_every_language_refuses_before_it_writes(
    inside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = next(each for each in corpus.cases(expect="ok") if "StringLookup" in each.layers)
    path, _ = corpus.source(case)
    for language in PRINTERS:
        asked = ["code", str(path), "--to", language, "-o", "net", "--weights-file", "net.bin"]
        assert cli.main(asked) == 2
        assert "(StringLookup" in capsys.readouterr().err
        assert list(inside.iterdir()) == []
