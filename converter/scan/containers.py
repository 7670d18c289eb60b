"""Files in files: archives, folders, HDF5, NumPy's formats, shards, TensorFlow's graphs."""

import re
import warnings
from contextlib import suppress
from itertools import filterfalse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zipfile import ZipInfo

import numpy as np

from keronyx.converter.errors import KeronyxError, shorten
from keronyx.converter.files.kinds import HDF5
from keronyx.converter.files.markup import decoded
from keronyx.converter.files.members import Folder, Members
from keronyx.converter.files.npy import HEADER, HEADER_FAULTS, VERSIONS
from keronyx.converter.files.span import Span
from keronyx.converter.files.zips import LEAVES, Archive, listed
from keronyx.converter.scan.config import RISKY_OPS, scan_config
from keronyx.converter.scan.finding import Found
from keronyx.converter.scan.pickles import is_pickle, scan_pickle
from keronyx.converter.scan.texts import embedded, json_value

if TYPE_CHECKING:
    from keronyx.converter.files.reach import Reach

KNOWN: Final = re.compile(
    r"config\.json|metadata\.json|model(_\d+)?\.weights(_\d+)?\.(h5|json|npz)|assets(/.*)?",
    re.DOTALL,
)
"""The members of a ``.keras`` file."""

CONFIGS: Final = ("model_config", "training_config")
"""Attributes of an HDF5 file that Keras reads as configurations."""

PIECE: Final = 16 << 20
LINK: Final = 0xA
"""The type of a symbolic link in the upper bits of a zip member's attributes."""


def scan_hdf5(span: Span, file: str, found: Found) -> None:
    """Look where an HDF5 file reaches out of itself, then into its configurations."""
    from keronyx.converter.files import reach, storage  # noqa: PLC0415 - h5py takes 0.1 s

    with storage.opened(span) as root:
        for reaching in reach.reaches(root):
            _note_reach(reaching, file, found)
    for name in CONFIGS:
        with storage.opened(span) as root:
            text = storage.text(root, name)
        if text:
            scan_config(json_value(text, name), _inside(file, name), found)


def _note_reach(reaching: "Reach", file: str, found: Found) -> None:
    place, kind, target = reaching
    what = target if kind == "plugin" else f"{kind} to {target}"
    found.add(kind, _inside(file, shorten(place) if file else place), what)


def _inside(file: str, place: str) -> str:
    return f"{file}: {place}" if file else place


def scan_npy(span: Span, file: str, found: Found) -> None:
    """Note an array of objects, which is a pickle."""
    start = _objects(span)
    if start < HEADER:
        scan_pickle(span, file, found, start)


def _objects(span: Span) -> int:
    """Return where an array of objects begins; that of others is beyond all that is looked at."""
    with span.open() as source, warnings.catch_warnings(), suppress(*HEADER_FAULTS):
        warnings.simplefilter("ignore")
        version = np.lib.format.read_magic(source)
        *_, dtype = VERSIONS[version](source)
        return source.tell() if dtype.hasobject else HEADER
    return HEADER


def scan_zip(path: str, found: Found) -> None:
    """Look at the names in an archive, then into its members."""
    whole = Span.of_file(path)
    infos = listed(whole)
    keras = any(info.filename == "config.json" for info in infos)
    for info in infos:
        _note(info, found, keras=keras)
    # Of two members of one name the last counts, as in Keras's zipfile.
    archive = Archive(whole, {info.filename: info for info in infos if _is_stored(info)})
    _each(archive, sorted(archive.members), found)


def _note(info: ZipInfo, found: Found, *, keras: bool) -> None:
    kind = _kind(info, keras=keras)
    if kind:
        found.add(kind, "", f"member '{shorten(info.filename)}'")


def _is_stored(info: ZipInfo) -> bool:
    """Tell a file from a folder or a link."""
    return not info.filename.endswith("/") and not _is_link(info)


def _kind(info: ZipInfo, *, keras: bool) -> str:
    """Return the kind of finding that a member is by itself, or nothing."""
    if LEAVES.fullmatch(info.filename) or "\0" in info.orig_filename:
        return "path"
    if _is_link(info):
        return "symbolic link"
    return "member" if keras and not KNOWN.fullmatch(info.filename) else ""


def _is_link(info: ZipInfo) -> bool:
    return info.external_attr >> 28 == LINK


def _each(members: Members, names: list[str], found: Found) -> None:
    """Look into every member, and raise what was wrong with the first that could not be read."""
    faults: list[KeronyxError] = []
    for name in names:
        try:
            _member(members, name, found)
        except KeronyxError as error:
            faults.append(error)
    for fault in faults[:1]:
        raise fault


def _member(members: Members, name: str, found: Found) -> None:
    if name.startswith("assets/") and name.endswith(".txt"):
        return
    span = members.span(name)
    head = span.head(8)
    if head == HDF5:
        scan_hdf5(span, name, found)
    elif name == "config.json":
        scan_config(_parsed(span, name), name, found)
    elif name.endswith("weights.json"):
        _shard_names(_parsed(span, name), name, found)
    else:
        _array(span, name, head, found)


def _parsed(span: Span, name: str) -> Any:
    return json_value(decoded(span.read(), name), name)


def _array(span: Span, name: str, head: bytes, found: Found) -> None:
    """Look into what holds an array, or is pickled."""
    if head.startswith(b"\x93NUMPY"):
        scan_npy(span, name, found)
    elif is_pickle(head):
        scan_pickle(span, name, found)
    elif name == "model.weights.npz":
        found.add("pickle", name, "weights that Keras pickles")


def _shard_names(index: Any, file: str, found: Found) -> None:
    entries = index.get("weight_map") if isinstance(index, dict) else None
    check_names(shard_names(entries), f"{file}: weight_map", found)


def shard_names(entries: Any) -> list[Any]:
    """Return what an index of shards names, group by group."""
    files = entries.values() if isinstance(entries, dict) else ()
    return [name for each in files for name in (each if isinstance(each, list) else [each])]


def check_names(names: Any, where: str, found: Found) -> list[str]:
    """Note names of files that are not plain, paths and addresses; return the others."""
    spelled = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    for name in filter(_leads_away, spelled):
        found.add("file", where, f"'{shorten(name)}', which is not beside it")
    return list(dict.fromkeys(filterfalse(_leads_away, spelled)))


def _leads_away(name: str) -> bool:
    """Tell a path that leaves the folder, or an address."""
    return bool(LEAVES.fullmatch(name)) or ":" in name


def scan_folder(path: str, found: Found) -> None:
    """Look at what an unpacked ``.keras`` file holds, or at what else a folder is."""
    names = sorted(str(each.relative_to(path)) for each in filter(_is_file, Path(path).rglob("*")))
    links = [name for name in names if Path(path, name).is_symlink()]
    for name in links:
        found.add("symbolic link", "", f"'{shorten(name)}'")
    if "saved_model.pb" in names:
        scan_saved_model(path, found)
    elif "config.json" in names:
        _each(Folder(path), sorted({*names} - {*links}), found)


def _is_file(path: Path) -> bool:
    return path.is_symlink() or path.is_file()


def scan_saved_model(path: str, found: Found) -> None:
    """Note that a SavedModel is a program, the operations in it that reach out, and its layers."""
    found.add("graph", "", "a TensorFlow SavedModel")
    _operations(Span.of_file(str(Path(path, "saved_model.pb"))), found)
    metadata = Path(path, "keras_metadata.pb")
    if metadata.is_file() and not metadata.is_symlink():
        text = Span.of_file(str(metadata)).read().decode("utf-8", "replace")
        for value in embedded(text):
            scan_config(value, "keras_metadata.pb", found)


def _operations(span: Span, found: Found) -> None:
    for start in range(0, span.size, PIECE):
        piece = span.part(start, min(PIECE + 64, span.size - start)).head(PIECE + 64)
        for name in sorted({match[0] for match in RISKY_OPS.finditer(piece.decode("latin-1"))}):
            found.add("tensorflow", "saved_model.pb", f"operation {name}")
