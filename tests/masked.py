"""Nets that carry masks, as many versions of Keras saved them, and what each made of them."""

import atexit
import io
import tarfile
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

import keronyx
from keronyx.converter.model import Model
from keronyx.converter.tensors import Array

HERE = Path(__file__).with_name("masks")
VERSIONS = sorted(path.name.removesuffix(".tar.xz") for path in HERE.glob("*.tar.xz"))


@cache
def saved(version: str) -> dict[str, bytes]:
    with tarfile.open(HERE / f"{version}.tar.xz") as archive:
        return {each.name: archive.extractfile(each).read() for each in archive}  # type: ignore[union-attr]


@cache
def numbers(version: str) -> dict[str, Array]:
    with np.load(io.BytesIO(saved(version)["io.npz"])) as arrays:
        return {key: arrays[key] for key in arrays.files}


@cache
def folder() -> Path:
    """Return a folder that goes when the tests have run: weights are read late."""
    made = tempfile.TemporaryDirectory()
    atexit.register(made.cleanup)
    return Path(made.name)


def model(version: str, name: str) -> Model:
    path = folder() / f"{version}-{name}"
    if not path.exists():
        path.write_bytes(saved(version)[name])
    return keronyx.read(path)


def recorded(version: str, name: str, kind: str) -> list[Array]:
    start = f"{Path(name).stem}/{kind}"
    return [array for key, array in numbers(version).items() if key.startswith(start)]
