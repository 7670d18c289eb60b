"""What Keras would run, import or read if it loaded a file; the file itself is only looked at.

    result = scan("model.keras")
    for finding in result.findings: print(finding)

A scan goes further than reading: it also looks into files that keronyx would refuse, and keeps
what it found before something could not be read.
"""

import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from keronyx.converter.errors import KeronyxError, unreadable
from keronyx.converter.files.kinds import HDF5, HEAD, recognise
from keronyx.converter.files.markup import decoded
from keronyx.converter.files.members import Folder
from keronyx.converter.files.span import Span, digest, path_status
from keronyx.converter.scan.config import scan_config
from keronyx.converter.scan.containers import (
    check_names,
    scan_folder,
    scan_hdf5,
    scan_npy,
    scan_zip,
    shard_names,
)
from keronyx.converter.scan.finding import Finding, Found
from keronyx.converter.scan.pickles import is_pickle, scan_pickle
from keronyx.converter.scan.texts import json_value, scan_yaml

__all__ = ["Finding", "Scan", "scan"]

OBJECT: Final = re.compile(rb"(^|[\s\[{,])!!python/|tag:yaml\.org,2002:python")
"""A YAML tag that makes a Python object."""


@dataclass(frozen=True, kw_only=True)
class Scan:
    """The findings; ``error`` where a part of the file could not be looked at."""

    path: str
    findings: tuple[Finding, ...]
    more: int = 0
    sha256: str = ""
    error: KeronyxError | None = None


def scan(path: str) -> Scan:
    """Look through a file or a folder; nothing in it is run, imported or unpickled."""
    found = Found()
    sha256, error = "", None
    try:
        if stat.S_ISDIR(path_status(path).st_mode):
            _folder(path, found)
        else:
            sha256 = digest([Span.of_file(path).path])
            _file(path, found)
    except KeronyxError as fault:
        error = fault.at(path=path)
    except OSError as fault:
        error = unreadable(fault, path)
    return Scan(
        path=path, findings=tuple(found.findings), more=found.more, sha256=sha256, error=error
    )


def _folder(path: str, found: Found) -> None:
    if Path(path, "model.json").exists() and not Path(path, "saved_model.pb").exists():
        _file(str(Path(path, "model.json")), found)
        return
    before = len(found.findings)
    scan_folder(path, found)
    for array in sorted(Path(path).glob("*.npy")):
        scan_npy(Span.of_file(str(array)), array.name, found)
    if len(found.findings) == before:
        recognise(path)


def _file(path: str, found: Found) -> None:
    span = Span.of_file(path)
    head = span.head(HEAD)
    if is_pickle(head):
        scan_pickle(span, "", found)
    elif OBJECT.search(head) and b"\0" not in head:
        _yaml(span, found)
    elif head.startswith(HDF5):
        scan_hdf5(span, "", found)
        recognise(path)
    else:  # HDF5 may stand behind a block of the user's own
        SCANS[recognise(path)](span, found)


def _yaml(span: Span, found: Found) -> None:
    scan_yaml(decoded(span.read(), "the file"), "the file", found)


def _json(span: Span, found: Found) -> None:
    """Look into an architecture, an index of shards, or a TensorFlow.js model."""
    value = json_value(decoded(span.read(), "the file"), "the file")
    scan_config(value, "", found)
    if not isinstance(value, dict):
        return
    _manifest(value.get("weightsManifest"), found)
    _shards(Folder(str(Path(span.path).parent)), shard_names(value.get("weight_map")), found)


def _manifest(groups: Any, found: Found) -> None:
    for group in groups if isinstance(groups, list) else ():
        if isinstance(group, dict):
            check_names(group.get("paths"), "weightsManifest", found)


def _shards(folder: Folder, names: list[Any], found: Found) -> None:
    """Look into the shards that an index names, where they are there."""
    for name in check_names(names, "weight_map", found):
        if name in folder:
            scan_hdf5(folder.span(name), name, found)


SCANS: Final[Mapping[str, Callable[[Span, Found], None]]] = {
    "hdf5": lambda span, found: scan_hdf5(span, "", found),
    "zip": lambda span, found: scan_zip(span.path, found),
    "npy": lambda span, found: scan_npy(span, "", found),
    "yaml": _yaml,
    "json": _json,
}
"""By what ``recognise`` returns for a file."""
