"""Samples for what reads more than one format: the scan, and ONNX models by somebody else."""

from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np
import saved_files as write

from fuzz import mutate
from fuzz.models import drawn, make_damaged, make_hdf5, make_tfjs, seed
from fuzz.target import Target
from fuzz.texts import make_npy, make_npz, make_yaml, make_zip
from keronyx.converter.describe import describe
from keronyx.converter.emit import serialize
from keronyx.converter.errors import KeronyxError
from keronyx.converter.scan import scan
from keronyx.runtime.session import load

LAMBDA: Final = {
    "class_name": "Lambda",
    "config": {
        "name": "lam",
        "function": {"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": None}},
        "function_type": "lambda",
        "output_shape": ["4wEA", None, None],
        "output_shape_type": "lambda",
        "module": "os",
        "vocabulary": "/etc/passwd",
    },
    "module": "builtins",
    "registered_name": "pkg>Lambda",
}
PICKLE: Final = (
    b"\x80\x04\x95\x1d\0\0\0\0\0\0\0\x8c\x02os\x94\x8c\x06system\x94\x93\x94\x8c\x04true\x94"
)


def _make_config(rng: Random) -> bytes:
    return mutate.of_text(LAMBDA, [write.CONFIG, seed(drawn(rng)).config], rng)


def _make_pickle(rng: Random) -> bytes:
    return mutate.of_bytes(PICKLE, rng)


MAKERS: Final = (
    make_zip, make_hdf5, make_damaged, make_npy, make_npz, make_yaml, make_tfjs, _make_pickle,
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
    """Change a model along its structure, or anywhere."""
    from onnx import ModelProto  # noqa: PLC0415

    data = None
    while data is None:
        data = _graph(drawn(rng))
    if rng.random() < 0.3:
        return mutate.of_bytes(data, rng)
    model = ModelProto.FromString(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        _change(_part(model, rng), rng)
    changed: bytes = model.SerializeToString()
    return changed


def _part(message: Any, rng: Random) -> Any:
    """Walk down to some message in a message."""
    while rng.random() < 0.85:
        inner = [
            part
            for field, value in message.ListFields()
            if field.type == field.TYPE_MESSAGE
            for part in (value if field.is_repeated else [value])
        ]
        if not inner:
            break
        message = rng.choice(inner)
    return message


def _change(message: Any, rng: Random) -> None:
    fields = list(message.DESCRIPTOR.fields)
    field = rng.choice(fields)
    if field.type == field.TYPE_MESSAGE or rng.random() < 0.15:
        message.ClearField(field.name)
        return
    kind = field.cpp_type
    numbers = (0, 1, 2, 7, 11, 2**31 - 1) if kind == field.CPPTYPE_INT32 else (0, 1, -1, 2**62)
    if kind == field.CPPTYPE_STRING:
        text = rng.choice(("", "w", "../x", "é\n", "x" * 500, "ai.onnx.ml", "Loop"))
        value: Any = text.encode() if field.type == field.TYPE_BYTES else text
    elif kind in {field.CPPTYPE_FLOAT, field.CPPTYPE_DOUBLE}:
        value = rng.choice((0.0, -1.0, float("nan"), 3e38))
    elif kind == field.CPPTYPE_ENUM:
        value = rng.choice([each.number for each in field.enum_type.values])
    else:
        value = abs(rng.choice(numbers)) if kind == field.CPPTYPE_UINT64 else rng.choice(numbers)
    if field.is_repeated:
        getattr(message, field.name).append(value)
    else:
        setattr(message, field.name, value)


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
