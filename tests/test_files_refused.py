"""What is no model, or a damaged or dangerous one: every way has its own sentence."""

import io
import os
import struct
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any

import pytest
import saved_files as write
import yaml

from keronyx.converter.errors import FileFormatError, KeronyxError
from keronyx.converter.files import read_saved, zips
from keronyx.converter.files.markup import parse_json
from keronyx.converter.files.yaml_text import parse_yaml
from keronyx.converter.limits import limits

WRAPPER = b"python/object/apply:tensorflow.python.training.tracking.data_structures."

KINDS = {
    "empty file": (b"", "an empty file"),
    "lfs": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
        "LFS pointer.*git lfs pull",
    ),
    "web page": (b"\n<!DOCTYPE html><p>404", "a web page"),
    "png": (b"\x89PNG\r\n\x1a\n" + bytes(40), "a PNG image"),
    "jpeg": (b"\xff\xd8\xff\xe0" + bytes(40), "a JPEG image"),
    "elf": (b"\x7fELF" + bytes(40), "a program"),
    "gzip": (b"\x1f\x8b\x08" + bytes(40), "a gzip file; unpack it"),
    "tar": (bytes(257) + b"ustar" + bytes(250), "a tar archive"),
    "pickle": (b"\x80\x04\x95" + bytes(40), r"a Python pickle; .*np\.savez\("),
    "old pickle": (b"ckeronyx_absent\nact\n(tR.", "a Python pickle"),
    "torch": (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "a PyTorch file"),
    "tflite": (b"\x1c\0\0\0TFL3" + bytes(40), "a TensorFlow Lite model"),
    "onnx": (b"\x08\x0a\x12\x07keronyx:\x00", "an ONNX model already"),
    "saved_model.pb": (b"\x08\x01\x12\x80\x01\n", r"SavedModel; .*model\.save\("),
    "checkpoint": (b'model_checkpoint_path: "ckpt-1"', "a TensorFlow checkpoint"),
    "index": (bytes(40) + bytes.fromhex("57fb808b247547db"), "a TensorFlow checkpoint"),
    "safetensors": (struct.pack("<Q", 20) + b'{"a":{}}', "a safetensors file"),
    "empty zip": (b"PK\5\6" + bytes(18), "an empty zip archive"),
    "utf-16": ('{"class_name": 1}'.encode("utf-16"), "UTF-16 text; save it as UTF-8"),
    "text": (b"Hello, world\n", "plain text"),
    "noise": (b"\x01\xfe\x00\x93 and so on", "not a file that keronyx knows"),
    "cut hdf5": (b"\x89HDF\r\n\x1a\n", "a truncated HDF5 file"),
    "cut zip": (b"PK\3\4" + bytes(40), "a truncated zip archive"),
    "json list": (
        b"[[[1, 2]], [3, 4]]",
        r"JSON, but not an object; .*np\.savez\('weights\.npz', W1=",
    ),
    "json text": (b'"7"', "JSON, but not an object$"),
    "matlab": (b"MATLAB 5.0 MAT-file, Platform" + bytes(99), "a MATLAB file; .*loadmat, .*savez"),
    "json object": (b'{"units": 3}', "no 'class_name'"),
    "json twice": (b'{"class_name": 1, "class_name": 2}', "'class_name' occurs twice"),
    "json number": (b'{"class_name": 9x}', "not JSON"),
    "json bytes": (b'{"class_name": "\xff"}', "not UTF-8"),
    "json half": (b'{"class_name": "\\ud800"}', "a lone surrogate"),
    "yaml scalar text": (b"'a\nlayers: b'", "is not a mapping"),
    "yaml values": (b"- class_name: 1\n\nclass_name: 1\n", "not YAML"),
    "yaml sequence": (b"-\n class_name\n-\nconfig: 1", "not YAML"),
    "yaml text": (b'"a\\\nlayers: 1"', "is not JSON"),
    "yaml no list": (b"class_name: !!python/tuple {a: 1}", "no list where"),
    "yaml no mapping": (b"class_name: !!map [1]", "no mapping where"),
    "yaml arguments": (b"class_name: !!%sListWrapper [1, 2]" % WRAPPER, "has 2 arguments"),
    "yaml object type": (
        b"class_name: !!python/object/apply:numpy.dtype {args: [O8, 0, 1]}",
        "a NumPy type that is not a number's",
    ),
    "yaml scalar": (
        b"class_name: !!python/object/apply:numpy.core.multiarray.scalar [1, 2]",
        "a NumPy scalar without type and bytes",
    ),
    "yaml array": (
        b"class_name: !!python/object/apply:numpy.core.multiarray._reconstruct {args: [a]}",
        "a NumPy array without shape, type and bytes",
    ),
    "yaml list": (b"class_name: a\n--- \nb", "not YAML"),
    "yaml call": (
        b"class_name: !!python/object/apply:keronyx_absent.act [a]",
        "tag 'python/object/apply:keronyx_absent",
    ),
    "yaml name": (b"class_name: !!python/name:absent.act ''", "tag 'python/name:absent.act'"),
    "yaml merge": (b"a: &a {b: 1}\nclass_name:\n  <<: *a", "tag 'merge'"),
    "yaml date": (b"class_name: 2020-01-01", "tag 'timestamp'"),
    "yaml keys": (b"class_name: {a: 1, a: 2}", "twice, or not a name"),
    "graph model": (b'{"format": "graph-model", "modelTopology": {"node": []}}', "graph model"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_that_are_not_read(tmp_path: Path, kind: str) -> None:
    data, message = KINDS[kind]
    (tmp_path / "model.h5").write_bytes(data)
    with pytest.raises(FileFormatError, match=message) as caught:
        read_saved(tmp_path / "model.h5")
    assert caught.value.path == str(tmp_path / "model.h5")
    assert str(caught.value).isprintable()


LIMITED = {
    "json deep": (b'{"class_name":' * 6 + b"1" + b"}" * 6, {"text_depth": 5}),
    "json wide": (b'{"class_name": [{}, {}, {}, {}]}', {"text_objects": 5}),
    "json characters": (b'{"class_name": "' + b" " * 100 + b'"}', {"text_bytes": 100}),
    "yaml depth": (b"class_name: [[[[1]]]]", {"yaml_depth": 4}),
    "yaml marks": (b"class_name: 1\n\n\n\n\n", {"yaml_marks": 5}),
    "yaml repeated": (b"class_name: [&a [1, 2], *a, *a]", {"text_objects": 9}),
}
"""Texts a little over a limit; by default each is far below it."""


@pytest.mark.parametrize("kind", LIMITED)
def test_texts_over_a_limit(tmp_path: Path, kind: str) -> None:
    data, values = LIMITED[kind]
    (tmp_path / "model").write_bytes(data)
    name, value = next(iter(values.items()))
    with limits(**values), pytest.raises(FileFormatError) as caught:
        read_saved(tmp_path / "model")
    assert f"the limit is {value} ({name.replace('_', '-')})" in str(caught.value)
    with pytest.raises(KeronyxError) as caught_else:
        read_saved(tmp_path / "model")
    assert "the limit is" not in str(caught_else.value)


def test_numbers_of_more_digits_than_python_reads() -> None:
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        with pytest.raises(FileFormatError, match="not JSON"):
            parse_json("9" * 641, "the text")
        assert parse_json("9" * 640, "the text") == 10**640 - 1
    finally:
        sys.set_int_max_str_digits(before)


def test_yaml_value_in_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    node = yaml.SequenceNode("tag:yaml.org,2002:seq", [])
    node.value.append(node)
    monkeypatch.setattr("keronyx.converter.files.yaml_text._compose", lambda _: node)
    with pytest.raises(FileFormatError, match="has a value that contains itself"):
        parse_yaml("a: 1", "the text")


FOLDERS = {
    "saved_model.pb": "a TensorFlow SavedModel",
    "assets/saved_model.json": "a TensorFlow SavedModel",
    "ckpt-1.index": "TensorFlow checkpoints",
    "best.keras": "a folder; the model is the .keras file in it",
    "W1.csv": r"a folder of tables; read them with np\.loadtxt, and write .*np\.savez\(",
    "b1.txt": r"a folder of texts; .*kernels are \(inputs, units\), biases \(units,\)",
    "readme.md": "a folder that holds no Keras model",
}


@pytest.mark.parametrize("member", FOLDERS)
def test_folders_that_are_not_read(tmp_path: Path, member: str) -> None:
    write.folder(tmp_path, {member: b"x"})
    with pytest.raises(FileFormatError, match=FOLDERS[member]):
        read_saved(tmp_path)


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "round").symlink_to(tmp_path / "round")
    (tmp_path / "c.index").touch()
    for name, message in {
        "gone": "no such file",
        "pipe": "a named pipe",
        "round": "symbolic links",
        "a\0b": "no such file",
        "c": "a TensorFlow checkpoint",
    }.items():
        with pytest.raises(FileFormatError, match=message):
            read_saved(tmp_path / name)
    with pytest.raises(FileFormatError, match="a device"):
        read_saved(os.devnull)


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    path = write.archive(tmp_path / "m")
    monkeypatch.setattr("io.FileIO", refuse)
    with pytest.raises(FileFormatError, match="permission denied"):
        read_saved(path)


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


def test_path_that_fails_in_another_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> str:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("keronyx.converter.files.recognise", fail)
    with pytest.raises(FileFormatError, match="input/output error"):
        read_saved(tmp_path)
