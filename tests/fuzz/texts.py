"""Samples of what is text, and of arrays: JSON, YAML, zip, NumPy's formats, tables."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np
import saved_files as write

from fuzz import mutate
from fuzz.target import Target
from keronyx.converter.files import read_architecture
from keronyx.converter.files.filters import FILTERS, undo
from keronyx.converter.files.markup import decoded, parse_object
from keronyx.converter.files.saved import FlatVariables, LayerGroups, SavedModel, VariableTree
from keronyx.converter.files.yaml_text import parse_yaml
from keronyx.converter.tensors import Variable
from keronyx.runtime.compare.own import read_own
from keronyx.runtime.specs import TensorSpec
from keronyx.runtime.tables.files import read_inputs

YAML: Final = """\
backend: tensorflow
class_name: Sequential
config:
  layers:
  - class_name: Dense
    config: &shared
      batch_input_shape: !!python/tuple [null, 4]
      units: 3
      rate: !!python/object/apply:numpy.core.multiarray.scalar
      - &id001 !!python/object/apply:numpy.dtype
        args: [f4, 0, 1]
        state: !!python/tuple [3, <, null, null, null, -1, -1, 0]
      - !!binary |
        zczMPQ==
  - class_name: Activation
    config: *shared
  name: "net"
keras_version: 2.2.4-tf
"""

SPECS: Final = {
    "a": TensorSpec((None, 2), "float32"),
    "b": TensorSpec((None, None), "int32"),
    "words": TensorSpec((None, 1), "string"),
}

CELLS: Final = ("1", "-2.5", "1e400", "nan", '"x"', '"', "", "a[0]", "1_0", "é", "\0", " 7 ", "0x1")


def variables(saved: SavedModel) -> list[Variable]:
    """Return all variables of a file."""
    match saved.weights:
        case FlatVariables(found):
            return list(found)
        case LayerGroups(groups):
            return [each for group in groups for each in group.variables]
        case VariableTree(found):
            return [each for group in found.values() for each in group]
    return []


def read_all(path: Path) -> None:
    """Read a file with all its numbers."""
    for each in variables(read_architecture(path)):
        found = each.load()
        assert found.shape == each.shape
        assert found.dtype.isnative


def as_file(name: str) -> Callable[[bytes, Path], None]:
    """Return the reading of a sample as a model file."""

    def read(data: bytes, folder: Path) -> None:
        (folder / name).write_bytes(data)
        read_all(folder / name)

    return read


def read_json(data: bytes, _folder: Path) -> None:
    """Read JSON, which must then be writable again."""
    json.dumps(parse_object(decoded(data, "the file"), "the file"), ensure_ascii=False).encode()


def read_yaml(data: bytes, _folder: Path) -> None:
    """Read YAML."""
    json.dumps(parse_yaml(decoded(data, "the file"), "the file"), default=str)


def make_yaml(rng: Random) -> bytes:
    """Change a text with all the tags that are read."""
    lines = YAML.splitlines()
    for _ in range(rng.choice((0, 1, 2))):
        lines.insert(rng.randrange(len(lines)), rng.choice(lines))
        del lines[rng.randrange(len(lines))]
    text = "\n".join(lines).encode()
    return mutate.of_payload(text, (), rng) if rng.random() < 0.3 else text


def _archive(rng: Random) -> bytes:
    members = list(write.keras_members().items())
    for _ in range(rng.choice((0, 1, 2))):
        name, data = rng.choice(members)
        renamed = rng.choice((name, f"C:{name}", f"x/{name}", name.upper(), "assets/a.txt"))
        members.append((renamed, data[: rng.randrange(len(data) + 1)]))
    rng.shuffle(members)
    buffer = io.BytesIO()
    method = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, data in dict(members).items():
            file.writestr(zipfile.ZipInfo(name), data, method)
    return buffer.getvalue()


def make_zip(rng: Random) -> bytes:
    """Change what is in an archive, but for its own structure."""
    data = _archive(rng)
    return mutate.of_payload(data, write.stored(data), rng) if rng.random() < 0.6 else data


def _arrays(rng: Random) -> dict[str, Any]:
    dtypes = ("f4", ">f8", "f2", "i8", "?", "u1", "c8", "U3", "M8[s]")
    names = ("arr_0", "dense/kernel", "b1", "W_2", "x" * 3000, "1" * 3000, "läufer", "a/b:0")
    found: dict[str, Any] = {}
    for _ in range(rng.randrange(1, 5)):
        shape = [rng.randrange(4) for _ in range(rng.randrange(4))]
        array = np.zeros(shape, rng.choice(dtypes))
        found[rng.choice(names)] = array.T if rng.random() < 0.3 else array
    return found


def make_npy(rng: Random) -> bytes:
    """Write an array, or change its numbers."""
    buffer = io.BytesIO()
    np.save(buffer, next(iter(_arrays(rng).values())))
    data = buffer.getvalue()
    numbers = [(128, len(data) - 128)] if len(data) > 128 else []
    return mutate.of_payload(data, numbers, rng) if rng.random() < 0.8 else data


def make_npz(rng: Random) -> bytes:
    """Write arrays under odd names, or change what is in them."""
    buffer = io.BytesIO()
    (np.savez if rng.random() < 0.5 else np.savez_compressed)(buffer, **_arrays(rng))
    data = buffer.getvalue()
    return mutate.of_payload(data, write.stored(data), rng) if rng.random() < 0.7 else data


def make_filtered(rng: Random) -> bytes:
    """Choose a pipeline in the first bytes; what follows is the chunk."""
    steps = bytes([rng.randrange(256), rng.randrange(256), rng.randrange(256)])
    chunk = rng.choice(
        (write.tree_bytes(compression="gzip")[-300:], rng.randbytes(64), b"\x1f" * 9)
    )
    return steps + mutate.of_bytes(chunk, rng)


def read_filtered(data: bytes, _folder: Path) -> None:
    """Undo up to four filters."""
    head = data[:3].ljust(3, b"\0")
    kinds = sorted(FILTERS)
    steps = [(kinds[head[0] >> 2 * place & 3], (head[1] % 9,)) for place in range(head[1] % 5)]
    size = head[2] * 4
    assert len(undo(data[3:], steps, head[2] % 4, size)) == size


def make_csv(rng: Random) -> bytes:
    """Write a table of odd cells."""
    rows = [[rng.choice(CELLS) for _ in range(rng.choice((1, 2, 4, 4, 4)))] for _ in range(5)]
    text = rng.choice(("\n", "\r\n", "\r")).join(",".join(row) for row in rows)
    return mutate.of_bytes(text.encode(), rng) if rng.random() < 0.3 else text.encode()


TABLE: Final = {"a": [[1.5, 2], [3, 4]], "b": [[1], [2]], "words": [["x"], ["y"]]}


def as_table(suffix: str) -> Callable[[bytes, Path], None]:
    """Return the reading of a sample as rows for a model, and as somebody's own values."""

    def read(data: bytes, folder: Path) -> None:
        path = folder / f"rows{suffix}"
        path.write_bytes(data)
        with_error = None
        for reader in (lambda: read_inputs(path, SPECS), lambda: read_own(path)):
            try:
                reader()
            except Exception as error:
                from keronyx.converter.errors import KeronyxError  # noqa: PLC0415

                if not isinstance(error, KeronyxError):
                    raise
                with_error = error
        if with_error is not None:
            raise with_error

    return read


TARGETS: Final = (
    Target(
        name="json", make=lambda rng: mutate.of_text(write.CONFIG, [TABLE], rng), read=read_json
    ),
    Target(name="yaml", make=make_yaml, read=read_yaml),
    Target(name="zip", make=make_zip, read=as_file("m"), apart=True),
    Target(name="npy", make=make_npy, read=as_file("m")),
    Target(name="npz", make=make_npz, read=as_file("m")),
    Target(name="filters", make=make_filtered, read=read_filtered),
    Target(name="csv", make=make_csv, read=as_table(".csv")),
    Target(
        name="rows",
        make=lambda rng: mutate.of_text(TABLE, [write.CONFIG], rng),
        read=as_table(".json"),
    ),
    Target(name="rows npz", make=make_npz, read=as_table(".npz")),
    Target(name="rows npy", make=make_npy, read=as_table(".npy")),
)
