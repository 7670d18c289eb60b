"""Masks: nets of many versions of Keras that carry them, and the numbers of each version."""

import io
import tarfile
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import pytest
from emitting import run

import keronyx
from keronyx.converter.emit import emit
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


NETS = [
    (version, name) for version in VERSIONS for name in saved(version) if not name.endswith(".npz")
]


def read(version: str, name: str, folder: Path) -> Model:
    path = folder / name
    path.write_bytes(saved(version)[name])
    return keronyx.read(path)


def recorded(version: str, name: str, kind: str) -> list[Array]:
    start = f"{Path(name).stem}/{kind}"
    return [array for key, array in numbers(version).items() if key.startswith(start)]


@pytest.mark.parametrize(("version", "name"), NETS)
def test_both_readings_give_kerass_numbers(version: str, name: str, tmp_path: Path) -> None:
    model = read(version, name, tmp_path)
    given, right = recorded(version, name, "in"), recorded(version, name, "out")
    proto = emit(model)
    onnx.checker.check_model(proto, full_check=True)
    evaluated = keronyx.evaluate(model, dict(zip(model.inputs, given, strict=True))).values()
    for found in (run(proto, *given), list(evaluated)):
        for made, wanted in zip(found, right, strict=True):
            assert made.shape == wanted.shape
            np.testing.assert_allclose(made, wanted, rtol=1e-4, atol=1e-5)
