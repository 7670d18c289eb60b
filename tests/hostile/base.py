"""A small model, and ways to write it in which one thing is not as it should be."""

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import h5py
import numpy as np

Array: TypeAlias = np.ndarray[Any, Any]
Weights: TypeAlias = Mapping[str, tuple[Array, ...]]
Write: TypeAlias = Callable[[Path], list[Path]]
"""Writes files in a folder, and returns the model's path and perhaps that of its weights."""

Tweak: TypeAlias = Callable[[Any], None]


@dataclass(frozen=True)
class Case:
    """A file and what is right: it must be refused, must be converted, or may be either.

    ``limits`` are what it is read with, as in ``--limit text-bytes=100``.
    """

    name: str
    write: Write
    expect: Literal["refused", "converted", "either"] = "refused"
    limits: tuple[str, ...] = ()

    @property
    def options(self) -> list[str]:
        """Return the limits as options of the command line."""
        return [option for limit in self.limits for option in ("--limit", limit)]


BESIDE: Final = "beside.bin"
"""An empty file beside the model, which nothing may open."""


def numbers(*shape: int) -> Array:
    """Return the same numbers whenever it is asked for this shape."""
    return (np.arange(np.prod(shape), dtype=np.float32).reshape(shape) % 7 - 3) / 4


WEIGHTS: Final[Weights] = {
    "d1": (numbers(4, 3), numbers(3)),
    "d2": (numbers(3, 2), numbers(2)),
}
NAMES: Final = ("kernel:0", "bias:0")


def layer(kind: str, name: str, **config: Any) -> dict[str, Any]:
    """Return a layer's entry, as Keras 2 writes it."""
    return {"class_name": kind, "config": {"name": name, **config}}


def dense(name: str, units: Any = 3, **config: Any) -> dict[str, Any]:
    """Return the entry of a Dense layer."""
    said = {"activation": "relu", "dtype": "float32", **config}
    return layer("Dense", name, units=units, **said)


D1, D2 = dense("d1"), dense("d2", 2)


def sequential(*layers: Any, shape: Any = (None, 4)) -> dict[str, Any]:
    """Return the architecture of a chain."""
    first = layer("InputLayer", "in", batch_input_shape=shape, dtype="float32")
    return {"class_name": "Sequential", "config": {"name": "net", "layers": [first, *layers]}}


CONFIG: Final = sequential(D1, D2)


def put_weights(root: Any, weights: Weights) -> None:
    """Write weights in the layout of Keras 2."""
    root.attrs["layer_names"] = np.array([name.encode() for name in weights])
    for name, arrays in weights.items():
        group = root.require_group(name)
        listed = [f"{name}/{variable}" for variable in NAMES[: len(arrays)]]
        group.attrs["weight_names"] = np.array([each.encode() for each in listed])
        for variable, array in zip(listed, arrays, strict=True):
            group.create_dataset(variable, data=array)


def hdf5_bytes(
    tweak: Tweak | None = None,
    config: Any = CONFIG,
    weights: Weights | None = WEIGHTS,
    version: str = "2.15.0",
    **how: Any,
) -> bytes:
    """Return a whole model of Keras 2; ``tweak`` changes the open file."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", **how) as root:
        text = config if isinstance(config, str | bytes) else json.dumps(config)
        root.attrs["model_config"] = text
        root.attrs["keras_version"] = version
        root.attrs["backend"] = "tensorflow"
        if weights is not None:
            put_weights(root.create_group("model_weights"), weights)
        if tweak is not None:
            tweak(root)
    return buffer.getvalue()


def hdf5(tweak: Tweak | None = None, **how: Any) -> Write:
    """Return what writes a whole model of Keras 2."""
    return raw("m.h5", lambda: hdf5_bytes(tweak, **how))


def model(*layers: Any, weights: Weights | None = WEIGHTS, **how: Any) -> Write:
    """Return what writes a chain of layers."""
    return hdf5(config=sequential(*layers, **how), weights=weights)


def raw(name: str, data: bytes | Callable[[], bytes]) -> Write:
    """Return what writes one file."""

    def write(folder: Path) -> list[Path]:
        (folder / name).write_bytes(data if isinstance(data, bytes) else data())
        return [folder / name]

    return write


def named(
    class_name: str, name: str, module: str = "keras.layers", **config: Any
) -> dict[str, Any]:
    """Return a layer's entry, as Keras 3 writes it."""
    spelled = {"module": module, "class_name": class_name, "registered_name": None}
    return {**spelled, "config": {"name": name, **config}}


def sequential3(*layers: Any, **more: Any) -> dict[str, Any]:
    """Return the architecture of a chain, in Keras 3's words."""
    first = named("InputLayer", "in", batch_shape=[None, 4], dtype="float32")
    return {**named("Sequential", "net", "keras", layers=[first, *layers]), **more}


DENSE3: Final = named("Dense", "d1", units=3, activation="relu", use_bias=True)


def tree_bytes(tweak: Tweak | None = None) -> bytes:
    """Return the weights of one Dense layer in the layout of Keras 3."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as root:
        group = root.create_group("layers/dense/vars")
        for index, array in enumerate(WEIGHTS["d1"]):
            group.create_dataset(str(index), data=array)
        if tweak is not None:
            tweak(root)
    return buffer.getvalue()


def members(config: Any = None, **changed: bytes | None) -> dict[str, bytes]:
    """Return the members of a ``.keras`` file; None leaves one out, __ stands for a dot."""
    said = sequential3(DENSE3) if config is None else config
    found: dict[str, bytes | None] = {
        "metadata.json": b'{"keras_version": "3.9.2"}',
        "config.json": said if isinstance(said, bytes) else json.dumps(said).encode(),
        "model.weights.h5": tree_bytes(),
    }
    found.update({key.replace("__", "."): value for key, value in changed.items()})
    return {key: value for key, value in found.items() if value is not None}


def zipped(entries: Mapping[str, bytes] | Iterable[tuple[Any, bytes]], method: int = 0) -> bytes:
    """Return a zip archive; the same name may come twice, or as a ``ZipInfo``."""
    buffer = io.BytesIO()
    pairs = entries.items() if isinstance(entries, Mapping) else entries
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, data in pairs:
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name)
            file.writestr(info, data, method)
    return buffer.getvalue()


def keras(config: Any = None, **changed: bytes | None) -> Write:
    """Return what writes a ``.keras`` file."""
    return raw("m.keras", lambda: zipped(members(config, **changed)))


def text(data: Any, name: str = "m.json") -> Write:
    """Return what writes an architecture with good weights beside it."""
    content = data if isinstance(data, bytes) else json.dumps(data).encode()

    def write(folder: Path) -> list[Path]:
        (folder / name).write_bytes(content)
        return [folder / name, _good_weights(folder)]

    return write


def _good_weights(folder: Path) -> Path:
    with h5py.File(folder / "w.h5", "w") as root:
        put_weights(root, WEIGHTS)
    return folder / "w.h5"


def beside(data: bytes | Callable[[], bytes], name: str = "w.npz") -> Write:
    """Return what writes a good architecture with these weights beside it."""

    def write(folder: Path) -> list[Path]:
        (folder / "m.json").write_text(json.dumps(CONFIG), encoding="utf-8")
        (folder / name).write_bytes(data if isinstance(data, bytes) else data())
        return [folder / "m.json", folder / name]

    return write
