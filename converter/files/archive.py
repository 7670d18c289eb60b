"""The ``.keras`` archive, zipped or unpacked: configuration, version, weights and assets."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from keronyx.converter.errors import FileFormatError, WeightError
from keronyx.converter.files.hashing import fingerprint
from keronyx.converter.files.hdf5 import read_hdf5
from keronyx.converter.files.kinds import HDF5, PICKLE
from keronyx.converter.files.markup import parse_object
from keronyx.converter.files.members import Folder, Members, asset
from keronyx.converter.files.saved import SavedModel, Weights
from keronyx.converter.files.shards import read_shards
from keronyx.converter.files.span import Span
from keronyx.converter.files.zips import Archive

CONFIG: Final = "config.json"
METADATA: Final = "metadata.json"
WEIGHTS: Final = "model.weights.h5"
SHARDED: Final = "model.weights.json"
PICKLED: Final = "model.weights.npz"


def read_archive(archive: Archive) -> SavedModel:
    """Read a zipped ``.keras`` file."""
    return _read(archive, "Keras archive")


def read_folder(folder: Folder) -> SavedModel:
    """Read an unpacked ``.keras`` file."""
    saved = _read(folder, "Keras folder")
    assets = [str(path) for path in Path(folder.path, "assets").rglob("*") if path.is_file()]
    return replace(saved, sha256=fingerprint([*folder.used, *assets]))


def _read(members: Members, form: str) -> SavedModel:
    metadata = parse_object(members.text(METADATA), METADATA) if METADATA in members else {}
    version = metadata.get("keras_version")
    config = members.text(CONFIG)
    return SavedModel(
        path=members.path,
        format=form,
        config=parse_object(config, CONFIG),
        weights=_weights(members, bfloat16="bfloat16" in config),
        keras_version=version if isinstance(version, str) else None,
        asset=partial(asset, members),
    )


def _weights(members: Members, *, bfloat16: bool) -> Weights | None:
    if WEIGHTS in members:
        return _in_hdf5(members.span(WEIGHTS), bfloat16=bfloat16)
    if SHARDED in members:
        return read_shards(members, SHARDED)
    if PICKLED in members:
        raise WeightError(f"'{PICKLED}' holds pickled objects", hint=PICKLE)
    raise WeightError(f"'{WEIGHTS}' is missing")


def _in_hdf5(span: Span, *, bfloat16: bool) -> Weights | None:
    if span.head(len(HDF5)) != HDF5:
        raise FileFormatError(f"'{WEIGHTS}' is not an HDF5 file")
    return read_hdf5(span, bfloat16=bfloat16).weights
