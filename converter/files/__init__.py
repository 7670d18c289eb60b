"""Turn the bytes of a file into a ``SavedModel``: recognised by content, read within bounds.

``read_saved`` is the way in; it opens the paths that it is given, and files that one of these
names beside itself. ``read_bytes`` is that for the bytes of a file that are in memory.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

from keronyx.converter.errors import (
    FileFormatError,
    KeronyxError,
    UsageError,
    WeightError,
    unreadable,
)
from keronyx.converter.files.arrays import read_npy_file, read_npy_folder, read_npz_file
from keronyx.converter.files.hashing import fingerprint, together
from keronyx.converter.files.kinds import ZIPS, kind_of, recognise
from keronyx.converter.files.members import Folder
from keronyx.converter.files.saved import SavedModel
from keronyx.converter.files.span import Span
from keronyx.converter.files.split import read_json, read_yaml
from keronyx.converter.files.tensorflow.checkpoint import read_checkpoint
from keronyx.converter.files.tensorflow.saved_model import MODEL as SAVED_MODEL
from keronyx.converter.files.tensorflow.saved_model import read_saved_model
from keronyx.converter.files.tensorflow.sources import Inside, Sources, of_folder
from keronyx.converter.files.zips import Archive

PathLike: TypeAlias = str | os.PathLike[str]

NO_WEIGHTS: Final = "give the file with its weights with --weights"

IN_MEMORY: Final = "bytes in memory"
"""Stands where a path would be."""


def read_saved(path: PathLike, *, weights: PathLike | None = None) -> SavedModel:
    """Read a model, or weights alone (``config`` is then None).

    ``weights`` is the weights file of an architecture in JSON or YAML; given beside a whole model,
    it takes the place of that model's own weights.

    Raises:
        FileFormatError: the file is missing, damaged, or nothing that keronyx reads.
        WeightError: an architecture without weights, or variables that cannot be read.
        UsageError: ``weights`` cannot belong to what stands at ``path``.
    """
    saved = read_architecture(path, weights=weights)
    if saved.weights is None:
        raise WeightError("an architecture without weights", hint=NO_WEIGHTS, path=saved.path)
    return saved


def read_architecture(path: PathLike, *, weights: PathLike | None = None) -> SavedModel:
    """Read as ``read_saved`` does, but let the weights be missing."""
    saved = _read(os.fspath(path))
    return saved if weights is None else _with_weights(saved, weights)


def read_bytes(data: bytes) -> SavedModel:
    """Read the bytes of an HDF5 file, a ``.keras`` archive or an ``.npz``: see ``read_saved``."""
    whole = Span(path=IN_MEMORY, offset=0, size=len(data), data=data)
    try:
        kind = kind_of(whole)
        if kind not in {"hdf5", "zip"}:
            raise FileFormatError(f"a file of kind {kind}", hint="give its path, not its bytes")
        saved = _hdf5(whole, bfloat16=False) if kind == "hdf5" else _archive(Archive.of(whole))
    except KeronyxError as error:
        raise error.at(path=IN_MEMORY) from error.__cause__
    return replace(saved, sha256=hashlib.sha256(data).hexdigest())


def _with_weights(saved: SavedModel, weights: PathLike) -> SavedModel:
    """Put the weights of another file in, and what that says of Keras where the first does not."""
    if saved.config is None:
        raise UsageError(
            "holds no architecture that separate weights could belong to",
            hint="give the architecture first, and its weights with --weights",
            path=saved.path,
        )
    other = _read(os.fspath(weights), bfloat16="bfloat16" in repr(saved.config))
    if other.weights is None:
        raise WeightError("holds no weights", path=other.path)
    return replace(
        saved,
        weights=other.weights,
        keras_version=saved.keras_version or other.keras_version,
        backend=saved.backend or other.backend,
        sha256=together([saved.sha256, other.sha256]),
    )


def _read(path: str, *, bfloat16: bool = False) -> SavedModel:
    try:
        kind = recognise(path)
        saved = (
            _hdf5(Span.of_file(path), bfloat16=bfloat16) if kind == "hdf5" else READERS[kind](path)
        )
        return saved if saved.sha256 else replace(saved, sha256=fingerprint([path]))
    except KeronyxError as error:
        raise error.at(path=path) from error.__cause__
    except OSError as error:
        raise unreadable(error, path) from error


def _hdf5(span: Span, *, bfloat16: bool) -> SavedModel:
    from keronyx.converter.files.hdf5 import read_hdf5  # noqa: PLC0415 - h5py takes 0.1 s

    return read_hdf5(span, bfloat16=bfloat16)


def _zip(path: str) -> SavedModel:
    return _archive(Archive.of_file(path))


def _archive(archive: Archive) -> SavedModel:
    if "config.json" in archive:
        from keronyx.converter.files.archive import read_archive  # noqa: PLC0415 - h5py

        return _hashed(read_archive(archive), archive)
    if archive.members and all(name.endswith(".npy") for name in archive.members):
        return _hashed(read_npz_file(archive), archive)
    models = [name for name in archive.members if name.split("/")[-1] == SAVED_MODEL]
    if models:
        return _saved_model_in(archive, models)
    raise _foreign(archive)


def _saved_model_in(archive: Archive, models: list[str]) -> SavedModel:
    """Read the SavedModel that an archive holds, in whatever folder of it."""
    if len(models) > 1:
        raise FileFormatError(f"an archive of {len(models)} SavedModels", hint="unpack it first")
    return read_saved_model(Sources(Inside(archive, models[0].removesuffix(SAVED_MODEL))))


def _saved_model(path: str) -> SavedModel:
    place = Path(path)
    folder = place if place.is_dir() else place.parent
    return replace(read_saved_model(of_folder(str(folder))), path=path)


def _foreign(archive: Archive) -> FileFormatError:
    """Say what an archive of others is."""
    for pattern, what, hint in ZIPS:
        if any(map(pattern.fullmatch, archive.members)):
            return FileFormatError(what, hint=hint)
    return FileFormatError("a zip archive without 'config.json', so no .keras file")


def _hashed(saved: SavedModel, archive: Archive) -> SavedModel:
    return replace(saved, sha256=archive.hashing.owed())


def _keras_folder(path: str) -> SavedModel:
    from keronyx.converter.files.archive import read_folder  # noqa: PLC0415 - h5py

    return read_folder(Folder(path))


def _json_folder(path: str) -> SavedModel:
    return read_json(str(Path(path, "model.json")))


def _npy_folder(path: str) -> SavedModel:
    return read_npy_folder(Folder(path))


def _table_folder(path: str) -> SavedModel:
    from keronyx.converter.files.tabular import read_table_folder  # noqa: PLC0415 - rare

    return read_table_folder(Folder(path))


def _mat(path: str) -> SavedModel:
    from keronyx.converter.files.tabular import read_mat  # noqa: PLC0415 - rare

    return read_mat(path)


READERS: Final[dict[str, Callable[[str], SavedModel]]] = {
    "zip": _zip,
    "npy": read_npy_file,
    "json": read_json,
    "yaml": read_yaml,
    "keras folder": _keras_folder,
    "json folder": _json_folder,
    "npy folder": _npy_folder,
    "table folder": _table_folder,
    "mat": _mat,
    "saved model": _saved_model,
    "checkpoint": read_checkpoint,
}
"""By what ``recognise`` returns."""
