"""HDF5 that is refused: links, storage elsewhere, impossible sizes, types that are no numbers."""

import zlib
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest
import saved_files as write
from saved_files import KERNEL

from keronyx.converter.errors import FileFormatError, KeronyxError
from keronyx.converter.files import chunks, read_saved
from keronyx.converter.files.filters import FILTERS, undo
from keronyx.converter.files.saved import LayerGroups, VariableTree
from keronyx.converter.limits import limits

KERNEL_PATH = "model_weights/d1/d1/kernel:0"


def replaced(**how: Any) -> Callable[[Any], None]:
    """Return what puts another dataset in the kernel's place."""

    def put(root: Any) -> None:
        del root[KERNEL_PATH]
        root.create_dataset(KERNEL_PATH, **how)

    return put


def linked(link: Any) -> Callable[[Any], None]:
    """Return what puts a link in the kernel's place."""

    def put(root: Any) -> None:
        del root[KERNEL_PATH]
        root[KERNEL_PATH] = link

    return put


def attribute(path: str, name: str, value: Any) -> Callable[[Any], None]:
    """Return what changes an attribute; None takes it away."""

    def put(root: Any) -> None:
        del root[path].attrs[name]
        if value is not None:
            root[path].attrs[name] = value

    return put


def virtual(root: Any) -> None:
    layout = h5py.VirtualLayout((4, 3), "f4")
    layout[:] = h5py.VirtualSource("beside.bin", "x", (4, 3))
    del root[KERNEL_PATH]
    root.create_virtual_dataset(KERNEL_PATH, layout)


def deflated(data: bytes) -> Callable[[Any], None]:
    """Return what puts a kernel of one compressed chunk in the kernel's place."""

    def put(root: Any) -> None:
        replaced(shape=OLD, dtype="f4", chunks=OLD, compression="gzip")(root)
        root[KERNEL_PATH].id.write_direct_chunk((0, 0), zlib.compress(data))

    return put


def custom_float(root: Any) -> None:
    kind = h5py.h5t.IEEE_F32LE.copy()
    kind.set_fields(31, 20, 11, 0, 20)
    kind.set_ebias(1023)
    del root[KERNEL_PATH]
    h5py.h5d.create(
        root["model_weights/d1/d1"].id, b"kernel:0", kind, h5py.h5s.create_simple((4, 3))
    )


def odd_float(root: Any) -> None:
    kind = h5py.h5t.IEEE_F64LE.copy()
    kind.set_fields(63, 40, 23, 0, 40)
    del root[KERNEL_PATH]
    h5py.h5d.create(root["model_weights/d1/d1"].id, b"kernel:0", kind, h5py.h5s.create_simple((3,)))


def one_for_many(root: Any) -> None:
    """List one large dataset under many names, so that they come to more than the file."""
    layer = root[LAYER]
    layer["big0"] = np.zeros(4000, np.float32)
    for index in range(1, 9):
        layer[f"big{index}"] = layer["big0"]
    layer.attrs["weight_names"] = [f"big{index}" for index in range(9)]


WEIGHTS, LAYER = "model_weights", "model_weights/d1"
OLD = (4, 3)
REFUSED: dict[str, tuple[Callable[[Any], None], str]] = {
    "soft link": (linked(h5py.SoftLink("/model_weights")), "'kernel:0' is a soft link"),
    "external link": (linked(h5py.ExternalLink("beside.bin", "/")), "is a link to another file"),
    "external storage": (
        replaced(shape=OLD, dtype="f4", external=[("beside.bin", 0, 48)]),
        "stored in other files",
    ),
    "virtual": (virtual, "stored in other files"),
    "filter": (replaced(data=KERNEL, scaleoffset=2), "HDF5 filter 6 .scaleoffset.; write it again"),
    "group": (lambda root: linked(root.create_group("x"))(root), "is not a dataset"),
    "never written": (replaced(shape=OLD, dtype="f4"), "0 bytes in place of 48"),
    "chunks larger than the file": (
        replaced(shape=(100, 100), dtype="f4", chunks=(100, 100)),
        "declares 1 chunks of 40000 bytes in a file of",
    ),
    "chunks missing": (replaced(shape=(9, 9), dtype="f4", chunks=(3, 3)), "are missing"),
    "a byte more": (deflated(bytes(49)), "49 bytes instead of 48"),
    "a byte fewer": (deflated(bytes(47)), "47 bytes instead of 48"),
    "null": (replaced(data=h5py.Empty("f4")), "has no value"),
    "complex": (replaced(data=KERNEL * 1j), "has type complex64"),
    "text": (replaced(data=np.array([b"abc"])), "has type .S3"),
    "compound": (replaced(data=np.zeros(3, [("re", "f4"), ("im", "f4")])), "not numbers"),
    "enum": (
        replaced(shape=(3,), dtype=h5py.enum_dtype({"a": 1}), data=[1, 1, 1]),
        "a number format of its own",
    ),
    "one for many": (one_for_many, "'big[0-9]' of 16000 bytes exceeds the file"),
    "odd float": (odd_float, "does not hold numbers"),
    "custom float": (custom_float, "a number format of its own"),
    "opaque": (replaced(data=KERNEL.view("V4")), "4 opaque bytes a number and nothing says"),
    "unmarked": (replaced(data=np.zeros(3, "V2")), "2 opaque bytes a number and nothing says"),
    "missing": (attribute(LAYER, "weight_names", [b"d1/gamma:0"]), "d1: variable 'd1/gamma:0'"),
    "no group": (attribute(WEIGHTS, "layer_names", [b"d2"]), "d2: listed in layer_names"),
    "no weight names": (attribute(LAYER, "weight_names", None), "'weight_names' is missing"),
    "no layer names": (attribute(WEIGHTS, "layer_names", None), "'layer_names' .* is missing"),
    "layer twice": (attribute(WEIGHTS, "layer_names", [b"d1", b"d1"]), "has 'd1' twice"),
    "one name": (attribute(WEIGHTS, "layer_names", "d1"), "is not a list of strings"),
    "numbers": (attribute(WEIGHTS, "layer_names", [1, 2]), "'layer_names' is not text"),
    "not utf-8": (attribute(WEIGHTS, "layer_names", np.array([b"\xff"])), "is not UTF-8"),
    "outside": (attribute(LAYER, "weight_names", [b"d1//x"]), "is not a path inside the file"),
    "absolute": (attribute(LAYER, "weight_names", [b"/d1/x"]), "is not a path inside the file"),
    "below a dataset": (
        attribute(LAYER, "weight_names", [b"d1/bias:0/x"]),
        "'/model_weights/d1/d1/bias:0' is not a group",
    ),
    "gap": (
        lambda root: (
            attribute(WEIGHTS, "layer_names", None)(root),
            root[WEIGHTS].attrs.update({"layer_names0": [b"d1"], "layer_names2": [b"drop"]}),
        )[-1],
        "'layer_names1' is missing",
    ),
    "weights of one dataset": (
        lambda root: root.update({WEIGHTS: root.pop(WEIGHTS) and 1.0}),
        "'model_weights' is not a group",
    ),
    "no weights": (lambda root: root.pop(WEIGHTS), "an architecture without weights"),
    "config": (attribute("/", "model_config", "{"), "model_config is not JSON"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_models_that_are_refused(tmp_path: Path, kind: str) -> None:
    change, message = REFUSED[kind]

    def put(root: Any) -> None:
        write.put_model(root)
        change(root)

    with pytest.raises(KeronyxError, match=message):
        load(write.hdf5(tmp_path / "m.h5", put))


def load(path: Path) -> None:
    """Read a file with all its numbers."""
    weights = read_saved(path).weights
    assert isinstance(weights, LayerGroups | VariableTree)
    groups = weights.variables.values() if isinstance(weights, VariableTree) else weights.groups
    for group in groups:
        for variable in group if isinstance(group, tuple) else group.variables:
            variable.load()


def twice(root: Any) -> None:
    root["layers/dense_1"] = root["layers/dense"]


TREES: dict[str, tuple[Callable[[Any], None], str]] = {
    "gap": (lambda root: root["layers/dense/vars"].move("0", "2"), "'layers/dense/vars/0' is miss"),
    "loose": (lambda root: root.create_dataset("layers/a", data=1.0), "not in a group 'vars'"),
    "twice": (twice, "is linked from two places"),
    "deep": (
        lambda root: root.create_group("layers/a/b/c/d/e/f"),
        "the limit is 5 .hdf5-depth",
    ),
    "link": (lambda root: root.update(a=h5py.SoftLink("/")), "is a soft link"),
}


@pytest.mark.parametrize("kind", TREES)
def test_trees_that_are_refused(tmp_path: Path, kind: str) -> None:
    change, message = TREES[kind]

    def put(root: Any) -> None:
        write.put_tree(root)
        change(root)

    with limits(hdf5_depth=5), pytest.raises(KeronyxError, match=message):
        load(write.hdf5(tmp_path / "w.h5", put))


KERAS_0: dict[str, tuple[dict[str, Any], str]] = {
    "too many layers": ({"nb_layers": 2}, "layer_0: its group .* is missing"),
    "no integer": ({"nb_layers": 1.5}, "'nb_layers' is not an integer"),
}


@pytest.mark.parametrize("kind", KERAS_0)
def test_keras_0_refused(tmp_path: Path, kind: str) -> None:
    attributes, message = KERAS_0[kind]
    path = write.hdf5(tmp_path / "w", lambda root: root.attrs.update(attributes))
    with pytest.raises(KeronyxError, match=message):
        read_saved(path)


CHUNKS: dict[str, tuple[list[tuple[int, int]], str]] = {
    "shared": ([(100, 12), (111, 12)], "share bytes or leave the file"),
    "outside": ([(100, 12), (200, 501)], "share bytes or leave the file"),
    "whole": ([(100, 12), (112, 12)], ""),
}


@pytest.mark.parametrize("kind", CHUNKS)
def test_chunks_that_leave_the_file_or_share_bytes(kind: str) -> None:
    places, message = CHUNKS[kind]
    dataset = chunked(*places)
    with pytest.raises(FileFormatError, match=message) if message else nullcontext():
        assert [info.size for info in chunks._chunks(dataset, "w", 500)] == [12, 12]


def chunked(*places: tuple[int, int], raw: bytes = b"") -> Any:
    """Return what h5py shows of a dataset of three numbers a chunk, stored at these places."""
    infos = [
        h5py.h5d.StoreInfo(filter_mask=0, chunk_offset=(3 * index,), byte_offset=at, size=size)
        for index, (at, size) in enumerate(places)
    ]
    stored = SimpleNamespace(
        chunk_iter=lambda note: [note(info) for info in infos],
        read_direct_chunk=lambda _: (0, raw),
        get_create_plist=lambda: h5py.h5p.create(h5py.h5p.DATASET_CREATE),
    )
    return SimpleNamespace(id=stored, shape=(3 * len(infos),), chunks=(3,))


def test_chunks_that_come_out_shorter_than_they_are_stored() -> None:
    whole = np.zeros(3, np.float32)
    found = chunks.read_chunks(chunked((0, 12), raw=whole.tobytes()), whole.dtype, "w", 500)
    assert np.array_equal(found, whole)
    with pytest.raises(FileFormatError, match="a chunk of variable 'w' has 11 bytes"):
        chunks.read_chunks(chunked((0, 11), raw=whole.tobytes()), whole.dtype, "w", 500)


def test_hdf5_of_something_else(tmp_path: Path) -> None:
    path = write.hdf5(tmp_path / "x", lambda root: root.create_dataset("x", data=1))
    with pytest.raises(FileFormatError, match="neither a Keras model nor Keras weights"):
        read_saved(path)


PIPELINES: dict[str, tuple[bytes, list[tuple[int, tuple[int, ...]]], str]] = {
    "inflate": (b"x\x9cgarbage", [(1, ())], "a compressed HDF5 chunk is damaged"),
    "trailing": (zlib.compress(bytes(12)) + b"x", [(1, ())], "does not end where it should"),
    "a byte more": (zlib.compress(bytes(13)), [(1, ())], "13 bytes instead of 12"),
    "a byte fewer": (zlib.compress(bytes(11)), [(1, ())], "11 bytes instead of 12"),
    "length": (bytes(8), [], "8 bytes instead of 12"),
    "shuffle": (bytes(8), [(2, (3,))], "not a whole number of elements"),
    "checksum": (bytes(12) + b"\1\0\0\0", [(3, ())], "the checksum of an HDF5 chunk is wrong"),
    "literal": (b"\x1fab", [(32000, ())], "compressed with lzf is damaged"),
    "before": (b"\x00a\x20\x05", [(32000, ())], "compressed with lzf is damaged"),
    "operand": (b"\x00a\x20", [(32000, ())], "compressed with lzf is damaged"),
    "a byte more by lzf": (b"\x0c" + bytes(13), [(32000, ())], "13 bytes instead of 12"),
}


@pytest.mark.parametrize("kind", PIPELINES)
def test_damaged_chunks(kind: str) -> None:
    raw, pipeline, message = PIPELINES[kind]
    with pytest.raises(FileFormatError, match=message):
        undo(raw, pipeline, 0, 12)


@pytest.mark.parametrize("number", [1, 32000])
def test_chunks_are_inflated_no_further_than_they_may_be(number: int) -> None:
    raw = zlib.compress(bytes(40)) if number == 1 else (b"\x09" + bytes(10)) * 4
    assert FILTERS[number](raw, (), 40) == bytes(40)
    with pytest.raises(FileFormatError, match=r"does not end where it should|is damaged"):
        FILTERS[number](raw, (), 29)


def test_filter_left_out_for_a_chunk() -> None:
    assert undo(b"abcdefghijkl", [(2, (4,)), (1, ())], 0b11, 12) == b"abcdefghijkl"
