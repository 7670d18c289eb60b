"""Every limit: what is just below it and at it is read, and one more is refused by its name."""

import threading
from pathlib import Path
from typing import Final

import pytest
import saved_files as write
from limit_cases import CASES

import keronyx
from keronyx.cli import main
from keronyx.cli.program import program
from keronyx.converter.errors import KeronyxError, UsageError, WeightError
from keronyx.converter.files.markup import parse_json
from keronyx.converter.files.variables import AXES, AXIS, plain_shape
from keronyx.converter.limits import DEFAULTS, KNOWN, Limits, current, limits, spelled

ROOT: Final = Path(__file__).resolve().parents[1]
DIGITS: Final = ROOT / "models" / "digits" / "digits.keras"
ROWS: Final = ROOT / "models" / "digits" / "rows.csv"


@pytest.mark.parametrize("kind", CASES)
def test_below_at_and_above_a_limit(tmp_path: Path, kind: str) -> None:
    name, value, need, others = CASES[kind]
    folders = [tmp_path / str(number) for number in range(4)]
    for folder in folders:
        folder.mkdir()
    with limits(**{name: value}, **others):
        need(folders[0], value - 1)
        need(folders[1], value)
        with pytest.raises(KeronyxError) as caught:
            need(folders[2], value + 1)
    said = str(caught.value)
    assert f"{value:,} ({spelled(name)})" in said
    assert "the limit is" in said
    assert "raise it with keronyx.limits(" in said
    assert f"keronyx.limits({name}=N)" in said
    assert len(said) <= 500
    assert said.isprintable()
    with limits(**{name: value + 1}, **others):
        need(folders[3], value + 1)


def test_no_limit_is_left_out() -> None:
    assert {case.name for case in CASES.values()} == set(KNOWN)


def test_what_no_limit_can_raise() -> None:
    """What NumPy and processors cannot have is no limit."""
    for shape in ([1] * (AXES - 1), [1] * AXES, [AXIS - 1]):
        assert plain_shape(shape, "w") == tuple(shape)
    for shape in ([1] * (AXES + 1), [AXIS], [AXIS + 1]):
        with pytest.raises(WeightError, match="impossible shape"):
            plain_shape(shape, "w")


def test_a_limit_at_its_highest() -> None:
    with limits(text_depth=500), pytest.raises(KeronyxError) as caught:
        parse_json("[" * 501 + "]" * 501, "the text")
    assert caught.value.hint == "the limit is 500 (text-depth), which is the highest"


def test_limits_end_with_their_block_and_hold_in_their_thread() -> None:
    found: list[Limits] = []
    with keronyx.limits(zip_members=5):
        with limits(text_bytes=7):
            assert (current().zip_members, current().text_bytes) == (5, 7)
        assert current().text_bytes == DEFAULTS.text_bytes
        thread = threading.Thread(target=lambda: found.append(current()))
        thread.start()
        thread.join()
    assert current() == DEFAULTS
    # From Python 3.14 on, a build without the interpreter's lock hands them to new threads.
    assert found[0].zip_members in {5, DEFAULTS.zip_members}


BAD: Final = (
    ({"zip_member": 5}, "no limit 'zip_member'; did you mean 'zip-members'?"),
    ({"quux": 5}, "no limit 'quux'; there are text-bytes, text-objects, "),
    ({"zip_members": 0}, "limit zip-members=0; give a whole number from 1 to 9223372036854775807"),
    ({"zip_members": True}, "limit zip-members=True; give a whole number"),
    ({"zip_members": 2**63}, "limit zip-members=9223372036854775808; give a whole number"),
    ({"text_depth": 501}, "limit text-depth=501; give a whole number from 1 to 500"),
)


@pytest.mark.parametrize(("values", "words"), BAD)
def test_limits_that_cannot_be(values: dict[str, int], words: str) -> None:
    with pytest.raises(UsageError) as caught, limits(**values):
        pass
    assert str(caught.value).startswith(words)
    assert len(str(caught.value)) <= 500


COMMANDS: Final = {
    "convert": ["convert", DIGITS, "-o", "out.onnx"],
    "inspect": ["inspect", DIGITS],
    "scan": ["inspect", "--scan", DIGITS],
    "check": ["check", "out.onnx", DIGITS],
    "predict": ["predict", DIGITS, "--input", ROWS],
    "trace": ["trace", DIGITS],
    "code": ["code", DIGITS, "--to", "python", "-o", "out.py"],
    "host": ["host", DIGITS, "--to", "node", "-o", "out"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_limits(
    tmp_path: Path,
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*map(str, COMMANDS[command]), "--limit", "zip-members=2"]) == 2
    said = capsys.readouterr().err
    assert f"{DIGITS}: an archive of 3 members; the limit is 2 (zip-members)" in said
    assert said.endswith("raise it with --limit zip-members=N\n")
    assert said.count("\n") == 1
    assert current() == DEFAULTS


def test_every_command_that_reads_a_model_is_tried() -> None:
    assert set(program.commands) - {"layers"} == set(COMMANDS) - {"scan"}
    for name, command in program.commands.items():
        assert any(each.name == "limit" for each in command.params) == (name != "layers")


def test_limits_are_raised_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    members = write.keras_members() | {str(index): b"" for index in range(8)}
    path = str(write.archive(tmp_path / "m.keras", members))
    for value, code in (("5", 2), ("5,000", 1)):
        given = ["--limit", f"zip-members={value}", "--limit", "text_depth=20"]
        assert main(["inspect", "--scan", path, *given]) == code
    assert "the limit is 5 (zip-members)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["zip-members"], "--limit 'zip-members'; as in --limit zip-members=200000"),
        (["zip-members=many"], "--limit 'zip-members=many'; as in"),
        (["zip-members=-1"], "--limit 'zip-members=-1'; as in"),
        (["=5"], "--limit '=5'; as in"),
        (["zip-members=1", "zip_members=2"], "--limit 'zip-members' is given twice"),
        (["zip-member=1"], "no limit 'zip-member'; did you mean 'zip-members'?"),
        (["text-depth=501"], "limit text-depth=501; give a whole number from 1 to 500"),
    ],
)
def test_what_cannot_be_said_on_the_command_line(
    given: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [part for each in given for part in ("--limit", each)]
    assert main(["inspect", str(DIGITS), *options]) == 2
    assert capsys.readouterr().err.startswith(f"keronyx: {words}")


def test_limits_go_along_into_another_process() -> None:
    with limits(zip_members=2), pytest.raises(KeronyxError, match="the limit is 2"):
        keronyx.read(DIGITS, isolate=True)
    with limits(zip_members=3):
        assert keronyx.read(DIGITS, isolate=True).layers


def test_the_documentation_has_every_limit() -> None:
    """The table of docs/security.md says what the code says."""
    lines = (ROOT / "docs" / "security.md").read_text(encoding="utf-8").splitlines()
    expected = [
        f"| `{spelled(name)}` | {getattr(DEFAULTS, name):,} | {each.metadata['meaning']} |"
        for name, each in KNOWN.items()
    ]
    start = lines.index(expected[0])
    assert lines[start : start + len(expected)] == expected
    assert not lines[start + len(expected)]
