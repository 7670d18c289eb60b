"""Read a user's rows from .npy, .npz, .csv, .tsv or .json, and write predictions to the same."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, TypeAlias

import numpy as np

from keronyx.converter.errors import FileFormatError, KeronyxError, UsageError, shorten, unreadable
from keronyx.converter.output import atomic_write
from keronyx.converter.overwriting import Kind, is_text, refuse_place, starts_with
from keronyx.converter.tensors import Array
from keronyx.runtime.columns import Asked, Note
from keronyx.runtime.evaluate.precision import FLOATS
from keronyx.runtime.specs import Specs
from keronyx.runtime.tables.arrays import (
    is_npz,
    read_arrays,
    read_npy,
    read_npz,
    write_npy,
    write_npz,
)
from keronyx.runtime.tables.csv_rows import read_csv, read_tsv, write_csv_file, write_tsv_file
from keronyx.runtime.tables.json_rows import is_rows, listed, read_json, write_json
from keronyx.runtime.tables.rows import misfit, spelled, unheld

__all__ = [
    "FORMS",
    "NAMED",
    "PathLike",
    "check_writable",
    "listed",
    "read_arrays",
    "read_inputs",
    "suffix_of",
    "write_outputs",
]

PathLike: TypeAlias = str | os.PathLike[str]


class Form(NamedTuple):
    """A kind of file: how it is read and written, and what it may take the place of.

    ``read`` returns arrays by name, or the values of the only input. ``named`` tells that its
    columns may have names.
    """

    read: Callable[[Path, Asked], Any]
    write: Callable[[IO[bytes], Mapping[str, Array]], None]
    replaced: Kind
    named: bool = False


def _kind(suffix: str, what: str, is_one: Callable[[IO[bytes]], bool]) -> Kind:
    return Kind(what=what, suffixes=(suffix,), is_one=is_one)


FORMS: Final[Mapping[str, Form]] = {
    f".{form.replaced.suffixes[0]}": form
    for form in (
        Form(read_npy, write_npy, _kind("npy", "an array", starts_with(b"\x93NUMPY"))),
        Form(read_npz, write_npz, _kind("npz", "an archive of arrays", is_npz)),
        Form(read_csv, write_csv_file, _kind("csv", "a table", is_text), named=True),
        Form(read_tsv, write_tsv_file, _kind("tsv", "a table", is_text), named=True),
        Form(read_json, write_json, _kind("json", "a table", is_rows), named=True),
    )
}
"""Every kind of file, by its suffix."""

KINDS: Final = " and ".join([", ".join([*FORMS][:-1]), [*FORMS][-1]])

NAMED: Final = frozenset(suffix for suffix, form in FORMS.items() if form.named)
"""Suffixes of files whose columns may have names."""


def suffix_of(path: PathLike) -> str:
    """Return the suffix that tells the kind of a data file."""
    return Path(path).suffix.lower()


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
    form = FORMS.get(suffix_of(path))
    if form is None:
        raise _no_table(path)

    def told(what: str) -> None:
        note(f"{shorten(path)}: {what}")

    try:
        return _by_name(form.read(Path(path), Asked(specs, columns, told)), specs)
    except KeronyxError as error:
        raise error.at(path=os.fspath(path)) from error.__cause__
    except OSError as error:
        raise unreadable(error, path) from error


def _no_table(path: PathLike) -> UsageError:
    if Path(path).is_dir():
        hint = "put its arrays into one, as in numpy.save('rows.npy', numpy.stack(arrays))"
        return UsageError(f"{shorten(path)!r} is a folder", hint=hint)
    return UsageError(f"{shorten(path)!r} is no table", hint=f"data is read from {KINDS}")


def _by_name(found: Any, specs: Specs) -> dict[str, Array]:
    """Return arrays by name; values without a name are meant for the only input."""
    named = found if isinstance(found, Mapping) else _only(found, specs)
    arrays = {name: _array(name, values) for name, values in named.items()}
    for name in filter(specs.__contains__, arrays):
        if arrays[name].dtype.kind in "iuf":
            _check_held(name, arrays[name], specs[name].dtype)
    return arrays


def _only(values: Any, specs: Specs) -> dict[str, Any]:
    """Give values to the only input."""
    if len(specs) > 1:
        names = ", ".join(f"'{shorten(name)}'" for name in specs)
        raise UsageError(f"one array, for {len(specs)} inputs", hint=f"name them: {names}")
    return dict.fromkeys(specs, values)


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


def check_writable(path: PathLike, *, force: bool = False) -> None:
    """Raise UsageError where nothing could be written, before any work is done for it.

    A file of another kind than its suffix says, such as a Keras architecture in .json, is only
    replaced with ``force``.
    """
    form = FORMS.get(suffix_of(path))
    if form is None:
        raise UsageError(f"{shorten(path)!r} is no table", hint=f"data is written to {KINDS}")
    refuse_place(path, form.replaced, force=force)


def write_outputs(path: PathLike, outputs: Mapping[str, Array]) -> None:
    """Write outputs by name as the suffix tells, whole or not at all; .npy takes a single one."""
    form = FORMS.get(suffix_of(path))
    if form is None:
        raise UsageError(
            f"output in {shorten(path)!r}", hint=f"the kinds that are written are {KINDS}"
        )
    with atomic_write(Path(path)) as file:
        form.write(file, outputs)
