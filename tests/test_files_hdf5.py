"""HDF5 that is refused: links, storage elsewhere, impossible sizes, types that are no numbers."""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import saved_files as write
from saved_files import KERNEL

from keronyx.converter.errors import FileFormatError, KeronyxError
from keronyx.converter.files import read_saved
from keronyx.converter.files.filters import undo
from keronyx.converter.files.saved import LayerGroups, VariableTree

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
    layout[:] = h5py.VirtualSource("elsewhere.h5", "x", (4, 3))
    del root[KERNEL_PATH]
    root.create_virtual_dataset(KERNEL_PATH, layout)


def short_chunk(root: Any) -> None:
    replaced(shape=(4, 3), dtype="f4", chunks=(4, 3), compression="gzip")(root)
    root[KERNEL_PATH].id.write_direct_chunk((0, 0), b"x\x9cc`\x80\x01\x00\x00\x08\x00\x01")


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


def short_raw_chunk(root: Any) -> None:
    replaced(shape=(4, 3), dtype="f4", chunks=(4, 3))(root)
    root[KERNEL_PATH].id.write_direct_chunk((0, 0), bytes(8))


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
    "external link": (linked(h5py.ExternalLink("a.h5", "/")), "is a link to another file"),
    "external storage": (
        replaced(shape=OLD, dtype="f4", external=[("/etc/passwd", 0, 48)]),
        "stored in other files",
    ),
    "virtual": (virtual, "stored in other files"),
    "filter": (replaced(data=KERNEL, scaleoffset=2), "HDF5 filter 6 .scaleoffset.; write it again"),
    "group": (lambda root: linked(root.create_group("x"))(root), "is not a dataset"),
    "never written": (replaced(shape=OLD, dtype="f4"), "0 bytes in place of 48"),
    "shape bomb": (replaced(shape=(1 << 40, 64), dtype="f4"), "0 bytes in place of"),
    "chunk bomb": (replaced(shape=(1 << 20, 1 << 20), dtype="f4", chunks=True), "chunks of"),
    "wide chunk": (
        replaced(shape=(1,), maxshape=(None,), dtype="f4", chunks=(1 << 25,)),
        "declares 1 chunks",
    ),
    "chunks missing": (replaced(shape=(9, 9), dtype="f4", chunks=(3, 3)), "are missing"),
    "short chunk": (short_chunk, "does not end where it should|bytes instead of 48|is damaged"),
    "null": (replaced(data=h5py.Empty("f4")), "has no value"),
    "complex": (replaced(data=KERNEL * 1j), "has type complex64"),
    "text": (replaced(data=np.array([b"abc"])), "has type .S3"),
    "compound": (replaced(data=np.zeros(3, [("re", "f4"), ("im", "f4")])), "not numbers"),
    "enum": (
        replaced(shape=(3,), dtype=h5py.enum_dtype({"a": 1}), data=[1, 1, 1]),
        "a number format of its own",
    ),
    "one for many": (one_for_many, "'big[0-9]' of 16000 bytes exceeds the file"),
    "short raw chunk": (short_raw_chunk, "kernel:0' has 8 bytes"),
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
    "outside": (attribute(LAYER, "weight_names", [b"../d2/x"]), "is not a path inside the file"),
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


def cycle(root: Any) -> None:
    root["layers/dense/again"] = root["layers"]


TREES: dict[str, tuple[Callable[[Any], None], str]] = {
    "gap": (lambda root: root["layers/dense/vars"].move("0", "2"), "'layers/dense/vars/0' is miss"),
    "loose": (lambda root: root.create_dataset("layers/a", data=1.0), "not in a group 'vars'"),
    "cycle": (cycle, "is linked from two places"),
    "deep": (
        lambda root: root.create_group("layers/" + "/".join("a" * 80)),
        "the limit is 64 .hdf5-depth",
    ),
    "link": (lambda root: root.update(a=h5py.SoftLink("/")), "is a soft link"),
}


@pytest.mark.parametrize("kind", TREES)
def test_trees_that_are_refused(tmp_path: Path, kind: str) -> None:
    change, message = TREES[kind]

    def put(root: Any) -> None:
        write.put_tree(root)
        change(root)

    with pytest.raises(KeronyxError, match=message):
        load(write.hdf5(tmp_path / "w.h5", put))


KERAS_0: dict[str, tuple[dict[str, Any], str]] = {
    "too many layers": ({"nb_layers": 10**12}, "layer_0: its group .* is missing"),
    "no integer": ({"nb_layers": 1.5}, "'nb_layers' is not an integer"),
}


@pytest.mark.parametrize("kind", KERAS_0)
def test_keras_0_refused(tmp_path: Path, kind: str) -> None:
    attributes, message = KERAS_0[kind]
    path = write.hdf5(tmp_path / "w", lambda root: root.attrs.update(attributes))
    with pytest.raises(KeronyxError, match=message):
        read_saved(path)


def test_bytes_that_leave_the_file_or_are_shared(tmp_path: Path) -> None:
    def put(root: Any) -> None:
        root.create_dataset("layers/a/vars/0", data=np.arange(6.0), chunks=(3,))
        root.create_dataset("layers/b/vars/0", data=np.arange(6.0))

    path = write.hdf5(tmp_path / "w", put)
    with h5py.File(path) as file:
        plain, chunked = file["layers/b/vars/0"].id.get_offset(), file["layers/a/vars/0"].id
        first, second = (chunked.get_chunk_info(index).byte_offset for index in range(2))
    whole = path.read_bytes()
    for old, new, message in (
        (plain, len(whole) - 40, "of 48 bytes exceeds the file|invalid dataset size"),
        (second, first, "share bytes or leave the file"),
    ):
        path.write_bytes(whole.replace(old.to_bytes(8, "little"), new.to_bytes(8, "little")))
        with pytest.raises(KeronyxError, match=message):
            load(path)


def test_hdf5_of_something_else(tmp_path: Path) -> None:
    path = write.hdf5(tmp_path / "x", lambda root: root.create_dataset("x", data=1))
    with pytest.raises(FileFormatError, match="neither a Keras model nor Keras weights"):
        read_saved(path)


PIPELINES: dict[str, tuple[bytes, list[tuple[int, tuple[int, ...]]], str]] = {
    "inflate": (b"x\x9cgarbage", [(1, ())], "a compressed HDF5 chunk is damaged"),
    "trailing": (zlib.compress(bytes(12)) + b"x", [(1, ())], "does not end where it should"),
    "bomb": (zlib.compress(bytes(1 << 20)), [(1, ())], "does not end where it should"),
    "length": (bytes(8), [], "8 bytes instead of 12"),
    "shuffle": (bytes(8), [(2, (3,))], "not a whole number of elements"),
    "checksum": (bytes(12) + b"\1\0\0\0", [(3, ())], "the checksum of an HDF5 chunk is wrong"),
    "literal": (b"\x1fab", [(32000, ())], "compressed with lzf is damaged"),
    "before": (b"\x00a\x20\x05", [(32000, ())], "compressed with lzf is damaged"),
    "operand": (b"\x00a\x20", [(32000, ())], "compressed with lzf is damaged"),
    "endless": (b"\x00a" + b"\xe0\xff\x00" * 20, [(32000, ())], "with lzf is damaged"),
}


@pytest.mark.parametrize("kind", PIPELINES)
def test_damaged_chunks(kind: str) -> None:
    raw, pipeline, message = PIPELINES[kind]
    with pytest.raises(FileFormatError, match=message):
        undo(raw, pipeline, 0, 12)


def test_filter_left_out_for_a_chunk() -> None:
    assert undo(b"abcdefghijkl", [(2, (4,)), (1, ())], 0b11, 12) == b"abcdefghijkl"
