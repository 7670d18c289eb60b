"""The recorded Keras models of tests/corpus: unpacked once per machine, one small object a case."""

import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

ARCHIVES = ("dense", "other", "quantized", "savedmodel", "exports", "versions")
HERE = Path(__file__).resolve().parent / "corpus"
ARCHITECTURE = ("model.json", "model.yaml", "model", "model_dir", "saved_model", "saved_model.zip")
WEIGHTS = ("weights.h5", "model.weights.h5", "model.weights.json", "ckpt")
# Written by the scripts of generators.tar.xz for the reader of this corpus; no model file.
ASIDE = {"arch.json", "case.json", "io.npz", "trace.npz"}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One recorded model; ``rtol`` and ``atol`` (times the largest output) are its tolerances."""

    id: str
    folder: Path = field(repr=False)
    family: str
    keras_version: str
    backend: str
    format: str
    layers: tuple[str, ...] = field(repr=False)
    files: tuple[str, ...] = field(repr=False)
    expect: str
    reason: str
    may_refuse: str
    hints: Mapping[str, Any] = field(repr=False, hash=False)
    rtol: float
    atol: float


def unpacked(archive: str) -> Path:
    """Return the folder that holds the archive's cases, unpacking it the first time."""
    packed = HERE / f"{archive}.tar.xz"
    digest = hashlib.sha256(packed.read_bytes()).hexdigest()[:16]
    owner = os.getuid() if hasattr(os, "getuid") else 0
    home = Path(tempfile.gettempdir()) / f"keronyx-corpus-{owner}"
    home.mkdir(mode=0o700, exist_ok=True)
    place = home / f"{archive}-{digest}"
    if not place.is_dir():
        partial = Path(tempfile.mkdtemp(dir=home))
        with tarfile.open(packed) as tar:
            tar.extractall(partial, filter="data")
        try:
            partial.rename(place)
        except OSError:  # another run was faster; its files are the same
            shutil.rmtree(partial)
    return place


def _case(folder: Path) -> Case:
    said = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    may_refuse = said.get("may_refuse") or ""
    reason = "the recorder says so" if may_refuse is True else may_refuse
    # float64 is told apart by name: its cases carry the same note as the 16-bit policies.
    loose = (
        any(word in reason for word in ("low-precision", "low precision", "float16"))
        and "64" not in folder.name
    )
    return Case(
        id=said["id"],
        folder=folder,
        family=said["family"],
        keras_version=said["keras_version"],
        backend=said["backend"],
        format=said["format"],
        layers=tuple(said["layers"]),
        files=tuple(said["files"]),
        expect=said["expect"],
        reason=said.get("reason", ""),
        may_refuse=reason,
        hints=said.get("hints", {}),
        rtol=1e-2 if loose else 1e-4,
        atol=1e-2 if loose else 1e-5,
    )


@cache
def _all_cases(archive: str) -> tuple[Case, ...]:
    return tuple(_case(folder) for folder in sorted(unpacked(archive).iterdir()))


def cases(
    *,
    archive: str | None = None,
    family: str | None = None,
    expect: str | None = None,
    where: Callable[[Case], bool] = lambda _: True,
) -> tuple[Case, ...]:
    """Return the cases that fit, in the order of their ids."""
    return tuple(
        case
        for name in ([archive] if archive else ARCHIVES)
        for case in _all_cases(name)
        if family in (None, case.family) and expect in (None, case.expect) and where(case)
    )


def _recorded(case: Case, prefix: str) -> tuple[Array, ...]:
    with np.load(case.folder / "io.npz") as arrays:
        count = sum(name.startswith(prefix) for name in arrays.files)
        return tuple(arrays[f"{prefix}{index}"] for index in range(count))


def inputs(case: Case) -> tuple[Array, ...]:
    """Return what Keras was given, in the order of the model's inputs."""
    return _recorded(case, "in_")


def outputs(case: Case) -> tuple[Array, ...]:
    """Return what Keras answered, in the order of the model's outputs."""
    return _recorded(case, "out_")


def trace(case: Case) -> dict[str, Array]:
    """Return every layer's output by the layer's name; empty where it was not recorded."""
    path = case.folder / "trace.npz"
    if not path.exists():
        return {}
    with np.load(path) as arrays:
        return dict(arrays)


def source(case: Case) -> tuple[Path, Path | None]:
    """Return the model's path, and that of its weights where they are another file."""
    names = {path.name for path in case.folder.iterdir()} - ASIDE
    architecture = next((name for name in ARCHITECTURE if name in names), None)
    if architecture is None:
        return case.folder / case.files[-1 if case.files[0] in ASIDE else 0], None
    weights = next((name for name in WEIGHTS if name in names), None)
    return case.folder / architecture, case.folder / weights if weights else None


def activations(case: Case) -> list[str] | None:
    """Return what the user of plain arrays must say beside them, None for every other layout."""
    path = case.folder / "arch.json"
    if not path.exists():
        return None
    said: list[str] = json.loads(path.read_text(encoding="utf-8"))["activations"]
    return said
