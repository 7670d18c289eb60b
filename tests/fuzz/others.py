"""Samples for what reads more than one format: the scan, and ONNX models by somebody else."""

from functools import cache
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
import saved_files as write
from hostile.configs import CODE, MODULE

from fuzz import mutate
from fuzz.models import drawn, make_cut, make_hdf5, make_tfjs, seed
from fuzz.target import Target
from fuzz.texts import make_npy, make_npz, make_yaml, make_zip
from keronyx.converter.description import describe
from keronyx.converter.emit import serialize
from keronyx.converter.errors import KeronyxError
from keronyx.converter.scan import scan
from keronyx.runtime.session.predictor import load

LAMBDA: Final = {
    "class_name": "Lambda",
    "config": {
        "name": "lam",
        "function": {"class_name": "__lambda__", "config": {"code": CODE, "defaults": None}},
        "function_type": "lambda",
        "output_shape": [CODE, None, None],
        "output_shape_type": "lambda",
        "module": MODULE,
        "vocabulary": "beside.txt",
    },
    "module": MODULE,
    "registered_name": "pkg>Lambda",
}
PICKLE: Final = b"\x80\x04\x8c\x0ekeronyx_absent\x94\x8c\x03act\x94\x93\x94)R."


def _make_config(rng: Random) -> bytes:
    return mutate.of_text(LAMBDA, [write.CONFIG, seed(drawn(rng)).config], rng)


def _make_pickle(rng: Random) -> bytes:
    return mutate.of_payload(PICKLE, (), rng)


MAKERS: Final = (
    make_zip, make_hdf5, make_cut, make_npy, make_npz, make_yaml, make_tfjs, _make_pickle,
    _make_config, _make_config,
)  # fmt: skip


def make_any(rng: Random) -> bytes:
    """Return a sample of any format."""
    return rng.choice(MAKERS)(rng)


def read_scanned(data: bytes, folder: Path) -> None:
    """Scan a file; what is found is told in lines."""
    (folder / "m").write_bytes(data)
    result = scan(str(folder / "m"))
    lines = [str(finding) for finding in result.findings]
    assert all(line.isprintable() and len(line) <= 600 for line in lines)
    if result.error is not None:
        raise result.error


@cache
def _graph(name: str) -> bytes | None:
    try:
        return serialize(describe(seed(name)))
    except KeronyxError:
        return None


def make_onnx(rng: Random) -> bytes:
    """Cut a model, or change its weights."""
    from onnx import ModelProto  # noqa: PLC0415

    data = None
    while data is None:
        data = _graph(drawn(rng))
    if rng.random() < 0.5:
        return mutate.of_payload(data, (), rng)
    model = ModelProto.FromString(data)
    for tensor in model.graph.initializer:
        if tensor.raw_data:
            tensor.raw_data = rng.randbytes(len(tensor.raw_data))
    changed: bytes = model.SerializeToString()
    return changed


def read_onnx(data: bytes, folder: Path) -> None:
    """Open a model, and run it once where its inputs are small."""
    (folder / "m.onnx").write_bytes(data)
    predict = load(folder / "m.onnx", threads=1)
    shapes = {
        name: [1 if size is None else size for size in spec.shape]
        for name, spec in predict.inputs.items()
    }
    if all(0 <= np.prod(shape, dtype=float) < 10_000 for shape in shapes.values()):
        predict({name: np.zeros(shape) for name, shape in shapes.items()})


TARGETS: Final = (
    Target(name="scan", make=make_any, read=read_scanned, apart=True),
    Target(name="onnx", make=make_onnx, read=read_onnx, apart=True),
)
