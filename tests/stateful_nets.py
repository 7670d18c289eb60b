"""Stateful nets that many Keras versions saved, and what these gave for calls of them."""

import atexit
import shutil
import tarfile
import tempfile
from functools import cache
from pathlib import Path

import h5py
import numpy as np

import keronyx
from keronyx.converter.emit import serialize
from keronyx.converter.model import Model
from keronyx.converter.tensors import Array

BATCH = 2
CALLS, RESET = 4, 3
PACKED = Path(__file__).with_name("stateful") / "nets.tar.xz"


@cache
def unpacked() -> Path:
    place = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    with tarfile.open(PACKED) as tar:
        tar.extractall(place, filter="data")
    return place


def names() -> list[str]:
    return sorted({key.split("/")[0] for key in numbers()})


@cache
def numbers() -> dict[str, Array]:
    with np.load(unpacked() / "io.npz") as arrays:
        return {key: arrays[key] for key in arrays.files}


def path_of(name: str) -> Path:
    (path,) = unpacked().glob(f"{name}.*[!z]")
    return path


@cache
def model_of(name: str) -> Model:
    return keronyx.read(path_of(name))


def opened(name: str) -> Model:
    """Return a net whose states are inputs and outputs like all others."""
    return model_of(name).opened


def of_one_row(name: str) -> Model:
    """Return a net of an HDF5 file as it would be for one row at a time."""
    path = unpacked() / f"{name}_of_one_row.h5"
    shutil.copyfile(path_of(name), path)
    with h5py.File(path, "r+") as file:
        config = file.attrs["model_config"].replace(f": [{BATCH}, ", ": [1, ")
        file.attrs["model_config"] = config
    return keronyx.read(path)


@cache
def graph_of(name: str) -> bytes:
    return serialize(model_of(name))


def batches(name: str, call: int) -> list[Array]:
    """Return what Keras was given in one call, a batch at a time."""
    rows = numbers()[f"{name}/{call}/in"]
    return np.split(rows, len(rows) // BATCH)


def outputs(name: str, call: int) -> list[Array]:
    return [array for key, array in numbers().items() if key.startswith(f"{name}/{call}/out")]


def agree(found: list[list[Array]], right: list[Array]) -> None:
    """Hold what came of the batches of a call against what Keras gave for it."""
    for parts, wanted in zip(zip(*found, strict=True), right, strict=True):
        np.testing.assert_allclose(np.concatenate(parts), wanted, rtol=1e-4, atol=1e-5)
