"""Read a user's rows from .npy, .npz, .csv, .tsv or .json, and write predictions to the same."""

import io
import json
import math
import os
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, TypeAlias

import numpy as np

from keronyx.converter.errors import FileFormatError, KeronyxError, UsageError, shorten
from keronyx.converter.output import atomic_write
from keronyx.converter.overwriting import (
    HEAD,
    Kind,
    is_text,
    matches,
    refuse_place,
    starts_with,
)
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.precision import FLOATS
from keronyx.runtime.session.predictor import Specs
from keronyx.runtime.tables.columns import Note
from keronyx.runtime.tables.csv_rows import read_csv, write_csv
from keronyx.runtime.tables.records import named_rows, read_named
from keronyx.runtime.tables.rows import misfit, spelled, unheld

PathLike: TypeAlias = str | os.PathLike[str]

KINDS: Final = ".npy, .npz, .csv, .tsv and .json"


LONG: Final = re.compile(r"[eE]\+?\d{3}|\d{300}")
"""What a number has that is too large for float64."""

NAMED: Final = frozenset({".csv", ".tsv", ".json"})
"""Kinds whose columns may have names."""


@dataclass(frozen=True)
class Asked:
    """What is read: a model's inputs, the names of their columns, and who is told about it."""

    specs: Specs
    columns: Sequence[str]
    note: Note


def read_inputs(
    path: PathLike,
    specs: Specs,
    columns: Sequence[str] = (),
    note: Note = lambda _: None,
) -> dict[str, Array]:
    """Read the rows of a file for the inputs of a model, which may still refuse them.

    .npz has an array for each input under its name (for a single input any name will do), .npy
    is the only input, .json is {"input": rows}, just the rows, or records by the names of their
    columns, and .csv and .tsv have a line a row: the numbers of all inputs one after the other,
    with a header or without. ``columns`` are the names of all columns in the model's order, where
    they are known; a header then says where they are. ``note`` is told in a line what was left
    out, and how a table was read that may mean something else. Raises FileFormatError where the
    file holds something else, or a number that the input's type does not hold.
    """
    reader = READERS.get(suffix_of(path))
    if reader is None:
        raise UsageError(f"{shorten(path)!r} is no table", hint=f"data is read from {KINDS}")

    def told(what: str) -> None:
        note(f"{shorten(path)}: {what}")

    try:
        return _by_name(reader(Path(path), Asked(specs, columns, told)), specs)
    except OSError as error:
        raise _unreadable(path, error) from error
    except KeronyxError as error:
        raise error.at(path=os.fspath(path)) from error.__cause__


def _by_name(found: Any, specs: Specs) -> dict[str, Array]:
    """Return arrays by name; values without a name are meant for the only input."""
    if not isinstance(found, Mapping):
        if len(specs) > 1:
            names = ", ".join(f"'{shorten(name)}'" for name in specs)
            raise UsageError(f"one array, for {len(specs)} inputs", hint=f"name them: {names}")
        found = dict.fromkeys(specs, found)
    arrays = {name: _array(name, values) for name, values in found.items()}
    for name, array in arrays.items():
        if name in specs and array.dtype.kind in "iuf":
            _check_held(name, array, specs[name].dtype)
    return arrays


def _check_held(name: str, array: Array, dtype: str) -> None:
    """Refuse numbers that would be infinite in the input's type."""
    if dtype == array.dtype.name or dtype not in FLOATS:
        return
    wrong = unheld(array, dtype)
    if wrong.any():
        number = array[wrong][0]
        raise FileFormatError(f"'{shorten(name)}': {misfit(spelled(number), number, dtype)}")


def _array(name: str, values: Any) -> Array:
    try:
        return np.asarray(values)
    except ValueError as error:
        raise FileFormatError(f"'{shorten(name)}': rows of different lengths") from error


def suffix_of(path: PathLike) -> str:
    """Return the suffix that tells the kind of a data file."""
    return Path(path).suffix.lower()


def read_arrays(path: PathLike) -> dict[str, Array]:
    """Read every array of an .npz file; pickled objects are refused."""
    found = _load(Path(path))
    if not isinstance(found, dict):
        raise FileFormatError("a single array, expected an .npz file", path=os.fspath(path))
    return found


def _load(path: Path) -> Array | dict[str, Array]:
    try:
        with path.open("rb") as file:
            found = np.load(file, allow_pickle=False)
            if isinstance(found, np.ndarray):
                return found
            return {name: found[name] for name in found.files}
    except OSError as error:
        raise _unreadable(path, error) from error
    # np.load raises whatever zipfile, zlib, struct and its header's parser raise.
    except Exception as error:
        raise _damaged(path, error) from error


def _unreadable(path: PathLike, error: OSError) -> FileFormatError:
    return FileFormatError((error.strerror or "cannot be read").lower(), path=os.fspath(path))


def _damaged(path: PathLike, error: Exception) -> FileFormatError:
    if "pickle" in str(error):
        hint = "save numbers or strings, not Python objects: array.astype('float32')"
        return FileFormatError(
            "not an array of numbers or strings", hint=hint, path=os.fspath(path)
        )
    return FileFormatError(f"damaged: {shorten(error)}", path=os.fspath(path))


def _read_npy(path: Path, _asked: Asked) -> Any:
    found = _load(path)
    return next(iter(found.values())) if isinstance(found, dict) and len(found) == 1 else found


def _read_npz(path: Path, asked: Asked) -> Any:
    found = _load(path)
    if isinstance(found, dict) and len(found) == len(asked.specs) == 1:
        return next(iter(found.values()))
    return found


def _read_json(path: Path, asked: Asked) -> Any:
    try:
        text = path.read_text(encoding="utf-8-sig")
        # A hook for every number takes time, which only long numbers are worth.
        found = json.loads(text, parse_float=_finite if LONG.search(text) else None)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise FileFormatError(f"{where}: not JSON: {error.msg.lower()}") from error
    except (ValueError, RecursionError) as error:
        raise FileFormatError("not JSON in UTF-8") from error
    named = named_rows(found, asked.specs)
    if named is not None:
        return read_named(named, asked.specs, asked.columns, asked.note)
    return [found] if _is_one_row(found, asked) else found


def _finite(text: str) -> float:
    """Return a number, or raise FileFormatError where it is too large for all types."""
    number = float(text)
    if math.isinf(number):
        raise FileFormatError(f"{shorten(text)} does not fit into float64")
    return number


def _is_one_row(found: Any, asked: Asked) -> bool:
    """Tell a flat list that is the only row of the only input."""
    if len(asked.specs) != 1 or not isinstance(found, list):
        return False
    (spec,) = asked.specs.values()
    if spec.shape[1:] != (len(found),) or any(isinstance(each, list) for each in found):
        return False
    asked.note("the list is read as one row")
    return True


def _read_csv(path: Path, asked: Asked) -> Any:
    return read_csv(path, asked.specs, asked.columns, asked.note)


def _read_tsv(path: Path, asked: Asked) -> Any:
    return read_csv(path, asked.specs, asked.columns, asked.note, separators="\t")


READERS: Final[Mapping[str, Callable[[Path, Asked], Any]]] = {
    ".npy": _read_npy,
    ".npz": _read_npz,
    ".csv": _read_csv,
    ".tsv": _read_tsv,
    ".json": _read_json,
}


def check_writable(path: PathLike, *, force: bool = False) -> None:
    """Raise UsageError where nothing could be written, before any work is done for it.

    A file of another kind than its suffix says, such as a Keras architecture in .json, is only
    replaced with ``force``.
    """
    if suffix_of(path) not in WRITERS:
        raise UsageError(f"{shorten(path)!r} is no table", hint=f"data is written to {KINDS}")
    refuse_place(path, REPLACED[suffix_of(path)], force=force)


def _is_npz(file: IO[bytes]) -> bool:
    """Tell by its first member's name whether a zip archive is one of NumPy's."""
    head = file.read(HEAD)
    name = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    return head.startswith(b"PK\x03\x04") and name.endswith(b".npy")


def write_outputs(path: PathLike, outputs: Mapping[str, Array]) -> None:
    """Write outputs by name as the suffix tells, whole or not at all; .npy takes a single one."""
    writer = WRITERS.get(suffix_of(path))
    if writer is None:
        raise UsageError(
            f"output in {shorten(path)!r}", hint=f"the kinds that are written are {KINDS}"
        )
    with atomic_write(Path(path)) as file:
        writer(file, outputs)


def _write_npy(file: IO[bytes], outputs: Mapping[str, Array]) -> None:
    if len(outputs) > 1:
        raise UsageError(f"{len(outputs)} outputs, .npy holds one", hint="use .npz")
    np.save(file, _plain(next(iter(outputs.values()))), allow_pickle=False)


def _write_npz(file: IO[bytes], outputs: Mapping[str, Array]) -> None:
    # Not np.savez, whose keywords some outputs are named like ("file").
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in outputs.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, _plain(array), allow_pickle=False)


def _plain(array: Array) -> Array:
    """Return strings as an array of fixed width, which needs no pickle."""
    return array.astype(str) if array.dtype == object else array


def _write_csv(file: IO[bytes], outputs: Mapping[str, Array], separator: str = ",") -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    write_csv(text, outputs, separator=separator)
    text.flush()
    text.detach()


def _write_tsv(file: IO[bytes], outputs: Mapping[str, Array]) -> None:
    _write_csv(file, outputs, "\t")


def _write_json(file: IO[bytes], outputs: Mapping[str, Array]) -> None:
    file.write((json.dumps(listed(outputs), ensure_ascii=False) + "\n").encode())


def listed(outputs: Mapping[str, Array]) -> dict[str, Any]:
    """Return arrays as nested lists for JSON, which has no NaN and no infinities: null."""
    return {name: _listed(array) for name, array in outputs.items()}


def _listed(array: Array) -> Any:
    if array.dtype.kind != "f":
        return array.tolist()
    # By way of strings, which have as many digits as the type has, and no more.
    numbers = array.astype(str).astype(np.float64)
    values = numbers.astype(object)
    values[~np.isfinite(numbers)] = None
    return values.tolist()


WRITERS: Final[Mapping[str, Callable[[IO[bytes], Mapping[str, Array]], None]]] = {
    ".npy": _write_npy,
    ".npz": _write_npz,
    ".csv": _write_csv,
    ".tsv": _write_tsv,
    ".json": _write_json,
}

VALUES: Final = rb"\s*\[\s*(?:[\[\]\"\d-]|NaN|Infinity|null|true|false)"
"""How a JSON list begins that has values in it; a Keras architecture's have objects."""

REPLACED: Final[Mapping[str, Kind]] = {
    ".npy": Kind(what="an array", suffixes=("npy",), is_one=starts_with(b"\x93NUMPY")),
    ".npz": Kind(what="an archive of arrays", suffixes=("npz",), is_one=_is_npz),
    ".csv": Kind(what="a table", suffixes=("csv",), is_one=is_text),
    ".tsv": Kind(what="a table", suffixes=("tsv",), is_one=is_text),
    ".json": Kind(
        what="a table",
        suffixes=("json",),
        is_one=matches(rb'\s*(?:\{\s*"(?:[^"\\]|\\.)*"\s*:)?' + VALUES),
    ),
}
"""What each kind of table may take the place of."""
