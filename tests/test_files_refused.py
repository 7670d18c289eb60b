"""What is no model, or a damaged or dangerous one: every way has its own sentence."""

import os
import struct
import sys
from pathlib import Path
from typing import Any

import pytest
import saved_files as write
import yaml

from keronyx.converter.errors import FileFormatError, KeronyxError
from keronyx.converter.files import read_saved
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
    "index": (bytes(40) + bytes.fromhex("57fb808b247547db"), r"a checkpoint .* format \(V1\)"),
    "safetensors": (struct.pack("<Q", 20) + b'{"a":{}}', "a safetensors file"),
    "empty zip": (b"PK\5\6" + bytes(18), "an empty zip archive"),
    "utf-16": ('{"class_name": 1}'.encode("utf-16"), "UTF-16 text; save it as UTF-8"),
    "text": (b"Hello, world\n", "plain text"),
    "noise": (b"\x01\xfe\x00\x93 and so on", "not a file that keronyx knows"),
    "cut hdf5": (b"\x89HDF\r\n\x1a\n", "a truncated HDF5 file"),
    "cut zip": (b"PK\3\4" + bytes(40), "a truncated zip archive"),
    "json list": (b"[]", r"nor weights; .*np\.savez\('weights\.npz', W1="),
    "json text": (b'"7"', "JSON, but neither"),
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
    "saved_model.pb": "a protobuf message is damaged",
    "saved_model.pbtxt": r"a TensorFlow SavedModel in text; .*model\.save\(",
    "assets/saved_model.json": "a TensorFlow SavedModel without its graph",
    "ckpt-1.index": "the index of the checkpoint is cut off",
    "checkpoint": "'checkpoint' names no checkpoint",
    "best.keras": "a folder; the model is the .keras file in it",
    "W1.csv": r"'W1.csv' is no table of numbers: .*np\.savez\(",
    "b1.txt": r"no table of numbers: .*; .*kernels are \(inputs, units\), biases \(units,\)",
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
        "c": "the index of the checkpoint is cut off",
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


def test_path_that_fails_in_another_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> str:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("keronyx.converter.files.recognise", fail)
    with pytest.raises(FileFormatError, match="input/output error"):
        read_saved(tmp_path)
