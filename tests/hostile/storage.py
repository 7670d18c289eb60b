"""HDF5 files: variables and attributes that are not what they should be, links, limits."""

import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import h5py
import numpy as np

from hostile import base
from hostile.base import BESIDE, D1, D2, Case, dense, hdf5, layer

KERNEL: Final = "model_weights/d1/d1/kernel:0"


def instead(make: Callable[[Any, str], Any], path: str = KERNEL) -> Callable[[Any], None]:
    """Return what puts something else in the place of a member."""

    def tweak(root: Any) -> None:
        parent, _, name = path.rpartition("/")
        group = root[parent] if parent else root
        del group[name]
        made = make(group, name)
        if made is not None:
            group[name] = made

    return tweak


def _kernel(**how: Any) -> Callable[[Any], None]:
    """Return what makes another dataset of the kernel."""
    return instead(lambda group, name: _made(group, name, how))


def _made(group: Any, name: str, how: dict[str, Any]) -> None:
    data = {} if "shape" in how else {"data": base.numbers(4, 3)}
    group.create_dataset(name, **(data | how))


def _typed(dtype: Any, data: Any = None) -> Callable[[Any], None]:
    array = base.numbers(4, 3).astype(dtype) if data is None else data
    return _kernel(data=array, dtype=dtype)


def _creation() -> Any:
    """Return how a dataset is made: without the time, so that a file is always the same."""
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_obj_track_times(False)
    return plist


def _low_level(kind: Any, size: int) -> Callable[[Any], None]:
    """Return what makes a kernel of a type that NumPy does not have."""

    def make(group: Any, name: str) -> None:
        space = h5py.h5s.create_simple((4, 3))
        dataset = h5py.h5d.create(group.id, name.encode(), kind, space, _creation())
        data = np.zeros((4, 3), f"V{size}")
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, data, mtype=kind)

    return instead(make)


def _odd_float() -> Any:
    kind = h5py.h5t.IEEE_F32LE.copy()
    kind.set_fields(31, 20, 11, 0, 20)
    kind.set_ebias(1023)
    return kind


def _variables() -> Iterator[Case]:
    yield Case(
        "kernel of ragged rows", hdf5(_kernel(shape=(4,), dtype=h5py.vlen_dtype(np.dtype("f4"))))
    )
    yield Case("kernel of references", hdf5(_kernel(shape=(4, 3), dtype=h5py.ref_dtype)))
    yield Case("kernel of bit fields", hdf5(_low_level(h5py.h5t.STD_B32LE, 4)))
    yield Case("kernel of another float", hdf5(_low_level(_odd_float(), 4)))
    yield Case(
        "kernel of enumerations",
        hdf5(
            _kernel(
                data=np.zeros((4, 3), "u1"), dtype=h5py.enum_dtype({"A": 0, "B": 1}, basetype="u1")
            )
        ),
    )
    for dtype in ("f2", ">f8"):
        yield Case(f"kernel of {dtype}", hdf5(_typed(dtype)), "converted")
    norm = layer("BatchNormalization", "d1", axis=[1], epsilon=0.0, center=False, scale=False)
    for variance in (-1.0, 0.0):
        yield Case(
            f"variance {variance}",
            hdf5(
                _named_like({"moving_mean:0": 0.0, "moving_variance:0": variance}),
                config=base.sequential(norm),
            ),
            "either",
        )


def _named_like(values: dict[str, float]) -> Callable[[Any], None]:
    def tweak(root: Any) -> None:
        del root["model_weights"]
        root = root.create_group("model_weights")
        root.attrs["layer_names"] = [b"d1"]
        group = root.create_group("d1")
        group.attrs["weight_names"] = [f"d1/{name}".encode() for name in values]
        for name, value in values.items():
            group.create_dataset(f"d1/{name}", data=np.full(4, value, "f4"))

    return tweak


def attribute(name: str, value: Any, path: str = "model_weights") -> Callable[[Any], None]:
    """Return what sets an attribute, or takes it away."""

    def tweak(root: Any) -> None:
        del root[path].attrs[name]
        if value is not None:
            root[path].attrs[name] = value

    return tweak


def _attributes() -> Iterator[Case]:
    layers: dict[str, Any] = {
        "missing": None,
        "numbers": np.arange(3),
        "one text": "d1",
        "empty": h5py.Empty("S4"),
        "no utf-8": np.array([b"\xff\xfe", b"d2"]),
        "twice": np.array([b"d1", b"d1"]),
        "one too few": np.array([b"d1"]),
        "a ghost": np.array([b"d1", b"ghost"]),
        "absolute": np.array([b"/d1", b"d2"]),
        "round about": np.array([b"d1//d1", b"d2"]),
        "two axes": np.array([[b"d1", b"d2"]]),
    }
    for name, value in layers.items():
        yield Case(f"layer_names {name}", hdf5(attribute("layer_names", value)))
    swapped = np.array([b"d2", b"d1"])
    yield Case("layer_names swapped", hdf5(attribute("layer_names", swapped)), "either")
    texts = np.array(["d1", "d2"], h5py.string_dtype())
    yield Case("layer_names of any length", hdf5(attribute("layer_names", texts)), "converted")
    weights: dict[str, Any] = {
        "missing": None,
        "without the bias": [b"d1/kernel:0"],
        "with a third": [b"d1/kernel:0", b"d1/bias:0", b"d1/more:0"],
        "of another layer": [b"/model_weights/d2/d2/kernel:0", b"d1/bias:0"],
        "round about": [b"d1/./d1/kernel:0", b"d1/bias:0"],
        "of a group": [b"d1", b"d1/bias:0"],
        "swapped": [b"d1/bias:0", b"d1/kernel:0"],
    }
    for name, value in weights.items():
        how = attribute("weight_names", value, "model_weights/d1")
        yield Case(f"weight_names {name}", hdf5(how), "either" if name == "swapped" else "refused")
    for parts, expect in (((0, 1), "converted"), ((0, 2), "refused")):
        yield Case(f"layer_names in parts {parts}", hdf5(_in_parts(parts)), expect)  # type: ignore[arg-type]
    yield Case("attributes by the hundred", hdf5(_many_attributes), "either")
    yield Case("reference to a region", hdf5(_region), "either")
    yield Case("group of no model", base.raw("m.h5", lambda: _bytes(_table)))
    yield Case("no weights", hdf5(weights=None))
    yield Case("layer twice", hdf5(_alias))


def _in_parts(parts: tuple[int, int]) -> Callable[[Any], None]:
    def tweak(root: Any) -> None:
        attrs = root["model_weights"].attrs
        del attrs["layer_names"]
        for part, name in zip(parts, (b"d1", b"d2"), strict=True):
            attrs[f"layer_names{part}"] = np.array([name])

    return tweak


def _many_attributes(root: Any) -> None:
    for index in range(300):
        root["model_weights"].attrs[f"a{index}"] = index


def _region(root: Any) -> None:
    root.attrs["region"] = root[KERNEL].regionref[:2]


def _alias(root: Any) -> None:
    group = root["model_weights"]
    del group["d2"]
    group["d2"] = group["d1"]


def _bytes(put: Callable[[Any], None]) -> bytes:
    def emptied(root: Any) -> None:
        for name in list(root.attrs):
            del root.attrs[name]
        put(root)

    return base.hdf5_bytes(emptied, weights=None)


def _table(root: Any) -> None:
    root["measurements"] = np.zeros((3, 3))


def _linked(_group: Any, _name: str, link: Any) -> Any:
    return link


def _links() -> Iterator[Case]:
    """Yield files that lead to another file, which is empty, or to another place in the file."""
    link: Any = h5py.ExternalLink(BESIDE, "/")
    for path in ("model_weights", KERNEL):
        yield Case(f"link to a file at {path}", hdf5(instead(partial(_linked, link=link), path)))
    yield Case(
        "numbers in a file", hdf5(_kernel(shape=(4, 3), dtype="f4", external=[(BESIDE, 0, 48)]))
    )
    yield Case("virtual dataset", hdf5(instead(_virtual)))
    for path in ("/nothing", "/model_weights/d2"):
        link = h5py.SoftLink(path)
        yield Case(
            f"soft link to {path}",
            hdf5(instead(partial(_linked, link=link), "model_weights/d1")),
        )
    linked = base.tree_bytes(lambda root: root.__setitem__("x", h5py.ExternalLink(BESIDE, "/")))
    yield Case("link in an archive", base.keras(model__weights__h5=linked))
    twice = base.tree_bytes(lambda root: root["layers"].__setitem__("more", root["layers/dense"]))
    yield Case("group of two names in an archive", base.keras(model__weights__h5=twice))
    deep = base.tree_bytes(_deep)
    for name, limit in (("groups 4 deep", "hdf5-depth=3"), ("groups", "hdf5-objects=8")):
        yield Case(f"limited {name}", base.keras(model__weights__h5=deep), limits=(limit,))


def _virtual(group: Any, name: str) -> None:
    space = h5py.h5s.create_simple((4, 3))
    plist = _creation()
    plist.set_virtual(space, BESIDE.encode(), b"x", space)
    h5py.h5d.create(group.id, name.encode(), h5py.h5t.IEEE_F32LE, space, plist)


def _deep(root: Any) -> None:
    root.create_group("layers/a/b/c/d/e")


def _chunks() -> Iterator[Case]:
    """Yield chunks that are more, less or other than they should be."""
    yield Case("dataset never written", hdf5(_kernel(shape=(4, 3), dtype="f4")))
    yield Case(
        "chunks never written",
        hdf5(_kernel(shape=(4, 3), dtype="f4", chunks=(2, 3), fillvalue=7.0)),
    )
    for name, change in {
        "more": lambda data: data + b"\0",
        "fewer": lambda data: data[:-1],
    }.items():
        yield Case(f"chunk of a byte {name}", hdf5(_chunk(change)))
    yield Case("compressed chunk that is cut", hdf5(_chunk(bytes, lambda data: data[:-9])))
    yield Case("checksum wrong", hdf5(_checksum))
    yield Case("scale and offset", hdf5(_kernel(scaleoffset=2, dtype="i4", chunks=(4, 3))))
    yield Case("filter 305", base.raw("m.h5", lambda: _with_filter(305)))
    rows = hdf5(_kernel(data=base.numbers(4, 3), chunks=(1, 3)))
    yield Case("limited chunks", rows, limits=("hdf5-chunks=3",))
    large = hdf5(_kernel(data=base.numbers(4, 3), chunks=(9, 3), maxshape=(None, 3)))
    yield Case("limited bytes of a chunk", large, limits=("chunk-bytes=100",))


def _raw_chunk(group: Any, name: str, plist: Any, data: bytes) -> None:
    plist.set_chunk((4, 3))
    space = h5py.h5s.create_simple((4, 3))
    dataset = h5py.h5d.create(group.id, name.encode(), h5py.h5t.IEEE_F32LE, space, plist)
    dataset.write_direct_chunk((0, 0), data)


def _chunk(
    change: Callable[[bytes], bytes], pack: Callable[[bytes], bytes] = bytes
) -> Callable[[Any], None]:
    """Return what makes a kernel of one deflated chunk: changed before, or packed after."""

    def make(group: Any, name: str) -> None:
        plist = _creation()
        plist.set_deflate(9)
        data = zlib.compress(change(base.numbers(4, 3).tobytes()))
        _raw_chunk(group, name, plist, pack(data))

    return instead(make)


def _checksum(root: Any) -> None:
    def make(group: Any, name: str) -> None:
        plist = _creation()
        plist.set_fletcher32()
        _raw_chunk(group, name, plist, base.numbers(4, 3).tobytes() + b"\1\2\3\4")

    instead(make)(root)


def _with_filter(number: int) -> bytes:
    """Return a file whose kernel was written with a filter that nobody has."""
    good = base.hdf5_bytes(_kernel(chunks=(4, 3), shuffle=True))
    known = (2).to_bytes(2, "little") + (8).to_bytes(2, "little")
    assert good.count(known + b"\1\0\1\0shuffle\0") == 1
    return good.replace(known + b"\1\0", number.to_bytes(2, "little") + known[2:] + b"\0\0")


def _ends() -> Iterator[Case]:
    """Yield files that are cut, or that something else is in front of or behind."""
    good = base.hdf5_bytes()
    yield Case("junk behind", base.raw("m.h5", good + bytes(100_000)), "either")
    yield Case("junk in front", base.raw("m.h5", b"x" * 512 + good), "either")
    archive = base.zipped(base.members())
    yield Case("an archive behind", base.raw("m.h5", good + archive))
    yield Case("two kinds", base.model(D1, D2, dense("d3")))


CASES: Final = (*_variables(), *_attributes(), *_links(), *_chunks(), *_ends())
