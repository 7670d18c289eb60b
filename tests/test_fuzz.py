"""Fuzzing for as long as a test may take, from a fixed start; and what it found before."""

import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="samples are read in forks")
if sys.platform != "win32":
    from fuzz.catalogue import TARGETS
    from fuzz.mutate import Random
    from fuzz.target import LIBRARY, examine, examine_all

FINDINGS = Path(__file__).with_name("fuzz") / "findings"
FOUND = sorted(path.relative_to(FINDINGS) for path in FINDINGS.rglob("*") if path.is_file())
SAMPLES = 100
APART = 20
"""Samples of targets that are read in a process of their own."""


@pytest.mark.parametrize("times", [1, pytest.param(10, marks=pytest.mark.sweep)])
@pytest.mark.parametrize("name", TARGETS)
def test_samples_break_no_rule(name: str, times: int) -> None:
    target, rng = TARGETS[name], Random(f"ci {name}")
    samples = [target.make(rng) for _ in range(times * (APART if target.apart else SAMPLES))]
    broken = examine_all(target, samples)
    assert [each for each in broken if each and not each.startswith(LIBRARY)] == []


@pytest.mark.parametrize("path", FOUND, ids=str)
def test_what_was_found_is_mended(path: Path) -> None:
    assert examine(TARGETS[path.parts[0]], (FINDINGS / path).read_bytes()) == ""


@pytest.mark.parametrize("name", TARGETS)
def test_samples_are_made_alike_twice(name: str) -> None:
    one, other = ([TARGETS[name].make(rng) for _ in range(5)] for rng in (Random(1), Random(1)))
    assert one == other


def test_numbers_of_more_digits_than_python_reads() -> None:
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        assert examine(TARGETS["rows"], b"9" * 641) == ""
    finally:
        sys.set_int_max_str_digits(before)


def test_tables_of_many_columns_take_no_longer_than_they_must() -> None:
    names = ",".join(f"c{index}" for index in range(40_000))
    table = f"{names}\n{','.join('1' * 40_000)}\n".encode()
    assert examine(TARGETS["csv"], table) == ""


def test_rules_are_noticed(tmp_path: Path) -> None:
    from fuzz.target import Target  # noqa: PLC0415

    def read(data: bytes, _folder: Path) -> None:
        exec(data)  # noqa: S102 - the sample is our own

    def broken(code: bytes, *, apart: bool) -> str:
        return examine(Target(name="t", make=lambda _: b"", read=read, apart=apart), code)

    for apart in (False, True):
        assert broken(b"pass", apart=apart) == ""
        assert broken(b"1 / 0", apart=apart).startswith("ZeroDivisionError")
        assert "Warning" in broken(b"import warnings; warnings.warn('x')", apart=apart)
        raised = b"from keronyx import UsageError; raise UsageError('x' * %d)"
        assert broken(raised % 50, apart=apart) == ""
    assert broken(b"import os; os.abort()", apart=True) == "library: SIGABRT"
    assert list(tmp_path.iterdir()) == []
