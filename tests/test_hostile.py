"""Hostile files on the command line: each is refused in one line, or converted, and nothing else.

Every one of them is harmless to whatever else may read it. Readers that hang, crash or grow are
played by others, in ``test_isolation``.
"""

import hashlib
import os
import re
import stat
import sys
from pathlib import Path

import onnx
import pytest
from sampling import swept

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are limited by POSIX")
if sys.platform != "win32":
    from hostile import configs, files, recorded, storage
    from hostile.base import Case
    from hostile.run import Ended, run

MADE = {case.name: case for case in (*configs.CASES, *storage.CASES, *files.CASES)}
CASES = {**MADE, **{case.name: case for case in recorded.CASES}}
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
MEGABYTES = 600


def snapshot(folder: Path) -> list[tuple[str, int, int, int]]:
    """Return what is in a folder and when it was changed."""
    found = []
    for root, folders, names in os.walk(folder):
        for name in sorted(folders + names):
            status = os.lstat(os.path.join(root, name))  # noqa: PTH118
            found.append((name, status.st_mode, status.st_size, status.st_mtime_ns))
    return sorted(found)


def well_behaved(ended: "Ended") -> None:
    """Assert what holds whatever the file."""
    assert ended.code in {0, 1, 2}
    assert ended.megabytes < MEGABYTES
    assert not CONTROL.search(ended.err + ended.out)
    assert "Traceback" not in ended.err
    assert "internal error" not in ended.err
    if ended.code == 2:
        assert ended.err.startswith("keronyx: ")
        assert ended.err.count("\n") == 1
        assert len(ended.err) <= 500 + len("keronyx: ")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder for the model, with an empty file beside it that it has no business in."""
    for name in ("in", "out", "told"):
        (tmp_path / name).mkdir()
    (tmp_path / "in" / "beside.bin").touch()
    return tmp_path


TRAINED = {case.name for case in configs.TRAINING_CASES}
"""Code for training only: a scan tells it, a conversion does not need it."""

FOUND = {
    *(case.name for case in configs.CODE_CASES),
    *TRAINED,
    *(name for name in CASES if name.startswith(("link to ", "numbers in", "virtual", "soft"))),
    *(name for name in CASES if name.endswith(("pickle called .h5", "pickled weights"))),
    "member of a drive",
    "member config.json that is a link",
    "shard C:w.bin",
    "filter 305",
    "saved model",
} - {"link to a model", "link to nothing"}
"""What a scan must tell."""


def kinds(case: "Case") -> list[str]:
    """Return the group of which some are taken in every run: how the name begins."""
    words = case.name.replace("-", " ").split()
    return [" ".join(words[:2] if words[0] == "recorded" else words[:1])]


EVERY = swept(CASES.values(), lambda case: ascii(case.name)[1:-1][:60], kinds, most=1)


@pytest.mark.parametrize("case", EVERY)
def test_hostile_file(place: Path, case: "Case") -> None:
    name = case.name
    source, *weights = case.write(place / "in")
    before = snapshot(place / "in")
    how = [option for path in weights for option in ("--weights", path)]
    targets = [place / "out" / name for name in ("a.onnx", "b.onnx")]
    how += case.options
    commands = [["convert", source, *how, "-o", target, "--quiet"] for target in targets]
    scan = ["inspect", "--scan", source, *case.options]
    ended, again, scanned = run(place / "told", *commands, scan)
    for each in (ended, again, scanned):
        well_behaved(each)
    assert (again.code, again.err) == (ended.code, ended.err)
    assert ended.code in {"refused": {2}, "converted": {0}, "either": {0, 2}}[case.expect], ended
    assert ended.out == ""
    for limit in case.limits:
        assert f"({limit.partition('=')[0]})" in ended.err
    made = sorted((place / "out").iterdir())
    assert made == (targets if ended.code == 0 else [])
    if ended.code == 0:
        first, second = (target.read_bytes() for target in targets)
        assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()
        onnx.checker.check_model(onnx.load_from_string(first))
    assert snapshot(place / "in") == before
    if case.expect == "converted" and name not in TRAINED:
        assert (scanned.code, scanned.err) == (0, ""), scanned
    if name in FOUND:
        assert scanned.out.strip()
        assert scanned.code == 1 or scanned.err


def test_cases_are_made_alike_twice(tmp_path: Path) -> None:
    digests = []
    for number in "12":
        (tmp_path / number).mkdir()
        found = hashlib.sha256()
        for index, case in enumerate(MADE.values()):
            folder = tmp_path / number / str(index) / "in"
            folder.mkdir(parents=True)
            for path in case.write(folder):
                if path.is_file() and stat.S_ISREG(path.stat().st_mode) and path.stat().st_mode & 4:
                    found.update(path.read_bytes())
        digests.append(found.hexdigest())
    assert digests[0] == digests[1]
