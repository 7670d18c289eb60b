"""Hostile files on the command line: each is refused in one line, or converted, and nothing else.

Files that make libhdf5 itself hang or crash are not made here; ``test_isolation`` is about these.
"""

import hashlib
import os
import re
import stat
import sys
from pathlib import Path

import onnx
import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are limited by POSIX")
if sys.platform != "win32":
    from hostile import configs, files, storage
    from hostile.base import Case
    from hostile.run import Ended, run

CASES = {case.name: case for case in (*configs.CASES, *storage.CASES, *files.CASES)}
RAN = Path("/tmp/keronyx-ran")  # noqa: S108 - what the files would make
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
MEGABYTES = 600
SECRET = b"root:x:0:0 keronyx should never show this"


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
    assert SECRET.decode() not in ended.err + ended.out
    assert not RAN.exists()
    if ended.code == 2:
        assert ended.err.startswith("keronyx: ")
        assert ended.err.count("\n") == 1
        assert len(ended.err) <= 500 + len("keronyx: ")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder for the model, beside another one that it has no business in."""
    (tmp_path / "victim.h5").write_bytes(SECRET)
    (tmp_path / "in").mkdir()
    for name in ("secret.bin", "victim.h5"):
        (tmp_path / "in" / name).write_bytes(SECRET)
    (tmp_path / "out").mkdir()
    (tmp_path / "told").mkdir()
    return tmp_path


TRAINED = {case.name for case in configs.TRAINING_CASES}
"""Code for training only: a scan tells it, a conversion does not need it."""

FOUND = {
    *(case.name for case in configs.CODE_CASES),
    *TRAINED,
    *(name for name in CASES if name.startswith(("link to ", "numbers in", "virtual", "soft"))),
    *(name for name in CASES if name.endswith(("pickle called .h5", "pickled weights"))),
    "member '../../../tmp/keronyx-ran'",
    "member config.json that is a link",
    "shard /etc/passwd",
    "filter 305",
    "saved model",
} - {"link to a model", "link to itself", "link to nothing"}
"""What a scan must tell."""


@pytest.mark.parametrize("name", CASES, ids=lambda name: ascii(name)[1:-1][:60])
def test_hostile_file(place: Path, name: str) -> None:
    case: Case = CASES[name]
    source, *weights = case.write(place / "in")
    before = snapshot(place / "in")
    how = [option for path in weights for option in ("--weights", path)]
    targets = [place / "out" / name for name in ("a.onnx", "b.onnx")]
    commands = [["convert", source, *how, "-o", target, "--quiet"] for target in targets]
    ended, again, scanned = run(place / "told", *commands, ["inspect", "--scan", source])
    for each in (ended, again, scanned):
        well_behaved(each)
    assert (again.code, again.err) == (ended.code, ended.err)
    assert ended.code in {"refused": {2}, "converted": {0}, "either": {0, 2}}[case.expect], ended
    assert ended.out == ""
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
        for index, case in enumerate(CASES.values()):
            folder = tmp_path / number / str(index) / "in"
            folder.mkdir(parents=True)
            for path in case.write(folder):
                if path.is_file() and stat.S_ISREG(path.stat().st_mode) and path.stat().st_mode & 4:
                    found.update(path.read_bytes())
        digests.append(found.hexdigest())
    assert digests[0] == digests[1]
