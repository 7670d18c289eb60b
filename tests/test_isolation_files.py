"""Files that are unusual but right still convert, plugins stay off, and every path is known."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import click
import h5py
import numpy as np
import pytest
import saved_files
from isolated import IRIS, codes, in_turn, keronyx, names

import keronyx as package
from keronyx.cli import named
from keronyx.cli.program import program
from keronyx.converter.files import storage
from keronyx.converter.files.plugins import OFF, SWITCH
from keronyx.converter.files.span import Span
from keronyx.isolation import limits
from keronyx.isolation.limits import MB, Limits

VALUES = {
    *(
        "activations",
        "against",
        "as_json",
        "as_latex",
        "double",
        "engine",
        "external_data",
        "force",
        "formula",
        "full",
    ),
    *(
        "backend",
        "imports",
        "ir_version",
        "limit",
        "name",
        "no_bias",
        "no_check",
        "opset",
        "order",
        "outputs",
        "pure",
        "quiet",
        "rename",
        "replace",
        "scan",
        "shape",
        "to",
    ),
    "weights_file",
}
"""Parameters of commands that are no paths, or the bare name of a file beside another."""


def test_every_parameter_is_a_path_or_known_to_be_none() -> None:
    paths = named.MODELS | named.ROWS | named.WRITTEN
    for command in program.commands.values():
        asked = {str(parameter.name) for parameter in command.params}
        assert asked - paths - named.FREE <= VALUES, command.name
        places = [each for each in command.params if each.name in named.WRITTEN]
        assert len(places) <= 1


@pytest.mark.parametrize(
    ("command", "asked", "places"),
    [
        ("convert", {"source": "a/b.h5", "output": None}, ("a",)),
        ("convert", {"source": "a/b.h5", "output": "c/d.onnx"}, ("c",)),
        ("convert", {"source": "a.h5", "output": "d.onnx"}, (".",)),
        ("predict", {"source": "a/b.h5", "output": None}, ()),
        ("trace", {"source": "a/b.h5", "out": "t/t.npz"}, ("t",)),
    ],
)
def test_where_commands_write(command: str, asked: dict[str, Any], places: tuple[str]) -> None:
    found = named.named(command, asked)
    assert tuple(map(os.path.normpath, found.places)) == places
    assert found.models == (asked["source"],)


def test_limits_grow_with_the_files(tmp_path: Path) -> None:
    model, rows = tmp_path / "a.npy", tmp_path / "b.npy"
    for path, size in ((model, 10 * MB), (rows, 2 * MB)):
        path.write_bytes(b"\x93NUMPY")
        os.truncate(path, size)
    none = Limits.of([], [])
    both = Limits.of([str(model)], [str(rows)])
    assert none.memory is not None
    assert both.memory == none.memory + 8 * 10 * MB + 64 * 2 * MB
    assert both.seconds == (600 + 10 * 10) * 3 * (os.cpu_count() or 1)
    (tmp_path / "a.json").write_text("{}")
    assert limits.size_of(str(tmp_path / "a.json")) == 12 * MB + 2
    assert limits.size_of(str(tmp_path)) == 12 * MB + 2
    assert limits.size_of(str(tmp_path / "missing")) == 0


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes of Unix")
def test_a_pipe_has_no_size_and_so_no_limit(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "rows.csv")
    assert Limits.of([], [str(tmp_path / "rows.csv")]) == Limits(memory=None, seconds=None)


def test_plugins_are_off_while_a_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    span = Span.of_file(str(saved_files.hdf5(tmp_path / "a.h5")))
    for before in (None, "plugin"):
        if before:
            monkeypatch.setenv(SWITCH, before)
        with storage.opened(span):
            with storage.opened(span):
                assert os.environ[SWITCH] == OFF
            assert os.environ[SWITCH] == OFF
        assert os.environ.get(SWITCH) == before


def deep(path: Path, count: int, layer: str = "dense_{}", more: str = "") -> Path:
    """Write a model of many layers."""
    named_layers = [layer.format(number) for number in range(count)]
    layers: list[dict[str, Any]] = [
        {"class_name": "Dense", "config": {"name": name, "units": 2, "activation": "tanh"}}
        for name in named_layers
    ]
    layers[0]["config"]["batch_input_shape"] = [None, 2]
    config = {"class_name": "Sequential", "config": {"name": "net", "layers": layers}}
    with h5py.File(path, "w") as root:
        root.attrs["model_config"] = json.dumps(config) + more
        root.attrs["keras_version"] = "2.15.0"
        weights = root.create_group("model_weights")
        all_names = np.array([name.encode() for name in named_layers])
        parts = np.array_split(all_names, all_names.nbytes // 60000 + 1)
        for number, part in enumerate(parts):
            weights.attrs[f"layer_names{number}" if len(parts) > 1 else "layer_names"] = part
        for name in named_layers:
            group = weights.create_group(name)
            group.attrs["weight_names"] = np.array([b"kernel", b"bias"])
            group["kernel"] = np.eye(2, dtype=np.float32)
            group["bias"] = np.zeros(2, np.float32)
    return path


@pytest.mark.parametrize(
    "count", [1000, pytest.param(10_000, marks=[pytest.mark.slow, pytest.mark.sweep])]
)
def test_thousands_of_layers(tmp_path: Path, count: int) -> None:
    source = deep(tmp_path / "a.h5", count)
    done = keronyx("convert", source, "-q", "--no-check", timeout=600)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert names(tmp_path) == ["a.h5", "a.onnx"]


@pytest.mark.parametrize("layer", ["läger-层-🎈_{}", "x" * 1000 + "_{}", "a b/c_{}"])
def test_unusual_names(tmp_path: Path, layer: str) -> None:
    source = deep(tmp_path / "a.h5", 3, layer)
    done = keronyx("convert", source, "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_config_of_twenty_megabytes(tmp_path: Path) -> None:
    source = deep(tmp_path / "a.h5", 3, more=" " * 20 * MB)
    done = keronyx("convert", source, "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert package.convert(source).serialized == (tmp_path / "a.onnx").read_bytes()


def test_a_session_of_its_own_folder_is_not_needed(tmp_path: Path) -> None:
    """Reading from a folder that may not be written to is no fault."""
    tmp_path.chmod(0o500)
    try:
        done = keronyx("inspect", IRIS, cwd=tmp_path)
    finally:
        tmp_path.chmod(0o700)
    assert (done.returncode, done.stderr) == (0, "")


def test_no_command_is_left_out() -> None:
    assert all(isinstance(each, click.Command) for each in program.commands.values())
    assert {type(each).__name__ for each in program.commands.values()} == {"Action"}


@pytest.mark.parametrize(
    "asked",
    [
        ("convert", "My-Ĩris.h5", "-q"),
        ("convert", "My-Ĩris.h5", "-q", "-o", "net.onnx", "--external-data"),
        ("code", "My-Ĩris.h5", "-q", "--to", "c"),
        ("code", "My-Ĩris.h5", "-q", "--to", "python", "--weights-file", "net.bin"),
        ("trace", "My-Ĩris.h5", "--out", "all.npz"),
    ],
    ids=" ".join,
)
def test_what_was_written_is_known_again(tmp_path: Path, asked: tuple[str, ...]) -> None:
    """A confined process can read what it would replace."""
    shutil.copy(IRIS, tmp_path / "My-Ĩris.h5")
    done = in_turn([asked, asked], cwd=tmp_path)
    assert (codes(done), done.stderr) == ([0, 0], "")
    made = [each for each in tmp_path.iterdir() if each.suffix != ".h5"]
    assert made
    for each in made:
        each.write_bytes(b"\0somebody's own")
    done = keronyx(*asked, cwd=tmp_path)
    assert done.returncode == 2
    assert "is there already, and is not" in done.stderr
    assert all(each.read_bytes() == b"\0somebody's own" for each in made)
