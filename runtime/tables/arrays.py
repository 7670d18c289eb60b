"""Arrays in NumPy's own files: .npy holds one, .npz one for each name."""

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from keronyx.converter.errors import FileFormatError, UsageError, shorten, unreadable
from keronyx.converter.overwriting import HEAD
from keronyx.converter.several import only
from keronyx.converter.tensors import Array
from keronyx.runtime.columns import Asked


def read_arrays(path: str | os.PathLike[str]) -> dict[str, Array]:
    """Read every array of an .npz file; pickled objects are refused."""
    found = _load(Path(path))
    if not isinstance(found, dict):
        raise FileFormatError("a single array, expected an .npz file", path=os.fspath(path))
    return found


def _load(path: Path) -> Array | dict[str, Array]:
    try:
        with path.open("rb") as file:
            found = np.load(file, allow_pickle=False)
            if isinstance(found, np.ndarray):
                return found
            return only(found, found.files)
    except OSError as error:
        raise unreadable(error, path) from error
    # np.load raises whatever zipfile, zlib, struct and its header's parser raise.
    except Exception as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> FileFormatError:
    if "pickle" in str(error):
        hint = "save numbers or strings, not Python objects: array.astype('float32')"
        return FileFormatError(
            "not an array of numbers or strings", hint=hint, path=os.fspath(path)
        )
    return FileFormatError(f"damaged: {shorten(error)}", path=os.fspath(path))


def read_npy(path: Path, _asked: Asked) -> Any:
    """Return the array of a file, or what else it holds."""
    found = _load(path)
    return next(iter(found.values())) if isinstance(found, dict) and len(found) == 1 else found


def read_npz(path: Path, asked: Asked) -> Any:
    """Return arrays by name; the only one is the only input's, whatever its name."""
    found = _load(path)
    if isinstance(found, dict) and len(found) == len(asked.specs) == 1:
        return next(iter(found.values()))
    return found


def is_npz(file: IO[bytes]) -> bool:
    """Tell by its first member's name whether a zip archive is one of NumPy's."""
    head = file.read(HEAD)
    name = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    return head.startswith(b"PK\x03\x04") and name.endswith(b".npy")


def write_npy(file: IO[bytes], outputs: Mapping[str, Array]) -> None:
    """Write the only output."""
    if len(outputs) > 1:
        raise UsageError(f"{len(outputs)} outputs, .npy holds one", hint="use .npz")
    np.save(file, _plain(next(iter(outputs.values()))), allow_pickle=False)


def write_npz(file: IO[bytes], outputs: Mapping[str, Array]) -> None:
    """Write all outputs by name."""
    # Not np.savez, whose keywords some outputs are named like ("file").
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in outputs.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, _plain(array), allow_pickle=False)


def _plain(array: Array) -> Array:
    """Return strings as an array of fixed width, which needs no pickle."""
    return array.astype(str) if array.dtype == object else array
