"""Recognise an ONNX model by the fields it is made of, and the file of its weights by its name.

Fields: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

import mmap
import os
import sys
from functools import partial
from pathlib import Path
from typing import IO, Final

from keronyx.converter.overwriting import Kind
from keronyx.converter.wire import varint

VARINT: Final = 0
LENGTH: Final = 2

FIELDS: Final = {
    1: VARINT,  # ir_version
    2: LENGTH,  # producer_name
    3: LENGTH,  # producer_version
    4: LENGTH,  # domain
    5: VARINT,  # model_version
    6: LENGTH,  # doc_string
    7: LENGTH,  # graph
    8: LENGTH,  # opset_import
    14: LENGTH,  # metadata_props
    20: LENGTH,  # training_info
    25: LENGTH,  # functions
    26: LENGTH,  # configuration
}
"""Fields of a ModelProto, and how each is written."""

NEEDED: Final = {1, 7}
MOST: Final = 100_000


def is_model(file: IO[bytes]) -> bool:
    """Tell whether an open file is a ModelProto to its end; only the heads of its fields are read.

    It has a graph, every field is one of ONNX's, and the last one ends with the file.
    """
    end = os.fstat(file.fileno()).st_size
    seen = set()
    for _ in range(MOST):
        if file.tell() >= end:
            break
        field, kind = divmod(_varint(file), 8)
        if FIELDS.get(field) != kind:
            return False
        seen.add(field)
        _pass_over(file, kind, end)
    return seen >= NEEDED and file.tell() == end


def _pass_over(file: IO[bytes], kind: int, end: int) -> None:
    """Go behind what a field holds: a number, or so many bytes, which may leave the file."""
    value = _varint(file)
    if kind == LENGTH:
        file.seek(min(value, end + 1), os.SEEK_CUR)


def _varint(file: IO[bytes]) -> int:
    """Read a number, seven bits a byte, the lowest first; one too large for anything is none."""
    value = 0
    for shift in range(0, 70, 7):
        byte = file.read(1)
        value |= (byte[0] & 127 if byte else 0) << shift
        if byte and byte[0] < 128:
            return value
    return sys.maxsize


ONNX: Final = Kind(what="an ONNX model", suffixes=("onnx",), is_one=is_model)


def weights_of(path: Path, data: Path) -> Kind:
    """Return the kind that ``data`` is of where the model at ``path`` has its weights there."""
    return Kind(
        what=f"the weights of an ONNX model '{path.name}'",
        suffixes=("data",),
        is_one=partial(_is_named, path, data.name),
    )


def _is_named(path: Path, name: str, _data: IO[bytes]) -> bool:
    """Tell whether a model says that it has weights in a file of this name beside it."""
    spelled = name.encode("utf-8", "surrogateescape")
    entry = b"location\x12" + varint(len(spelled)) + spelled
    try:
        with path.open("rb") as file:
            if not is_model(file):
                return False
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
                return view.find(entry) >= 0
    except (OSError, ValueError):
        return False
