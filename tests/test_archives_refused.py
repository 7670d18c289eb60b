"""Damaged and dangerous archives: every way has its own sentence."""

import io
import os
import struct
import warnings
import zipfile
from pathlib import Path

import pytest
import saved_files as write

from keronyx.converter.errors import FileFormatError, KeronyxError
from keronyx.converter.files import read_saved, zips
from keronyx.converter.limits import limits


def changed(**members: bytes | None) -> bytes:
    """Return a ``.keras`` file with other members."""
    return zipped(write.keras_members(**members))


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two members of one name
        for name, data in members.items():
            file.writestr(name, data)
            if name == "twice":
                file.writestr(name, data)
    return buffer.getvalue()


def patched(data: bytes, old: bytes, new: bytes) -> bytes:
    assert data.count(old) > 0
    return data.replace(old, new)


WHOLE = changed()
CENTRAL = struct.Struct("<4s6H")
"""Start of a central record: signature, versions, flags, method, time, date."""

ARCHIVES = {
    "no config": (changed(config__json=None), "without 'config.json'"),
    "no weights": (changed(model__weights__h5=None), "'model.weights.h5' is missing"),
    "weights of text": (changed(model__weights__h5=b"x"), "'model.weights.h5' is not an HDF5"),
    "pickled weights": (
        changed(model__weights__h5=None, model__weights__npz=b""),
        "'model.weights.npz' holds pickled objects",
    ),
    "bad crc": (patched(WHOLE, b"3.9.2", b"3.9.3"), "'metadata.json' is damaged: its CRC is wrong"),
    "other name": (WHOLE.replace(b"config.json", b"konfig.json", 1), "another name"),
    "two of one name": (zipped({"config.json": b"{}", "twice": b""}), "two members are called"),
    "drive": (zipped({"C:config.json": b"{}"}), "leaves the archive"),
    "encrypted": (
        patched(
            WHOLE, CENTRAL.pack(b"PK\1\2", 788, 20, 0, 0, 0, 0)[:10], b"PK\1\2\x14\3\x14\0\1\0"
        ),
        "'metadata.json' is encrypted",
    ),
    "bzip2": (zipped(write.keras_members(), zipfile.ZIP_BZIP2), "compressed with method 12"),
    "sizes": (
        patched(WHOLE, b"\x1a\0\0\0\x1a\0\0\0\x0d", b"\x1a\0\0\0\x1b\0\0\0\x0d"),
        "'metadata.json' declares 27 bytes and stores 26",
    ),
    "torch": (zipped({"net/data.pkl": b""}), "a PyTorch file"),
    "nested": (zipped({"a/config.json": b"{}"}), "a zip of a folder"),
    "zip of h5": (zipped({"net.h5": b""}), "a zip with a model file in it"),
    "two formats": (write.tree_bytes() + zipped({}), "HDF5 file and a zip archive in one"),
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_archives_that_are_refused(tmp_path: Path, kind: str) -> None:
    data, message = ARCHIVES[kind]
    (tmp_path / "m").write_bytes(data)
    with pytest.raises(KeronyxError, match=message):
        read_saved(tmp_path / "m")


@pytest.mark.parametrize("name", ["/a", "\\a", "C:a", "c:/a", "..", "a/..", "a/../b", "a\\..\\b"])
def test_names_of_members_that_leave(name: str) -> None:
    with pytest.raises(FileFormatError, match="has a name that leaves the archive"):
        zips._check_name(zipfile.ZipInfo(name), {})
    zips._check_name(zipfile.ZipInfo("a/b..c/..d"), {})


def test_a_member_without_a_name_is_no_fault() -> None:
    zips._check(zipfile.ZipInfo(""), "the member")


def test_members_that_share_bytes() -> None:
    infos = [zipfile.ZipInfo(name) for name in "ab"]
    for info in infos:
        info.file_size = info.compress_size = 10
        info.header_offset = 0
    infos[1].header_offset = zips.HEADER.size + 10
    zips._check_total(infos, 100)
    infos[1].header_offset -= 1
    with pytest.raises(FileFormatError, match="member 'b' shares bytes with another"):
        zips._check_total(infos, 100)


OVER = {
    "member": (
        write.keras_members(model__weights__h5=bytes(4000)) | {"noise": os.urandom(5000)},
        {"inflated_bytes": 3000, "inflated_ratio": 2},
        "'model.weights.h5' declares 4000 bytes in .*; the limit is 3,000 .inflated-bytes. and 2 ",
    ),
    "all": (
        {"config.json": bytes(1500), "x": bytes(1500)},
        {"inflated_bytes": 2000, "inflated_ratio": 2},
        "members of 3000 bytes in .*; the limit is 2,000 .inflated-bytes. and 2 .inflated-ratio",
    ),
    "text": ({"config.json": bytes(101)}, {"text_bytes": 100}, "101 bytes of text; the limit is"),
    "many": (
        {str(index): b"" for index in range(11)},
        {"zip_members": 10},
        "11 members; the limit is 10 .zip-members",
    ),
}


@pytest.mark.parametrize("kind", OVER)
def test_archives_over_a_limit(tmp_path: Path, kind: str) -> None:
    members, values, message = OVER[kind]
    (tmp_path / "m").write_bytes(zipped(members, zipfile.ZIP_DEFLATED))
    with limits(**values), pytest.raises(KeronyxError, match=message):
        read_saved(tmp_path / "m")


@pytest.mark.parametrize("size", [25, 27])
def test_members_that_inflate_to_a_byte_more_or_fewer(tmp_path: Path, size: int) -> None:
    data = bytearray(zipped(write.keras_members(), zipfile.ZIP_DEFLATED))
    place = data.index(b"PK\1\2") + 24  # where the directory has the size of metadata.json
    assert data[place] == 26
    data[place] = size
    (tmp_path / "m").write_bytes(data)
    with pytest.raises(FileFormatError, match=f"does not come to the {size} bytes it declares"):
        read_saved(tmp_path / "m")


def test_member_that_is_a_link(tmp_path: Path) -> None:
    path = write.archive(tmp_path / "m", write.keras_members(config__json=None))
    with zipfile.ZipFile(path, "a") as file:
        link = zipfile.ZipInfo("config.json")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "beside.bin")
    with pytest.raises(FileFormatError, match="a folder or a symbolic link"):
        read_saved(path)
