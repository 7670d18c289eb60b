"""Every layout of HDF5 and of the .keras archive that Keras has written."""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import saved_files as write
from saved_files import BIAS, CONFIG, KERNEL, groups, same, tree

from keronyx.converter.errors import FileFormatError
from keronyx.converter.files import read_saved
from keronyx.converter.files.saved import LayerGroups

STORAGE: dict[str, tuple[dict[str, Any], bool]] = {
    "contiguous": ({}, True),
    "user block": ({"userblock_size": 1024}, True),
    "latest": ({"libver": "latest"}, True),
    "float64": ({"dtype": "float64"}, True),
    "float16": ({"dtype": "float16"}, True),
    "int8": ({"dtype": "int8"}, True),
    "big endian": ({"dtype": ">f4"}, False),
    "chunked": ({"chunks": True}, False),
    "gzip": ({"compression": "gzip", "shuffle": True, "fletcher32": True}, False),
    "lzf": ({"compression": "lzf"}, False),
    "latest gzip": ({"compression": "gzip", "libver": "latest", "userblock_size": 512}, False),
}


@pytest.mark.parametrize("storage", STORAGE)
def test_hdf5_model_in_every_storage(tmp_path: Path, storage: str) -> None:
    how, in_place = STORAGE[storage]
    saved = read_saved(write.hdf5(tmp_path / "model.keras", **how))
    dtype = how.get("dtype", "float32")
    same(groups(saved)["d1"], KERNEL.astype(dtype), BIAS.astype(dtype))
    assert [variable.name for variable in groups(saved)["d1"]] == ["d1/kernel:0", "d1/bias:0"]
    assert [bool(variable.extent) for variable in groups(saved)["d1"]] == [in_place] * 2
    assert groups(saved)["drop"] == ()
    assert (saved.config, saved.keras_version, saved.backend) == (CONFIG, "2.2.4-tf", "tensorflow")


@pytest.mark.parametrize("compression", ["gzip", "lzf"])
@pytest.mark.parametrize("kind", ["noise", "steps"])
def test_chunks_cut_at_the_edges(tmp_path: Path, compression: str, kind: str) -> None:
    noise = np.random.default_rng(0).normal(size=(61, 40))
    array = (noise if kind == "noise" else np.round(noise)).astype(np.float32)

    def put(root: Any) -> None:
        how = {"compression": compression, "chunks": (7, 13), "fletcher32": True, "shuffle": True}
        root.create_dataset("layers/dense/vars/0", data=array, **how)
        root.create_dataset("layers/dense/vars/1", data=array, chunks=(16, 40), maxshape=(None, 40))
        root.create_dataset("layers/dense/vars/2", data=array, compression=compression)

    same(
        tree(read_saved(write.hdf5(tmp_path / "w.h5", put))).variables["layers/dense"], *[array] * 3
    )


@pytest.mark.parametrize(
    "names",
    [
        {"layer_names": np.array(["d1", "drop"], object)},
        {"layer_names0": np.array([b"d1"]), "layer_names1": np.array([b"drop"])},
        {"layer_names": ["d1", "drop"]},
    ],
    ids=["variable length", "in pieces", "list"],
)
def test_names_however_they_are_stored(tmp_path: Path, names: dict[str, Any]) -> None:
    def put(root: Any) -> None:
        write.put_legacy(root)
        del root.attrs["layer_names"]
        root.attrs.update(names)

    assert list(groups(read_saved(write.hdf5(tmp_path / "w", put)))) == ["d1", "drop"]


def test_layer_names_with_slashes_and_weights_of_the_model(tmp_path: Path) -> None:
    def put(root: Any) -> None:
        root.attrs["layer_names"] = np.array([b"block/dense"])
        write.put_layer(root, "block/dense", names=("block/dense/kernel:0", "block/dense/bias:0"))
        write.put_layer(root, "top_level_model_weights")
        root.create_group("optimizer_weights")

    saved = read_saved(write.hdf5(tmp_path / "w", put))
    assert (saved.config, list(groups(saved))) == (None, ["block/dense", "top_level_model_weights"])
    same(groups(saved)["block/dense"], KERNEL, BIAS)


def test_values_in_the_header_and_values_of_nothing(tmp_path: Path) -> None:
    def put(root: Any) -> None:
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_layout(h5py.h5d.COMPACT)
        group, space = root.create_group("layers/dense/vars"), h5py.h5s.create_simple((3,))
        compact = h5py.h5d.create(group.id, b"0", h5py.h5t.IEEE_F32BE, space, plist)
        compact.write(h5py.h5s.ALL, h5py.h5s.ALL, BIAS)
        group.create_dataset("1", data=np.zeros((0, 3), ">f8"))
        group.create_dataset("2", data=np.int64(7))

    found = tree(read_saved(write.hdf5(tmp_path / "w", put))).variables["layers/dense"]
    same(found, BIAS, np.zeros((0, 3)), np.int64(7))


@pytest.mark.parametrize("layer", ["layer_0", "graph"])
def test_keras_0_has_positions_for_names(tmp_path: Path, layer: str) -> None:
    def put(root: Any) -> None:
        root.attrs.update({"nb_layers": 1} if layer == "layer_0" else {})
        write.put_layer(root, layer, names=("param_0", "param_1"))
        root[layer].attrs["nb_params"] = 2

    saved = read_saved(write.hdf5(tmp_path / "w", put))
    assert isinstance(saved.weights, LayerGroups)
    assert saved.weights.positional
    same(groups(saved)[layer], KERNEL, BIAS)


@pytest.mark.parametrize("marked", [True, False])
def test_bfloat16_is_two_opaque_bytes(tmp_path: Path, marked: bool) -> None:  # noqa: FBT001
    words = (KERNEL.view(np.uint32) >> 16).astype("<u2").view("V2")

    def put(root: Any) -> None:
        write.put_model(root)
        config = json.dumps(CONFIG).replace("Dense", "Dense" if marked else "bfloat16")
        root.attrs["model_config"] = config
        group = root["model_weights/d1"]
        del group["d1/kernel:0"]
        group.create_dataset("d1/kernel:0", data=words)
        group["d1/kernel:0"].attrs.update({"dtype": "bfloat16"} if marked else {})

    kernel = groups(read_saved(write.hdf5(tmp_path / "m", put)))["d1"][0]
    same((kernel,), KERNEL)
    assert kernel.dtype == "bfloat16"


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("reordered", [False, True])
def test_keras_archive(tmp_path: Path, compressed: bool, reordered: bool) -> None:  # noqa: FBT001
    members = write.keras_members()
    ordered = dict(reversed(members.items())) if reordered else members
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    saved = read_saved(write.archive(tmp_path / "m.h5", {"extra/": b"", **ordered}, method))
    dense = tree(saved).variables["layers/dense"]
    same(dense, KERNEL, BIAS)
    assert [bool(variable.extent) for variable in dense] == [not compressed] * 2
    assert tree(saved).names == {"": "net", "layers/dense": "d1"}
    assert tree(saved).variables["layers/dropout"] == tree(saved).variables[""] == ()
    assert not [key for key in tree(saved).variables if key.startswith("optimizer")]
    assert (saved.config, saved.keras_version) == (CONFIG, "3.9.2")
    assert saved.asset("layers/string_lookup/vocabulary.txt") == "läufer\nbird"
    assert saved.asset("layers/other/vocabulary.txt") is None


def test_archive_written_as_a_stream(tmp_path: Path) -> None:
    with (tmp_path / "m").open("wb") as raw:
        raw.seekable = lambda: False  # type: ignore[method-assign]
        with zipfile.ZipFile(raw, "w") as file:
            for name, data in write.keras_members().items():
                file.writestr(name, data)
    same(tree(read_saved(tmp_path / "m")).variables["layers/dense"], KERNEL, BIAS)


def test_unpacked_folder(tmp_path: Path) -> None:
    saved = read_saved(write.folder(tmp_path / "m"))
    same(tree(saved).variables["layers/dense"], KERNEL, BIAS)
    assert saved.asset("layers/string_lookup/vocabulary.txt") == "läufer\nbird"
    (tmp_path / "m/assets/layers/string_lookup/vocabulary.txt").write_bytes(b"cat")
    assert read_saved(tmp_path / "m").sha256 != saved.sha256


@pytest.mark.parametrize(
    ("layer", "key"),
    [
        ("_layer_checkpoint_dependencies/dense", "_layer_checkpoint_dependencies/dense"),
        ("layers\\functional\\layers\\dense", "layers/functional/layers/dense"),
    ],
)
def test_other_spellings_of_the_tree(tmp_path: Path, layer: str, key: str) -> None:
    weights = write.tree_bytes(layer=layer)
    saved = read_saved(
        write.archive(tmp_path / "m", write.keras_members(model__weights__h5=weights))
    )
    same(tree(saved).variables[key], KERNEL, BIAS)


def test_variables_come_by_number_and_then_by_name(tmp_path: Path) -> None:
    def put(root: Any) -> None:
        for name in ["idf", *map(str, range(12))]:
            root.create_dataset(f"layers/dense/vars/{name}", data=np.float32(len(name)))

    saved = read_saved(write.hdf5(tmp_path / "w", put))
    names = [variable.name.rpartition("/")[2] for variable in tree(saved).variables["layers/dense"]]
    assert names == [*map(str, range(12)), "idf"]


def shards(tmp_path: Path) -> dict[str, bytes]:
    def kernel(root: Any) -> None:
        root.create_dataset("layers/dense/vars/0", data=KERNEL)
        root["layers/dense/vars"].attrs["name"] = "d1"

    def bias(root: Any) -> None:
        root.create_dataset("layers/dense/vars/1", data=BIAS)

    files = ["model_00000.weights.h5", "model_00001.weights.h5"]
    index = {"metadata": {"total_size": 60}, "weight_map": {"/layers/dense/vars": files}}
    return {
        "model.weights.json": json.dumps(index).encode(),
        files[0]: write.hdf5(tmp_path / "0", kernel).read_bytes(),
        files[1]: write.hdf5(tmp_path / "1", bias).read_bytes(),
    }


def test_shards_beside_an_architecture_and_in_an_archive(tmp_path: Path) -> None:
    members = shards(tmp_path)
    index = write.folder(tmp_path / "w", members) / "model.weights.json"
    beside = read_saved(write.text(tmp_path / "m.json", CONFIG), weights=index)
    inside = read_saved(
        write.archive(tmp_path / "m", {**write.keras_members(model__weights__h5=None), **members})
    )
    for saved in (beside, inside):
        same(tree(saved).variables["layers/dense"], KERNEL, BIAS)
        assert tree(saved).names == {"layers/dense": "d1"}


def test_digest_is_that_of_the_files(tmp_path: Path) -> None:
    model, weights = write.hdf5(tmp_path / "m"), write.hdf5(tmp_path / "w", write.put_tree)
    alone = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (model, weights)]
    assert read_saved(model).sha256 == alone[0]
    both = hashlib.sha256("".join(sorted(alone)).encode()).hexdigest()
    assert read_saved(model, weights=weights).sha256 == both


def test_file_that_changes_while_it_is_read(tmp_path: Path) -> None:
    path = write.hdf5(tmp_path / "w", write.put_tree)
    kernel, _ = tree(read_saved(path)).variables["layers/dense"]
    path.write_bytes(b"")
    with pytest.raises(FileFormatError, match="changed while it was read"):
        kernel.load()
    path.unlink()
    with pytest.raises(FileFormatError, match="no such file"):
        kernel.load()


def test_file_that_is_open_elsewhere(tmp_path: Path) -> None:
    path = write.hdf5(tmp_path / "m", compression="gzip")
    with h5py.File(path, "r"):
        same(groups(read_saved(path))["d1"], KERNEL, BIAS)


def test_no_file_stays_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = []

    class Watched(h5py.File):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            files.append(self)

    monkeypatch.setattr(h5py, "File", Watched)
    path = write.hdf5(tmp_path / "m", compression="gzip")
    same(groups(read_saved(path))["d1"], KERNEL, BIAS)
    read_saved(write.archive(tmp_path / "a"))
    path.unlink()
    assert len(files) > 3
    assert not any(files)
