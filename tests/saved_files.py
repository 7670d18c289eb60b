"""Small Keras files of every layout, and what the tests of the readers compare with them."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from keronyx.converter.files.saved import FlatVariables, LayerGroups, SavedModel, VariableTree
from keronyx.converter.tensors import Variable

KERNEL = np.arange(12, dtype=np.float32).reshape(4, 3) - 5.5
BIAS = np.array([0.5, -1.0, 2.0], np.float32)

CONFIG: dict[str, Any] = {
    "class_name": "Sequential",
    "config": {"name": "net", "layers": [{"class_name": "Dense", "config": {"name": "d1"}}]},
}
NAMES = ("d1/kernel:0", "d1/bias:0")


def put_layer(root: Any, layer: str = "d1", *, names: tuple[str, ...] = NAMES, **how: Any) -> None:
    """Write one layer of the legacy layout."""
    group = root.create_group(layer)
    group.attrs["weight_names"] = np.array([name.encode() for name in names])
    for name, array in zip(names, (KERNEL, BIAS), strict=True):
        group.create_dataset(name, data=array, **how)


def put_legacy(root: Any, **how: Any) -> None:
    """Write the weights of Keras 2: one layer with variables and one without."""
    root.attrs["layer_names"] = np.array([b"d1", b"drop"])
    root.attrs["backend"] = "tensorflow"
    put_layer(root, **how)
    root.create_group("drop").attrs["weight_names"] = np.zeros(0)


def put_model(root: Any, **how: Any) -> None:
    """Write a whole model of Keras 2."""
    root.attrs["model_config"] = json.dumps(CONFIG)
    root.attrs["keras_version"] = "2.2.4-tf"
    put_legacy(root.create_group("model_weights"), **how)


def put_tree(root: Any, layer: str = "layers/dense", **how: Any) -> None:
    """Write the weights tree of Keras 3."""
    root.create_group("vars").attrs["name"] = "net"
    group = root.create_group(layer).create_group("vars")
    group.attrs["name"] = "d1"
    for index, array in enumerate((KERNEL, BIAS)):
        group.create_dataset(str(index), data=array, **how)
    root.create_group("layers/dropout/vars")
    root.create_dataset("optimizer/vars/0", data=np.int64(3))


def hdf5(path: Path, put: Callable[..., None] = put_model, **how: Any) -> Path:
    """Write an HDF5 file; what is not for ``h5py.File`` is for its datasets."""
    file = {key: how.pop(key) for key in ("userblock_size", "libver") if key in how}
    with h5py.File(path, "w", **file) as root:
        put(root, **how)
    return path


def tree_bytes(put: Callable[..., None] = put_tree, **how: Any) -> bytes:
    """Return an HDF5 file as bytes."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as root:
        put(root, **how)
    return buffer.getvalue()


def keras_members(**changed: bytes | None) -> dict[str, bytes]:
    """Return the members of a ``.keras`` file; None leaves one out."""
    members: dict[str, bytes | None] = {
        "metadata.json": json.dumps({"keras_version": "3.9.2"}).encode(),
        "config.json": json.dumps(CONFIG).encode(),
        "model.weights.h5": tree_bytes(),
        "assets/layers/string_lookup/vocabulary.txt": "läufer\nbird".encode(),
    }
    members.update({key.replace("__", "."): value for key, value in changed.items()})
    return {key: value for key, value in members.items() if value is not None}


def archive(
    path: Path, members: Mapping[str, bytes] | None = None, method: int = zipfile.ZIP_STORED
) -> Path:
    """Write a zip file, by default a ``.keras`` file."""
    with zipfile.ZipFile(path, "w", method) as file:
        for name, data in (keras_members() if members is None else members).items():
            file.writestr(name, data)
    return path


def stored(data: bytes) -> list[tuple[int, int]]:
    """Return where the contents of an archive's members lie."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        infos = [info for info in file.infolist() if info.compress_size]
    return [
        (info.header_offset + 30 + len(info.filename.encode()), info.compress_size)
        for info in infos
    ]


def folder(path: Path, members: Mapping[str, bytes] | None = None) -> Path:
    """Write a folder, by default an unpacked ``.keras`` file."""
    for name, data in (keras_members() if members is None else members).items():
        place = path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return path


def weight(name: str, array: np.ndarray[Any, Any], **more: Any) -> dict[str, Any]:
    """Return one entry of a TensorFlow.js manifest."""
    return {"name": name, "shape": list(array.shape), "dtype": "float32", **more}


def tfjs(path: Path, **changed: Any) -> Path:
    """Write a TensorFlow.js layers model whose kernel is cut in two by the shards."""
    data = KERNEL.tobytes() + BIAS.tobytes()
    model = {
        "format": "layers-model",
        "modelTopology": {
            "keras_version": "2.15.0",
            "backend": "tensorflow",
            "model_config": CONFIG,
        },
        "weightsManifest": [
            {
                "paths": ["group1-shard1of2.bin", "group1-shard2of2.bin"],
                "weights": [weight("d1/kernel", KERNEL), weight("d1/bias", BIAS)],
            }
        ],
        **changed,
    }
    members = {"group1-shard1of2.bin": data[:30], "group1-shard2of2.bin": data[30:]}
    folder(path, {**members, "model.json": json.dumps(model).encode()})
    return path / "model.json"


def text(path: Path, value: Any) -> Path:
    """Write JSON, or text as it is."""
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def groups(saved: SavedModel) -> dict[str, tuple[Variable, ...]]:
    """Return the variables of each layer."""
    assert isinstance(saved.weights, LayerGroups)
    return {group.name: group.variables for group in saved.weights.groups}


def tree(saved: SavedModel) -> VariableTree:
    """Return the weights tree."""
    assert isinstance(saved.weights, VariableTree)
    return saved.weights


def flat(saved: SavedModel) -> tuple[Variable, ...]:
    """Return a plain list of variables."""
    assert isinstance(saved.weights, FlatVariables)
    return saved.weights.variables


def same(variables: tuple[Variable, ...], *arrays: Any) -> None:
    """Compare variables with arrays: numbers, shapes, types, and the bytes at their extents."""
    assert len(variables) == len(arrays)
    for variable, array in zip(variables, arrays, strict=True):
        found = variable.load()
        np.testing.assert_array_equal(found, array)
        assert (found.shape, found.dtype.isnative) == (variable.shape, True)
        assert variable.dtype in {found.dtype.name, "bfloat16"}
        if variable.extent and variable.dtype != "bfloat16":
            path, offset = variable.extent
            raw = np.fromfile(path, variable.dtype, variable.size, offset=offset)
            np.testing.assert_array_equal(raw.reshape(variable.shape), array)
