"""Malformed, cut, contradictory and odd files that are kept as they are, and controls that convert.

``recorded.tar.xz`` holds a folder a case: its files, and ``case.json`` with ``must`` (reject or
convert) and, where either is right, ``also``.
"""

import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from hostile.base import Case

ARCHIVE: Final = Path(__file__).with_name("recorded.tar.xz")
EXPECTED: Final[dict[str, Literal["refused", "converted"]]] = {
    "reject": "refused",
    "convert": "converted",
}


def _cases() -> Iterator[Case]:
    with tarfile.open(ARCHIVE) as archive:
        listed = [each for each in archive if each.name.endswith("/case.json")]
        for member in listed:
            content: Any = archive.extractfile(member)
            said = json.load(content)
            expect = "either" if said.get("also") else EXPECTED[said["must"]]
            yield Case(f"recorded {said['id']}", partial(_write, said), expect)


def _write(said: dict[str, Any], folder: Path) -> list[Path]:
    """Copy the files of a case, and return the model's path and that of its weights."""
    with tempfile.TemporaryDirectory() as place:
        with tarfile.open(ARCHIVE) as archive:
            mine = [each for each in archive if each.name.split("/")[1:2] == [said["id"]]]
            archive.extractall(place, mine, filter="data")
        source = Path(place, "corpus", said["id"])
        aside = shutil.ignore_patterns("case.json")
        shutil.copytree(source, folder, symlinks=True, dirs_exist_ok=True, ignore=aside)
    return [folder / said[key] for key in ("file", "weights") if key in said]


CASES: Final = tuple(_cases())
