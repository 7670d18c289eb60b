"""A conversion reads every byte of its source once: numbers, hash and checksums in one pass."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
import onnx
import pytest

import keronyx
from keronyx.converter import reading
from keronyx.converter.errors import FileFormatError, KeronyxError
from keronyx.converter.files.hashing import Hashing
from keronyx.converter.files.span import Span, digest
from keronyx.converter.tensors import Array

SIDE = 300
KERNELS = [
    np.random.default_rng(seed).normal(0, 0.05, (SIDE, SIDE)).astype(np.float32) for seed in (0, 1)
]
BIAS = np.linspace(-1, 1, SIDE, dtype=np.float32)
NORMAL = (BIAS + 2, BIAS, BIAS / 2, BIAS + 3)
"""gamma, beta, moving mean and moving variance."""

SMALL: Final = 12 * BIAS.nbytes
"""What vectors and the text of a configuration come to: these may be read again."""


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list of one number: the bytes that were read of files."""
    taken = [0]
    fill, pieces, numbers, read = reading._fill, Span.pieces, Span._numbers, Hashing.read

    def counted_fill(file: object, view: memoryview, path: str) -> None:
        taken[0] += len(view)
        fill(file, view, path)  # type: ignore[arg-type]

    def counted_pieces(span: Span) -> object:
        taken[0] += span.size
        return pieces(span)

    def counted_numbers(span: Span, dtype: "np.dtype[np.float32]", count: int) -> Array:
        taken[0] += count * dtype.itemsize
        return numbers(span, dtype, count)

    def counted_read(hashing: Hashing, part: Span) -> bytes:
        taken[0] += part.size
        return read(hashing, part)

    monkeypatch.setattr(reading, "_fill", counted_fill)
    monkeypatch.setattr(Span, "pieces", counted_pieces)
    monkeypatch.setattr(Span, "_numbers", counted_numbers)
    monkeypatch.setattr(Hashing, "read", counted_read)
    return taken


def _layer(kind: str, name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": name, **config}}


def _config(layers: list[dict[str, Any]]) -> str:
    layers[0]["config"]["batch_input_shape"] = [None, SIDE]
    return json.dumps({"class_name": "Sequential", "config": {"name": "net", "layers": layers}})


def hdf5(
    path: Path, *, kind: str = "Dense", normalized: bool = False, turned: bool = False
) -> Path:
    """Write a model of Keras 2; where it is ``turned``, its last layer lies first in the file."""
    dense = [_layer(kind, f"d{index}", units=SIDE, activation="linear") for index in (0, 1)]
    layers = {"d0": (KERNELS[0], BIAS), "bn": NORMAL, "d1": (KERNELS[1], BIAS)}
    normal = [_layer("BatchNormalization", "bn", axis=[1])] if normalized else []
    if not normalized:
        del layers["bn"]
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = _config([dense[0], *normal, dense[1]])
        file.attrs["keras_version"] = "2.4.0"
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [name.encode() for name in layers]
        for name in reversed(layers) if turned else layers:
            part = group.create_group(name)
            part.attrs["weight_names"] = [str(index).encode() for index in range(len(layers[name]))]
            for index, array in enumerate(layers[name]):
                part[str(index)] = array
    return path


def npz(path: Path) -> Path:
    """Write weights alone, stored as they are."""
    np.savez(path, w0=KERNELS[0], b0=BIAS, w1=KERNELS[1], b1=BIAS)
    return path


def compressed(path: Path) -> Path:
    """Write weights alone, deflated."""
    np.savez_compressed(path, w0=KERNELS[0], b0=BIAS, w1=KERNELS[1], b1=BIAS)
    return path


def normalized(path: Path) -> Path:
    """Write a model whose first product takes in a normalisation."""
    return hdf5(path, normalized=True)


def turned(path: Path) -> Path:
    """Write a model that lies in its file from its end to its front."""
    return hdf5(path, turned=True)


def keras(path: Path, **how: Any) -> Path:
    """Write an archive of Keras 3."""
    weights = path.with_name("model.weights.h5")
    with h5py.File(weights, "w") as file:
        for name, kernel in zip(("dense", "dense_1"), KERNELS, strict=True):
            group = file.create_group(f"layers/{name}/vars")
            group["0"], group["1"] = kernel, BIAS
    shape = {"batch_shape": [None, SIDE], "dtype": "float32"}
    entrance = {"class_name": "InputLayer", "config": {"name": "in", **shape}}
    dense = [_layer(how.get("kind", "Dense"), name, units=SIDE) for name in ("dense", "dense_1")]
    config = {"name": "net", "layers": [entrance, *dense]}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.9.2"}))
        archive.writestr("config.json", json.dumps({"class_name": "Sequential", "config": config}))
        archive.write(weights, weights.name)
    return path


def convert(path: Path, **how: Any) -> keronyx.Conversion:
    activations = "linear" if path.suffix == ".npz" else None
    return keronyx.convert(path, path.with_suffix(".onnx"), activations=activations, **how)


WRITTEN: dict[str, Callable[[Path], Path]] = {
    "net.h5": hdf5,
    "net.npz": npz,
    "small.npz": compressed,
    "normal.h5": normalized,
    "turned.h5": turned,
    "net.keras": keras,
}


@pytest.mark.parametrize("external", [True, False])
@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("name", WRITTEN)
def test_a_conversion_reads_once(
    tmp_path: Path, taken: list[int], name: str, *, check: bool, external: bool
) -> None:
    path = WRITTEN[name](tmp_path / name)
    made = convert(path, check=check, external_data=external)
    assert taken[0] == pytest.approx(path.stat().st_size, abs=SMALL)
    assert made.model.sha256 == digest([str(path)])
    facts = onnx.load(tmp_path / f"{path.stem}.onnx", load_external_data=False).metadata_props
    assert made.model.sha256 in {each.value for each in facts}


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written_is_what_is_serialized(tmp_path: Path, name: str) -> None:
    made = convert(WRITTEN[name](tmp_path / name))
    assert made.path is not None
    assert Path(made.path).read_bytes() == keronyx.converter.emit.serialize(made.model)


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("name", ["net.npz", "net.keras"])
def test_a_damaged_archive_is_refused_when_it_has_been_read(
    tmp_path: Path, name: str, *, check: bool
) -> None:
    path = _damaged(WRITTEN[name](tmp_path / name))
    with pytest.raises(FileFormatError, match="is damaged: its CRC is wrong"):
        convert(path, check=check)
    assert not path.with_suffix(".onnx").exists()


def test_damage_is_told_before_what_it_may_have_caused(tmp_path: Path) -> None:
    path = keras(tmp_path / "net.keras", kind="Unheard")
    with pytest.raises(KeronyxError, match="Unheard"):
        convert(path)
    with pytest.raises(FileFormatError, match="is damaged: its CRC is wrong"):
        convert(_damaged(path))


def _damaged(path: Path) -> Path:
    content = path.read_bytes()
    at = content.index(KERNELS[1].tobytes()) + 1000
    path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    return path
