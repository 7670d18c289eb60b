"""Samples of whole models: configurations of recorded models, TensorFlow.js, HDF5, ONNX."""

import io
import json
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

import corpus_cases as corpus
import h5py
import numpy as np
import saved_files as write

from fuzz import mutate
from fuzz.target import Target
from fuzz.texts import read_all, variables
from keronyx.converter.description import describe
from keronyx.converter.emit import serialize
from keronyx.converter.emit.model import build
from keronyx.converter.errors import KeronyxError
from keronyx.converter.files import read_architecture, read_saved
from keronyx.converter.files.saved import LayerGroups, SavedModel, VariableTree
from keronyx.converter.model import Model
from keronyx.runtime.proof.checking import check
from keronyx.runtime.proof.report import DifferenceError

OPSET: Final = 17
SMALL: Final = 100_000
"""Most bytes of a seed."""

OTHER: Final = {"saved_model", "ckpt", "arch.json"}
"""Files that seeds do not have: TensorFlow's own, and bare arrays."""


@cache
def names() -> tuple[str, ...]:
    """Return the recorded models that are small, every seventh of them."""
    found = [
        case.id
        for case in corpus.cases(expect="ok")
        if not OTHER & {path.name for path in case.folder.iterdir()} and _size(case.folder) < SMALL
    ]
    return tuple(sorted(found)[::7])


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@cache
def seed(name: str) -> SavedModel:
    """Return a recorded model."""
    [case] = corpus.cases(where=lambda case: case.id == name)
    path, weights = corpus.source(case)
    return read_saved(path, weights=weights)


def drawn(rng: Random) -> str:
    """Return the name of a recorded model that has an architecture and can be read."""
    while True:
        name = rng.choice(names())
        with suppress(KeronyxError):
            if seed(name).config is not None:
                return name


def make_config(rng: Random) -> bytes:
    """Change the configuration of a recorded model."""
    name, *others = (drawn(rng) for _ in range(3))
    changed = mutate.of_value(seed(name).config, [seed(each).config for each in others], rng)
    return json.dumps({"seed": name, "config": changed}).encode()


def _described(data: bytes) -> Model | None:
    try:
        sample = json.loads(data)
        saved, config = seed(sample["seed"]), sample["config"]
    except (ValueError, KeyError, TypeError):  # atheris changes bytes as well
        return None
    return describe(replace(saved, config=config)) if isinstance(config, dict) else None


def read_config(data: bytes, _folder: Path) -> None:
    """Describe a model and build its graph, without any weights."""
    model = _described(data)
    if model is not None:
        build(model, OPSET)


def read_whole(data: bytes, _folder: Path) -> None:
    """Describe a model, and let both readings of it compute the same."""
    model = _described(data)
    if model is not None:
        _prove(model)


def _prove(model: Model) -> None:
    report = check(serialize(model), model)
    if not report.passed:
        raise DifferenceError(report)


def make_tfjs(rng: Random) -> bytes:
    """Write a model.json in one line, and the bytes of its shards after it."""
    data = write.KERNEL.tobytes() + write.BIAS.tobytes()
    manifest: dict[str, Any] = {
        "paths": ["a.bin", "b.bin"],
        "weights": [write.weight("d1/kernel", write.KERNEL), write.weight("d1/bias", write.BIAS)],
    }
    if rng.random() < 0.3:
        how = {"dtype": rng.choice(("uint8", "uint16", "float16")), "scale": 0.5, "min": -1}
        manifest["weights"][0] = write.weight("d1/kernel", write.KERNEL, quantization=how)
    topology = {"keras_version": "2.15.0", "model_config": write.CONFIG}
    model = {"format": "layers-model", "modelTopology": topology, "weightsManifest": [manifest]}
    text = mutate.of_value(model, [write.CONFIG], rng)
    return json.dumps(text).encode() + b"\n" + data[: rng.choice((60, 60, 60, 59, 30, 0))]


def read_tfjs(data: bytes, folder: Path) -> None:
    """Read a model whose shards are halves of what follows its first line."""
    text, _, shards = data.partition(b"\n")
    (folder / "model.json").write_bytes(text)
    (folder / "a.bin").write_bytes(shards[:30])
    (folder / "b.bin").write_bytes(shards[30:])
    read_all(folder / "model.json")


def make_config_text(rng: Random) -> bytes:
    """Change the text of an architecture."""
    return mutate.of_text(seed(drawn(rng)).config, [write.CONFIG], rng)


DTYPES: Final = (
    "f4",
    "f4",
    "f4",
    ">f4",
    "f2",
    ">f8",
    "i8",
    "u1",
    "?",
    "c8",
    "V2",
    "S3",
    "O",
    "f4x",
)
ATTRIBUTES: Final[tuple[Any, ...]] = (
    "text",
    b"bytes",
    3,
    -1,
    2**62,
    1.5,
    np.array([b"d1", b"d1"]),
    np.array([b"\xff\xfe"]),
    np.zeros((2, 2), "S4"),
    np.zeros(0),
    h5py.Empty("f4"),
    "{}",
    "x" * 3000,
)


def make_hdf5(rng: Random) -> bytes:
    """Write a file of one of the layouts with something odd in it."""
    buffer = io.BytesIO()
    libver = rng.choice(("earliest", "latest"))
    with h5py.File(buffer, "w", libver=libver) as root:
        rng.choice((write.put_model, write.put_tree, write.put_legacy))(root)
        for _ in range(rng.choice((0, 1, 1, 2))):
            groups = _items(root)
            with suppress(OSError, ValueError, TypeError, KeyError):  # two that do not go together
                rng.choice(ODDITIES)(rng.choice(groups), rng)
    return buffer.getvalue()


def _items(root: Any) -> list[Any]:
    found = [root]
    root.visititems(lambda _, item: found.append(item))
    return found


def _odd_attribute(item: Any, rng: Random) -> None:
    names = (*item.attrs, "weight_names", "layer_names", "layer_names0", "nb_layers", "name")
    item.attrs[rng.choice(names)] = rng.choice(ATTRIBUTES)


def _no_attribute(item: Any, rng: Random) -> None:
    for name in list(item.attrs)[: rng.choice((1, 2))]:
        del item.attrs[name]


def _odd_dataset(item: Any, rng: Random) -> None:
    """Put another dataset in the place of one."""
    if isinstance(item, h5py.Dataset):
        parent, name = item.parent, item.name.rpartition("/")[2]
        del parent[name]
        rng.choice(DATASETS)(parent, name, rng)


def _retyped(parent: Any, name: str, rng: Random) -> None:
    code = rng.choice(DTYPES)
    if code == "O":
        parent.create_dataset(name, data=["a", "b"], dtype=h5py.string_dtype())
    elif code == "f4x":
        parent.create_dataset(name, data=np.zeros((4, 3), [("x", "f4")]))
    else:
        shape = rng.choice(((4, 3), (3,), (12,), (), (0, 3), (4, 3, 1)))
        values = np.frombuffer(rng.randbytes(96), "u1")[: int(np.prod(shape))].reshape(shape)
        data = np.zeros(shape, "V2") if code == "V2" else values.astype(code)
        parent.create_dataset(name, data=data)


def _chunked(parent: Any, name: str, rng: Random) -> None:
    how = {
        "chunks": rng.choice(((4, 3), (1, 1), (3, 2), (4, 1))),
        "compression": rng.choice((None, "gzip", "lzf")),
        "shuffle": rng.random() < 0.5,
        "fletcher32": rng.random() < 0.5,
        "maxshape": rng.choice((None, (None, 3), (None, None))),
    }
    parent.create_dataset(name, data=write.KERNEL, **how)


def _unwritten(parent: Any, name: str, rng: Random) -> None:
    how = rng.choice(({}, {"chunks": (2, 3)}, {"chunks": (2, 3), "fillvalue": 7}))
    parent.create_dataset(name, (4, 3), "f4", **how)


def _soft(parent: Any, name: str, rng: Random) -> None:
    parent[name] = h5py.SoftLink(rng.choice(("/nothing", "/model_weights/d1")))


def _outside(parent: Any, name: str, _rng: Random) -> None:
    parent[name] = h5py.ExternalLink("beside.bin", "/")


def _elsewhere(parent: Any, name: str, _rng: Random) -> None:
    parent.create_dataset(name, (4, 3), "f4", external=[("beside.bin", 0, 48)])


def _virtual(parent: Any, name: str, _rng: Random) -> None:
    layout = h5py.VirtualLayout((4, 3), "f4")
    layout[...] = h5py.VirtualSource("beside.bin", "x", (4, 3))
    parent.create_virtual_dataset(name, layout)


DATASETS: Final = (
    _retyped, _retyped, _chunked, _chunked, _unwritten, _soft, _outside, _elsewhere, _virtual,
)  # fmt: skip


def _removed(item: Any, rng: Random) -> None:
    if isinstance(item, h5py.Group) and len(item):
        del item[rng.choice(list(item))]


def _linked(item: Any, rng: Random) -> None:
    """Give a dataset a second name."""
    if isinstance(item, h5py.Dataset):
        name = rng.choice(("again", "0", "1"))
        if name not in item.parent:
            item.parent[name] = item


ODDITIES: Final = (
    _odd_attribute, _no_attribute, _odd_dataset, _odd_dataset, _odd_dataset, _removed, _linked,
)  # fmt: skip


def make_cut(rng: Random) -> bytes:
    """Cut an HDF5 file, or change its numbers."""
    data = make_hdf5(rng)
    with h5py.File(io.BytesIO(data)) as root:
        items = [item for item in _items(root) if isinstance(item, h5py.Dataset)]
        extents = [(item.id.get_offset(), item.id.get_storage_size()) for item in items]
    return mutate.of_payload(data, [(at, size) for at, size in extents if at and size], rng)


def read_hdf5(data: bytes, folder: Path) -> None:
    """Read a file with all its numbers, and compare these with what h5py alone reads."""
    path = folder / "m"
    path.write_bytes(data)
    saved = read_architecture(path)
    loaded = [each.load() for each in variables(saved)]
    with h5py.File(path) as file:
        for place, found in zip(_places(saved), loaded, strict=True):
            dataset = file.get(place) or file.get(f"model_weights/{place}")
            stored = dataset[()] if dataset is not None else None
            if stored is not None and stored.dtype.kind != "V":
                assert np.array_equal(found, stored, equal_nan=found.dtype.kind == "f"), place


def _places(saved: SavedModel) -> list[str]:
    match saved.weights:
        case LayerGroups(groups):
            return [f"{group.name}/{each.name}" for group in groups for each in group.variables]
        case VariableTree(found):
            return [each.name for group in found.values() for each in group]
    return []


TARGETS: Final = (
    Target(name="config", make=make_config, read=read_config),
    Target(name="convert", make=make_config, read=read_whole, apart=True),
    Target(name="tensorflow.js", make=make_tfjs, read=read_tfjs),
    Target(name="hdf5", make=make_hdf5, read=read_hdf5, apart=True),
    Target(name="cut hdf5", make=make_cut, read=read_hdf5, apart=True),
)
