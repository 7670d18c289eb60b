"""What a file is, told by its bytes alone; kinds that keronyx knows but does not read say so."""

import re
import stat
from pathlib import Path
from typing import Final

from keronyx.converter.errors import FileFormatError
from keronyx.converter.files.span import Span, path_status

HDF5: Final = b"\x89HDF\r\n\x1a\n"
HEAD: Final = 4096

EXPORT: Final = 'load it with the Keras that wrote it and call model.save("model.keras")'
PICKLE: Final = (
    "keronyx never unpickles; in the Python that can read it: "
    'np.savez("weights.npz", *model.get_weights())'
)
ACCEPTED: Final = (
    "keronyx reads Keras .h5 and .keras files, JSON or YAML with weights, SavedModels, TensorFlow "
    "checkpoints, TensorFlow.js models, .npz and .npy"
)
BARE: Final = (
    "write bare weights with np.savez('weights.npz', W1=kernel, b1=bias, W2=...): kernels are "
    "(inputs, units), biases (units,)"
)
AGAIN: Final = "download the model itself"

READ: Final = (
    (HDF5, "hdf5"),
    (b"PK\x03\x04", "zip"),
    (b"\x93NUMPY", "npy"),
    (b"\x08\x01\x12", "saved model"),
    (b"MATLAB 5.0 MAT-file", "mat"),
)
"""First bytes, and the reader they call for."""

REFUSED: Final = tuple(
    (re.compile(pattern, re.DOTALL), what, hint)
    for pattern, what, hint in (
        (
            rb"version https://git-lfs",
            "a Git LFS pointer, not the file itself",
            "run `git lfs pull`",
        ),
        (rb"\s*(?i:<!doctype|<\?xml|<html|<head|<body|<!--)", "a web page, not a model", AGAIN),
        (rb"\x89PNG\r\n", "a PNG image", AGAIN),
        (rb"\xff\xd8\xff", "a JPEG image", AGAIN),
        (rb"GIF8", "a GIF image", AGAIN),
        (rb"%PDF-", "a PDF document", AGAIN),
        (rb"\x7fELF|MZ", "a program, not a model", AGAIN),
        (rb"\x1f\x8b", "a gzip file", "unpack it with gunzip or tar first"),
        (rb"BZh|\xfd7zXZ|7z\xbc\xaf|Rar!|\x28\xb5\x2f\xfd", "a compressed file", "unpack it first"),
        (rb".{257}ustar", "a tar archive", "unpack it first"),
        (rb"PK\x05\x06", "an empty zip archive", AGAIN),
        (rb".{4}TFL3", "a TensorFlow Lite model", "convert the Keras model it was made from"),
        (
            rb"\n.{1,4}\n.{1,250}?\x12.(Placeholder|Const|VariableV2|VarHandleOp)",
            "a frozen graph of TensorFlow 1",
            EXPORT,
        ),
        (rb"GGUF", "a GGUF file", "keronyx reads Keras files"),
        (
            rb"\x80[\x02-\x05].{0,40}\x8a\nl\xfc\x9cF\xf9",
            "a PyTorch file",
            "keronyx reads Keras files",
        ),
        (rb"\x80[\x02-\x05]", "a Python pickle", PICKLE),
        (rb"\(dp\d|\(lp\d|c\w+\n\w+\n", "a Python pickle", PICKLE),
        (rb".{6}\x00\x00\{\"", "a safetensors file", "keronyx reads Keras files"),
        (
            rb"\x08[\x02-\x20][\x12\x1a\x22\x28\x32\x3a\x42]",
            "an ONNX model already",
            "use `keronyx predict`",
        ),
    )
)
"""First bytes, what they are, and what to do instead."""

ZIPS: Final = tuple(
    (re.compile(pattern), what, hint)
    for pattern, what, hint in (
        (r"(.*/)?data\.pkl", "a PyTorch file", "keronyx reads Keras files"),
        (r".*/config\.json", "a zip of a folder with a config.json in it", "unpack it first"),
        (
            r"(?!(.*/)?model\.weights\.h5).*\.(h5|hdf5|keras)",
            "a zip with a model file in it",
            "unpack it first",
        ),
    )
)
"""Members that tell what a zip is, where it has no config.json of its own."""

FOLDERS: Final = (
    ("saved_model.pb", "saved model", ""),
    ("saved_model.pbtxt", "a TensorFlow SavedModel in text", EXPORT),
    ("assets/saved_model.json", "a TensorFlow SavedModel without its graph", EXPORT),
    ("model.json", "json folder", ""),
    ("*.npy", "npy folder", ""),
    ("checkpoint", "checkpoint", ""),
    ("*.index", "checkpoint", ""),
    ("*.keras", "a folder; the model is the .keras file in it", "name that file"),
    ("*.h5", "a folder; the model is the .h5 file in it", "name that file"),
    ("*.csv", "table folder", ""),
    ("*.txt", "table folder", ""),
)
"""Members that tell what a folder is: a reader, or what to do instead."""

UNPACKED: Final = ("metadata.json", "model.weights.h5", "model.weights.json", "model.weights.npz")
"""What stands beside the config.json of an unpacked ``.keras`` file."""

ZIP_END: Final = 22
"""Bytes from the last record of a zip archive to its end, where it has no comment."""

CHECKPOINT_END: Final = b"\x57\xfb\x80\x8b\x24\x75\x47\xdb"
"""Last bytes of a checkpoint's index."""

NEWEST: Final = b"model_checkpoint_path:"
DATA: Final = re.compile(r"(?P<prefix>.+)\.data-\d{5}-of-\d{5}", re.DOTALL)

YAML: Final = re.compile(
    rb"^(class_name|config|name|layers|backend|keras_version) *:", re.MULTILINE
)
"""A top-level key of every Keras architecture."""


def recognise(path: str) -> str:
    """Return which reader a path calls for, or say what it is and why keronyx does not read it."""
    try:
        status = path_status(path)
    except FileFormatError:
        if Path(f"{path}.index").exists():
            return "checkpoint"
        raise
    return _folder(Path(path)) if stat.S_ISDIR(status.st_mode) else kind_of(Span.of_file(path))


def _folder(path: Path) -> str:
    if _is_unpacked(path):
        return "keras folder"
    for pattern, what, hint in FOLDERS:
        if any(path.glob(pattern)):
            if not hint:
                return what
            raise FileFormatError(what, hint=hint)
    raise FileFormatError("a folder that holds no Keras model", hint=ACCEPTED)


def _is_unpacked(path: Path) -> bool:
    """Tell a ``.keras`` file that was unpacked."""
    return (path / "config.json").exists() and any((path / name).exists() for name in UNPACKED)


def kind_of(span: Span) -> str:
    """Return which reader the bytes of a file call for, or say what they are instead."""
    head = span.head(HEAD)
    if not head:
        raise FileFormatError("an empty file", hint=AGAIN)
    reader = next((reader for magic, reader in READ if head.startswith(magic)), None)
    if reader is not None:
        return _hdf5(span) if reader == "hdf5" else reader
    if _is_checkpoint(span, head):
        return "checkpoint"
    _refuse_others(head)
    return "hdf5" if _has_user_block(span) else _text(head)


def _refuse_others(head: bytes) -> None:
    """Say what a file of other programs is."""
    for pattern, what, hint in REFUSED:
        if pattern.match(head):
            raise FileFormatError(what, hint=hint)


def _is_checkpoint(span: Span, head: bytes) -> bool:
    """Tell a file of a checkpoint: its index, its data beside one, or what tells the newest."""
    end = span.part(span.size - 8, 8).head(8) if span.size >= 8 else b""
    found = DATA.fullmatch(span.path)
    beside = found is not None and Path(f"{found['prefix']}.index").exists()
    return end == CHECKPOINT_END or beside or head.lstrip().startswith(NEWEST)


def _hdf5(span: Span) -> str:
    """Refuse HDF5 with a zip behind it: programs would read two different models."""
    if span.part(max(0, span.size - ZIP_END), min(ZIP_END, span.size)).head(4) == b"PK\5\6":
        raise FileFormatError("an HDF5 file and a zip archive in one", hint=AGAIN)
    return "hdf5"


def _has_user_block(span: Span) -> bool:
    """Look for HDF5 behind a block of the user's own: at 512 bytes, or a power of two above."""
    offset = 512
    while offset < span.size:
        if span.part(offset, min(8, span.size - offset)).head(8) == HDF5:
            return True
        offset *= 2
    return False


def _text(head: bytes) -> str:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in {b"{", b"[", b'"'}:
        return "json"
    if YAML.search(text) and b"\0" not in text:
        return "yaml"
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileFormatError("UTF-16 text", hint="save it as UTF-8")
    what = "not a file that keronyx knows" if _is_binary(text) else "plain text"
    raise FileFormatError(what, hint=ACCEPTED)


def _is_binary(text: bytes) -> bool:
    """Tell bytes that are no UTF-8; the last character may be cut off."""
    return b"\0" in text or b"\xef\xbf\xbd" in text.decode("utf-8", "replace").encode()[:-3]
