"""Output files appear at once and whole, or not at all."""

import errno
import io
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from keronyx.converter.errors import UsageError
from keronyx.converter.output import atomic_write, atomic_writes

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX files")


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def write(path: Path, data: bytes = b"data") -> None:
    with atomic_write(path) as file:
        file.write(data)


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.onnx"
    with atomic_write(str(path)) as file:
        file.write(b"da")
        assert not path.exists()
        file.write(b"ta")
    assert path.read_bytes() == b"data"
    assert names(tmp_path) == ["out.onnx"]


def test_a_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"before")
    write(path)
    assert path.read_bytes() == b"data"


@posix
def test_permissions_follow_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "out")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o640


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_nothing_is_left_when_interrupted(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"before")

    def interrupted() -> None:
        with atomic_writes(path, tmp_path / "out.data") as files:
            for file in files:
                file.write(b"half")
            raise error

    with pytest.raises(error):
        interrupted()
    assert names(tmp_path) == ["out"]
    assert path.read_bytes() == b"before"


def refusal(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        write(path)
    return str(caught.value)


def test_places_that_cannot_be_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    said = {
        path: refusal(tmp_path / path).removeprefix(str(tmp_path))
        for path in ("none/out", "file/out", "folder", "a\0b")
    }
    assert said["none/out"].endswith("no such file or directory; make the folder first")
    assert "not a directory" in said["file/out"]
    assert said["folder"] == "/folder: is a folder; give a file name in it"
    assert "is no file name" in said["a\0b"]
    assert names(tmp_path) == ["file", "folder"]
    assert names(tmp_path / "folder") == []


@posix
def test_links_are_replaced_and_devices_left_alone(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"before")
    link.symlink_to(target)
    write(link)
    assert target.read_bytes() == b"before"
    assert not link.is_symlink()
    os.mkfifo(tmp_path / "pipe")
    assert "is not a regular file" in refusal(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "to").symlink_to(tmp_path / "folder")
    assert "is a folder" in refusal(tmp_path / "to")


@posix
@pytest.mark.skipif(ROOT, reason="root may write anywhere")
def test_a_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert "permission denied; choose a folder that you may" in refusal(tmp_path / "out")
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EROFS, "choose a folder that you may write to"),
        (errno.EIO, "choose another place"),
    ],
)
def test_errors_of_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, hint: str
) -> None:
    class Full(io.FileIO):
        def write(self, _data: Any) -> int:
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "open", lambda self, mode: Full(self, mode.replace("b", "")))
    said = refusal(tmp_path / "out")
    assert f"cannot be written: {os.strerror(number).lower()}; {hint}" in said
    assert names(tmp_path) == []


def test_of_several_files_all_appear_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = os.replace

    def fail(source: Path, target: Path) -> None:
        if target.name == "out":
            raise OSError(errno.EIO, "broken")
        replace(source, target)

    def write_both() -> None:
        with atomic_writes(tmp_path / "out", tmp_path / "out.data") as files:
            for file in files:
                file.write(b"data")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(UsageError, match="broken"):
        write_both()
    assert names(tmp_path) == []


def test_a_full_disk_at_the_very_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    assert "no space left on device; free some space" in refusal(tmp_path / "out")
    assert names(tmp_path) == []
