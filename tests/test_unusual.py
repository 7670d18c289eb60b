"""Files that are legitimate however unusual: each is converted, and its numbers are right."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile import base
from hostile.base import dense, layer

import keronyx
from keronyx.cli import main

ROWS = np.linspace(-2, 2, 12, dtype=np.float32).reshape(3, 4)


def expected(weights: base.Weights = base.WEIGHTS) -> base.Array:
    """Return what the model of two layers computes."""
    x = ROWS.astype(np.float64)
    for kernel, bias in weights.values():
        x = np.maximum(x @ kernel.astype(np.float64) + bias.astype(np.float64), 0)
    return x


def converted(path: Path, tolerance: float = 1e-5) -> keronyx.Conversion:
    """Convert a file, and compare the graph's numbers with those that are expected."""
    result = keronyx.convert(path, path.with_suffix(".onnx"))
    [found] = keronyx.load(path.with_suffix(".onnx"))(ROWS).values()
    np.testing.assert_allclose(found, expected(), rtol=tolerance, atol=tolerance)
    return result


def write(folder: Path, data: bytes) -> Path:
    (folder / "m.h5").write_bytes(data)
    return folder / "m.h5"


@pytest.mark.parametrize("count", [1000, pytest.param(10_000, marks=pytest.mark.sweep)])
def test_thousands_of_layers(tmp_path: Path, count: int) -> None:
    layers = [layer("Activation", f"a{i}", activation="relu") for i in range(count)]
    config = base.sequential(base.D1, *layers[: count // 2], base.D2, *layers[count // 2 :])
    result = converted(write(tmp_path, base.hdf5_bytes(config=config)))
    assert len(result.model.layers) == count + 2


@pytest.mark.parametrize("megabytes", [2, pytest.param(20, marks=pytest.mark.sweep)])
def test_megabytes_of_configuration(tmp_path: Path, megabytes: int) -> None:
    tokens = [f"a long word {index:07}" for index in range(megabytes * 50_000)]
    lookup = layer("StringLookup", "s", vocabulary=tokens, mask_token=None, dtype="string")
    config = base.sequential(lookup, shape=[None, 1])
    config["config"]["layers"][0]["config"]["dtype"] = "string"
    text = json.dumps(config)
    assert len(text) > megabytes << 20
    members = base.members(text.encode(), model__weights__h5=base.tree_bytes(_emptied))
    (tmp_path / "m.keras").write_bytes(base.zipped(members, 8))
    keronyx.convert(tmp_path / "m.keras", tmp_path / "m.onnx")
    [found] = keronyx.load(tmp_path / "m.onnx")(np.array([[tokens[77_777]], ["?"]])).values()
    assert found.tolist() == [[77_778], [0]]


def _emptied(root: Any) -> None:
    del root["layers"]
    root.create_group("layers/string_lookup/vars")


@pytest.mark.parametrize(
    "name",
    ["größe", "層", "\U0001f600" * 40, "слой 1", "a b", "x" * 1000, "e\u0301", "'\"`$%s{0}", "<b>"],
    ids=ascii,
)
def test_names(tmp_path: Path, name: str) -> None:
    weights = {name: base.WEIGHTS["d1"], "d2": base.WEIGHTS["d2"]}
    config = base.sequential(dense(name), base.D2)
    result = converted(write(tmp_path, base.hdf5_bytes(config=config, weights=weights)))
    assert name in {each.name for each in result.model.layers}
    assert main(["inspect", str(tmp_path / "m.h5")]) == 0


@pytest.mark.parametrize("dtype", ["<f2", ">f2", ">f4", "<f8", ">f8"])
def test_types_of_numbers(tmp_path: Path, dtype: str) -> None:
    weights = {name: tuple(a.astype(dtype) for a in each) for name, each in base.WEIGHTS.items()}
    converted(write(tmp_path, base.hdf5_bytes(weights=weights)))


def test_bfloat16(tmp_path: Path) -> None:
    def tweak(root: Any) -> None:
        for name in ("d1/d1/kernel:0", "d1/d1/bias:0"):
            group = root["model_weights"]
            array = group[name][()]
            del group[name]
            upper = (array.view(np.uint32) >> 16).astype(np.uint16)
            group.create_dataset(name, data=upper.view("V2")).attrs["dtype"] = "bfloat16"

    converted(write(tmp_path, base.hdf5_bytes(tweak)))  # all of these numbers are exact in it


STORAGES: dict[str, dict[str, Any]] = {
    "chunked": {"chunks": (2, 2)},
    "gzip": {"compression": "gzip", "compression_opts": 9},
    "lzf": {"compression": "lzf"},
    "all filters": {"compression": "gzip", "shuffle": True, "fletcher32": True, "chunks": (3, 2)},
    "growing": {"chunks": (3, 3), "maxshape": (None, None)},
    "single chunk": {"chunks": (4, 3), "compression": "lzf", "shuffle": True},
}


@pytest.mark.parametrize("libver", ["earliest", "latest"])
@pytest.mark.parametrize("kind", STORAGES)
def test_storages(tmp_path: Path, kind: str, libver: str) -> None:
    def tweak(root: Any) -> None:
        group = root["model_weights/d1/d1"]
        del group["kernel:0"]
        group.create_dataset("kernel:0", data=base.WEIGHTS["d1"][0], **STORAGES[kind])

    converted(write(tmp_path, base.hdf5_bytes(tweak, libver=libver)))


def test_user_block(tmp_path: Path) -> None:
    converted(write(tmp_path, base.hdf5_bytes(userblock_size=1024)))


def test_many_small_differences_between_names(tmp_path: Path) -> None:
    names = [re.sub(".", lambda m: m[0].upper(), f"layer_{i}", count=i % 7) for i in range(300)]
    names = [f"{name}_{i}" for i, name in enumerate(names)]
    layers = [layer("Activation", name, activation="relu") for name in names]
    converted(write(tmp_path, base.hdf5_bytes(config=base.sequential(base.D1, *layers, base.D2))))
