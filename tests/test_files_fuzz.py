"""Whatever the bytes, a reader ends with a model or with a ``KeronyxError``."""

import json
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import saved_files as write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sampling import examples

from keronyx.converter.errors import KeronyxError
from keronyx.converter.files import read_architecture
from keronyx.converter.tensors import Variable

FUZZ = settings(
    max_examples=examples(25, 80),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def variables(path: Path) -> Iterable[Variable]:
    """Return all variables of a file."""
    weights = read_architecture(path).weights
    if weights is None:
        return []
    return [variable for _, variable in weights.listed()]


def load(path: Path) -> None:
    """Read a file with all its numbers."""
    for variable in variables(path):
        assert variable.load().shape == variable.shape


def npy(path: Path) -> Path:
    np.save(path / "w.npy", write.KERNEL)
    return path / "w.npy"


def npz(path: Path) -> Path:
    np.savez_compressed(path / "w.npz", write.KERNEL, write.BIAS)
    return path / "w.npz"


def yaml(path: Path) -> Path:
    config = json.dumps(write.CONFIG["config"])
    return write.text(path / "m", f"class_name: Sequential\nconfig: {config}\n")


FORMATS = {
    "hdf5 model": lambda path: write.hdf5(path / "m"),
    "hdf5 latest": lambda path: write.hdf5(path / "m", libver="latest", compression="gzip"),
    "hdf5 tree": lambda path: write.hdf5(path / "w", write.put_tree),
    "archive": lambda path: write.archive(path / "m"),
    "deflated archive": lambda path: write.archive(path / "m", method=zipfile.ZIP_DEFLATED),
    "tensorflow.js": write.tfjs,
    "json": lambda path: write.text(path / "m", write.CONFIG),
    "yaml": yaml,
    "npy": npy,
    "npz": npz,
}


@pytest.mark.parametrize("form", FORMATS)
@FUZZ
@given(data=st.data())
def test_cut_anywhere(tmp_path: Path, form: str, data: st.DataObject) -> None:
    path = FORMATS[form](tmp_path)
    load(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 2))])
    if form == "yaml":  # half of it is YAML again
        survive(path)
    else:
        with pytest.raises(KeronyxError):
            load(path)


@pytest.mark.parametrize("form", FORMATS)
@FUZZ
@given(data=st.data())
def test_bits_flipped(tmp_path: Path, form: str, data: st.DataObject) -> None:
    path = FORMATS[form](tmp_path)
    content = bytearray(path.read_bytes())
    places = payload(path, form, bytes(content))
    for place in data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=4)):
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    survive(path)


def payload(path: Path, form: str, content: bytes) -> list[int]:
    """Return where numbers and texts lie, which is all that is changed.

    Elsewhere a changed byte could be a fault of the library that reads it.
    """
    if "archive" in form or form == "npz":
        extents = write.stored(content)
    elif form == "npy":
        extents = [(128, len(content) - 128)]
    elif form.startswith("hdf5"):
        extents = [(each.extent[1], each.size * 4) for each in variables(path) if each.extent]
        start = content.find(b'{"class_name"')
        extents += [(start, 40)] if start >= 0 else []
    else:
        extents = [(0, len(content))]
    return [place for offset, size in extents for place in range(offset, offset + size)]


def survive(path: Path) -> None:
    """Read a file, or see it refused in one printable line."""
    try:
        load(path)
    except KeronyxError as error:
        assert str(error).isprintable()  # noqa: PT017 - being read is right as well
