"""Archives, arrays, YAML, TensorFlow.js, SavedModels, and paths that are no model at all."""

import io
import json
import os
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from hostile import base
from hostile.base import Case, beside, raw, text, zipped

PICKLE: Final = b"ckeronyx_absent\nact\n(tR."
"""A pickle that calls a function of a module that does not exist."""


def _zips() -> Iterator[Case]:
    """Yield archives with odd names, sizes and members."""
    good = base.members()
    yield Case("member of a drive", raw("m.keras", zipped({**good, "C:notes.txt": b""})))
    for name in ("config.json", "model.weights.h5"):
        twice = [*good.items(), (name, b"{}")]
        yield Case(f"two members {name}", raw("m.keras", _zipped_twice(twice)))
        link = zipfile.ZipInfo(name)
        link.external_attr = 0o120777 << 16
        entries = [pair for pair in good.items() if pair[0] != name]
        yield Case(
            f"member {name} that is a link",
            raw("m.keras", zipped([*entries, (link, base.BESIDE.encode())])),
        )
        yield Case(f"no member {name}", raw("m.keras", zipped(entries)))
        yield Case(
            f"member {name} that is a folder", raw("m.keras", zipped([*entries, (f"{name}/", b"")]))
        )
    yield Case(
        "members in other letters", raw("m.keras", zipped({**good, "Config.JSON": b"{}"})), "either"
    )
    yield Case("no metadata", base.keras(metadata__json=None), "either")
    yield Case("limited members", raw("m.keras", zipped(good)), limits=("zip-members=2",))
    yield Case("model in a model", raw("m.keras", zipped({"inner.keras": zipped(good)})))
    whole = zipped(good)
    yield Case("archive of no member", raw("m.keras", whole[-22:]))
    yield Case("archive behind junk", raw("m.keras", b"x" * 1000 + whole), "either")
    yield Case("bzip2", raw("m.keras", zipped(good, zipfile.ZIP_BZIP2)))
    for name, change in PATCHES.items():
        yield Case(f"archive {name}", raw("m.keras", partial(change, whole)))
    spaced = base.members(json.dumps(base.sequential3(base.DENSE3)).ljust(2000).encode())
    yield Case(
        "limited bytes of an archive",
        raw("m.keras", partial(zipped, spaced, zipfile.ZIP_DEFLATED)),
        limits=("inflated-bytes=1000", "inflated-ratio=1"),
    )
    yield Case("weights that are a picture", base.keras(model__weights__h5=b"\x89PNG\r\n\x1a\n"))
    yield Case("weights of no byte", base.keras(model__weights__h5=b""))
    pickled = zipped({"weights.npy": _npy(_header("'|O'", "(1,)"), PICKLE)})
    yield Case("pickled weights", base.keras(model__weights__h5=None, model__weights__npz=pickled))


def _zipped_twice(entries: list[tuple[str, bytes]]) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return zipped(entries)


def _replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    return data.replace(old, new)


def _central(data: bytes, offset: int, value: bytes) -> bytes:
    """Change a field of the first record of the directory."""
    start = data.index(b"PK\1\2") + offset
    return data[:start] + value + data[start + len(value) :]


PATCHES: Final[dict[str, Callable[[bytes], bytes]]] = {
    "with a wrong checksum": lambda data: _replaced(data, b"3.9.2", b"3.9.3"),
    "with another name inside": lambda data: data.replace(b"config.json", b"konfig.json", 1),
    "encrypted": lambda data: _central(data, 8, b"\1\0"),
    "of method 99": lambda data: _central(data, 10, b"\x63\0"),
    "of method 93": lambda data: _central(data, 10, b"\x5d\0"),
    "of a byte too many": lambda data: _central(data, 24, b"\x1b\0\0\0"),
    "of a byte too few": lambda data: _central(data, 24, b"\x19\0\0\0"),
}  # fmt: skip


def _npy(header: str | bytes, data: bytes = b"", version: int = 1) -> bytes:
    said = header if isinstance(header, bytes) else header.encode()
    size = struct.pack("<H" if version == 1 else "<I", len(said))
    return b"\x93NUMPY" + bytes([version, 0]) + size + said + data


def _header(descr: str = "'<f4'", shape: str = "(4, 3)", order: str = "False") -> str:
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n"


def _npz(*arrays: Any, **named: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, *arrays, **named)
    return buffer.getvalue()


def _arrays() -> Iterator[Case]:
    """Yield weights in NumPy's formats: pickles, headers that are code, sizes that are not true."""
    headers: dict[str, bytes] = {
        "objects": _npy(_header("'|O'", "(1,)"), PICKLE),
        "hidden objects": _npy(_header("[('a', '<f4'), ('b', '|O')]", "(1,)"), PICKLE),
        "code": _npy("keronyx_absent.act()\n"),
        "a header that is cut": _npy(_header())[:-5],
        "a number too many": _npy(_header(), bytes(52)),
        "a byte too few": _npy(_header(), bytes(47)),
        "negative": _npy(_header(shape="(-4, -3)"), b"\0" * 48),
        "text": _npy(_header("'<U3'"), b"\0" * 144),
        "pickle": PICKLE,
    }
    for name, data in headers.items():
        yield Case(f"array of {name}", beside(data, "w.npy"))
        yield Case(f"archived array of {name}", beside(zipped({"k.npy": data})))
    (k1, b1), (k2, b2) = base.WEIGHTS.values()
    good = [k1, b1, k2, b2]
    yield Case("arrays", beside(_npz(*good)), "converted")
    yield Case(
        "arrays of big-endian numbers", beside(_npz(k1.astype(">f4"), *good[1:])), "converted"
    )
    yield Case(
        "arrays in Fortran's order", beside(_npz(np.asfortranarray(k1), *good[1:])), "converted"
    )
    yield Case("arrays of complex numbers", beside(_npz(k1.astype("c8"), *good[1:])))
    yield Case("arrays, one too few", beside(_npz(*good[:3])))
    yield Case("arrays, one too many", beside(_npz(*good, b2)))
    yield Case("arrays in other order", beside(_npz(*good[::-1])))
    pairs = [(f"arr_{i}.npy", _array(array)) for i, array in enumerate(good)]
    yield Case(
        "arrays of one name", beside(_zipped_twice([*pairs[:3], ("arr_0.npy", pairs[3][1])]))
    )
    yield Case("arrays of a drive", beside(zipped([*pairs[:3], ("C:arr_3.npy", pairs[3][1])])))
    yield Case(
        "limited bytes of arrays",
        beside(lambda: zipped({"a.npy": _npy(_header(shape="(500,)"), bytes(2000))}, 8)),
        limits=("inflated-bytes=1000", "inflated-ratio=1"),
    )


def _array(array: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def _yaml() -> Iterator[Case]:
    """Yield YAML that makes objects, refers to itself, or says nothing."""
    for tag in (
        "object/apply:keronyx_absent.act ['x']",
        "name:keronyx_absent.act ''",
        "object/new:keronyx_absent.Thing ['x']",
        "module:keronyx_absent ''",
        "object:keronyx_absent.Thing {}",
    ):
        for form in ("class_name: Sequential\nconfig: !!python/%s\n", "!!python/%s\n"):
            yield Case(f"yaml {form[:1]} {tag}", text((form % tag).encode(), "m.yaml"))
    listed = {
        "merging": "a: &a {b: 1}\nclass_name:\n  <<: *a\n",
        "two texts": "class_name: a\n---\nclass_name: b\n",
        "a date": "class_name: Sequential\nconfig: 2020-01-01\n",
        "octals": "class_name: Sequential\nconfig: [0o17, 1_000, 1:30]\n",
        "nothing": "class_name:\n",
    }
    for name, data in listed.items():
        yield Case(f"yaml of {name}", text(data.encode(), "m.yaml"))
    for limit, more in {
        "text-objects=20": "&a [1, 2, 3, 4, 5]\nagain: [*a, *a, *a, *a]\n",
        "yaml-depth=10": f"{'[' * 10}{']' * 10}\n",
        "yaml-marks=20": "\n" * 20,
    }.items():
        said = f"class_name: Sequential\nconfig: {more}"
        yield Case(f"limited yaml by {limit}", text(said.encode(), "m.yaml"), limits=(limit,))
    good = json.dumps(base.CONFIG["config"])
    tuples = f"class_name: Sequential\nconfig: {good}\n".replace(
        "[null, 4]", "!!python/tuple [null, 4]"
    )
    yield Case("yaml of tuples", text(tuples.encode(), "m.yaml"), "converted")


def tfjs(changes: dict[str, Any] | None = None, **weights: Any) -> base.Write:
    """Return what writes a TensorFlow.js model, its manifest changed."""

    def write(folder: Path) -> list[Path]:
        arrays = [array for each in base.WEIGHTS.values() for array in each]
        (folder / "w.bin").write_bytes(b"".join(array.tobytes() for array in arrays))
        (folder.parent / base.BESIDE).touch()
        (folder / "link.bin").symlink_to(folder.parent / base.BESIDE)
        os.mkfifo(folder / "pipe.bin")
        names = [f"{layer}/{part}" for layer in base.WEIGHTS for part in ("kernel", "bias")]
        listed = [
            {"name": name, "shape": list(array.shape), "dtype": "float32"}
            for name, array in zip(names, arrays, strict=True)
        ]
        listed[0].update(weights)
        group = {"paths": ["w.bin"], "weights": listed, **(changes or {})}
        topology = {"keras_version": "2.15.0", "model_config": base.CONFIG}
        said = {"format": "layers-model", "modelTopology": topology, "weightsManifest": [group]}
        (folder / "model.json").write_text(json.dumps(said), encoding="utf-8")
        return [folder / "model.json"]

    return write


def _tfjs() -> Iterator[Case]:
    yield Case("tensorflow.js", tfjs(), "converted")
    for path in (
        "./w.bin",
        "C:w.bin",
        "a//w.bin",
        "link.bin",
        "pipe.bin",
        "gone.bin",
        "",
        ".",
        3,
        None,
    ):
        yield Case(f"shard {path}", tfjs({"paths": [path]}))
    yield Case("shard twice", tfjs({"paths": ["w.bin"] * 2}))
    yield Case("no paths", tfjs({"paths": None}))
    weights: tuple[tuple[str, Any], ...] = (
        ("shape", [4, 4]),
        ("shape", [-4, 3]),
        ("shape", "x"),
        ("dtype", "object"),
        ("dtype", 3),
        ("name", "d2/kernel"),
        ("name", None),
        ("shape", [4, 2]),
        ("quantization", {"dtype": "uint3", "scale": 1.0, "min": 0}),
        ("quantization", {"dtype": "uint8", "scale": "x", "min": 0}),
    )
    for key, value in weights:
        yield Case(f"weight of {key} {value}", tfjs(None, **{key: value}))


def _saved_model(folder: Path) -> list[Path]:
    (folder / "m").mkdir()
    (folder / "m" / "saved_model.pb").write_bytes(
        b"\x08\x01\x12\x20\n\x10\n\x0eEagerPyFunc\x12\x08ReadFile"
    )
    return [folder / "m"]


HEADS: Final = {
    "png": b"\x89PNG\r\n\x1a\n",
    "nothing": b"",
    "page": b"<!DOCTYPE html><p>log in",
    "lfs": b"version https://git-lfs.github.com/spec/v1\n",
    "gzip": b"\x1f\x8b\x08",
    "tar": b"a" * 257 + b"ustar",
    "onnx": b"\x08\x08\x12\x07keronyx:",
    "program": b"\x7fELF",
    "pickle": PICKLE,
    "new pickle": b"\x80\x04\x8c\x0ekeronyx_absent\x94\x8c\x03act\x94\x93\x94)R.",
    "noise": bytes(range(1, 256)) * 9,
}


def _placed(put: Callable[[Path, Path], object]) -> base.Write:
    """Return what puts something in the place of a model; a good one is beside."""

    def write(folder: Path) -> list[Path]:
        (folder / "good.h5").write_bytes(base.hdf5_bytes())
        put(folder / "m.h5", folder / "good.h5")
        return [folder / "m.h5"]

    return write


def _unreadable(path: Path, good: Path) -> None:
    path.write_bytes(good.read_bytes())
    path.chmod(0)


def _kinds() -> Iterator[Case]:
    for name, data in HEADS.items():
        for suffix in ("h5", "keras"):
            yield Case(f"{name} called .{suffix}", raw(f"m.{suffix}", data))
    yield Case("hdf5 called .keras", raw("m.keras", base.hdf5_bytes), "converted")
    yield Case("archive called .h5", raw("m.h5", zipped(base.members())), "converted")
    yield Case("model without a suffix", raw("model", zipped(base.members())), "converted")
    for name in ("m%s{0}.h5", "-rf.h5", "größe \U0001f600.h5"):
        yield Case(f"model called {name}", raw(name, base.hdf5_bytes), "converted")
    yield Case("model called a control sequence", raw("m\x1b[31m\n.h5", base.hdf5_bytes), "either")
    yield Case("picture called a control sequence", raw("m\x1b[31m\n.h5", HEADS["png"]))
    yield Case("saved model", _saved_model)
    yield Case("link to a model", _placed(lambda path, good: path.symlink_to(good)), "converted")
    yield Case("folder", _placed(lambda path, _: path.mkdir()))
    yield Case("pipe", _placed(lambda path, _: os.mkfifo(path)))
    yield Case("device", _placed(lambda path, _: path.symlink_to(os.devnull)))
    yield Case("link to nothing", _placed(lambda path, _: path.symlink_to("gone")))
    yield Case("nothing at all", _placed(lambda _path, _good: None))
    yield Case("unreadable", _placed(_unreadable), "either")  # root reads it


CASES: Final = (*_zips(), *_arrays(), *_yaml(), *_tfjs(), *_kinds())
