"""Whose name and whose place an output may take: only those of its own kind, told by its bytes."""

import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from keronyx.converter.errors import UsageError, os_reason

SUFFIXES: Final = {
    "a Keras model": "h5 hdf5 hdf he5 keras",
    "a Keras architecture": "json yaml yml",
    "arrays": "npz npy mat parquet feather arrow",
    "a table": "csv tsv xls xlsx",
    "a TensorFlow model": "pb pbtxt tflite lite ckpt index meta tfrecord",
    "a PyTorch model": "pt pth ptl pt2 torchscript safetensors gguf ggml",
    "pickled objects": "pkl pickle joblib dill",
    "a Core ML model": "mlmodel mlpackage mlmodelc",
    "another runtime's model": "ort engine trt plan xml mnn ncnn param params pdmodel pdiparams "
    "caffemodel prototxt rknn om mar dlc",
    "an ONNX model": "onnx",
    "an ONNX model's weights": "data",
    "source code": "c h cc cpp cxx hpp cs js mjs ts py ipynb java rs go",
    "an archive": "zip tar gz tgz bz2 xz zst 7z rar",
    "a text": "txt md rst toml ini cfg html pdf",
    "an image": "png jpg jpeg gif bmp webp svg",
}
"""Suffixes, by what is called so."""

KINDS: Final = {suffix: what for what, names in SUFFIXES.items() for suffix in names.split()}

HEAD: Final = 4096

FORCE: Final = "or say --force"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What is written: ``what`` it is, which ``suffixes`` are its own, and how a file is told.

    ``is_one`` is given an open file that is not empty.
    """

    what: str
    suffixes: tuple[str, ...]
    is_one: Callable[[IO[bytes]], bool]


def refuse_other(target: str | os.PathLike[str], kind: Kind, *, force: bool = False) -> None:
    """Refuse a name that says another kind of file, and a file of another kind that stands there.

    An empty file may be replaced. Of a symbolic link, the file that it leads to counts. Raises
    UsageError; never with ``force``.
    """
    if force:
        return
    refuse_name(target, kind)
    refuse_place(target, kind)


def refuse_name(target: str | os.PathLike[str], kind: Kind) -> None:
    """Refuse a name whose suffix says another kind of file."""
    path = Path(target)
    suffix = path.suffix.lower().removeprefix(".")
    if suffix in kind.suffixes or suffix not in KINDS:
        return
    other = path.with_suffix(f".{kind.suffixes[0]}").name
    raise UsageError(
        f"{kind.what} under the name of {KINDS[suffix]}",
        hint=f"choose {other}, {FORCE}",
        path=os.fspath(target),
    )


def refuse_place(target: str | os.PathLike[str], kind: Kind, *, force: bool = False) -> None:
    """Refuse to replace a file of another kind; what is no regular file is refused elsewhere.

    Of two that write at once, the later one's files stay, whether or not it may still open what
    the earlier one has put there.
    """
    if force:
        return
    try:
        replaceable = _is_replaceable(target, kind)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return
    except OSError as error:
        if _is_newer_than_confinement(target, error):
            return
        raise _there(target, f"cannot be looked into: {os_reason(error)}") from error
    if not replaceable:
        raise _there(target, f"is not {kind.what}")


def _there(target: str | os.PathLike[str], what: str) -> UsageError:
    """Make the error for a file that would be replaced."""
    return UsageError(
        f"is there already, and {what}",
        hint=f"choose another name, {FORCE}",
        path=os.fspath(target),
    )


def _is_replaceable(target: str | os.PathLike[str], kind: Kind) -> bool:
    """Tell a file of the kind, an empty one, and what is no regular file."""
    status = os.stat(target)  # noqa: PTH116 - of a path as it was given
    if not stat.S_ISREG(status.st_mode) or not status.st_size:
        return True
    with open(target, "rb") as file:  # noqa: PTH123
        return kind.is_one(file)


def _is_newer_than_confinement(target: str | os.PathLike[str], error: OSError) -> bool:
    """Tell whether a file came after this process had been kept to the files that stood then.

    Landlock keeps it from opening the file, and leaves ``access`` to the file's own permissions.
    """
    return isinstance(error, PermissionError) and os.access(target, os.R_OK)


def refuse_same(target: str | os.PathLike[str], *read: str | os.PathLike[str] | None) -> None:
    """Refuse to replace a file that is read for it, whatever is forced."""
    for other in read:
        if other is not None and _is_same(target, other):
            what = "the model it is made from" if other is read[0] else "what it is made from"
            raise UsageError(
                f"would replace {what}", hint="choose another name", path=os.fspath(target)
            )


def _is_same(target: str | os.PathLike[str], other: str | os.PathLike[str]) -> bool:
    try:
        return os.path.samefile(target, other)  # noqa: PTH121
    except (OSError, ValueError):  # one of them is not there
        return False


def starts_with(*marks: bytes) -> Callable[[IO[bytes]], bool]:
    """Return a test for a file's first bytes."""
    return lambda file: file.read(HEAD).startswith(marks)


def mentions(mark: bytes) -> Callable[[IO[bytes]], bool]:
    """Return a test for bytes near a file's beginning."""
    return lambda file: mark in file.read(HEAD)


def matches(pattern: bytes) -> Callable[[IO[bytes]], bool]:
    """Return a test for what a file begins with."""
    compiled = re.compile(pattern, re.DOTALL)
    return lambda file: compiled.match(file.read(HEAD)) is not None


def is_text(file: IO[bytes]) -> bool:
    """Tell whether a file begins as lines of a table do: UTF-8, no markup, no control characters.

    What was cut off in the middle of a character does not count.
    """
    head = file.read(HEAD)
    text = head.decode("utf-8", "replace")[: -4 if len(head) == HEAD else None]
    return "�" not in text and not re.search(r"[\0-\x08\x0e-\x1f]|\A\s*[{\[<]", text)
