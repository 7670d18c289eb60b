"""Load a file with the installed Keras, which can run the code in it; only for users who say so."""

import importlib
import importlib.util
import inspect
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any, Final

from keronyx.converter.errors import FileFormatError, UsageError, shorten
from keronyx.converter.files import read_architecture
from keronyx.live.package import Package, first_line

INSTALL: Final = "pip install keras tensorflow-cpu tf2onnx"

CLASSES: Final = "--import MODULE imports the module first that defines your classes"
BEHIND: Final = "Exception encountered: "
"""Stands before what went wrong first, behind what came of it."""
QUOTED: Final = "Full object config:"


def load_trusted(path: str | os.PathLike[str], modules: Sequence[str] = ()) -> Any:
    """Return the live model of a file, loaded without Keras's safe mode: its Lambdas are code.

    Files of Keras 2 are loaded with tf_keras where that is installed. ``modules`` are imported
    first; the layers, models and functions in them are known by their names.

    Raises:
        UsageError: no Keras is installed, or it finds no backend, or a module cannot be imported.
        FileFormatError: it is no model file, or Keras cannot load it.
    """
    version = read_architecture(path).keras_version or ""
    package = _package(old=version.startswith("2"))
    load = package.keras.models.load_model
    known = _objects(modules)
    unsafe = {"safe_mode": False} if "safe_mode" in inspect.signature(load).parameters else {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return load(os.fspath(path), custom_objects=known, compile=False, **unsafe)
    # The file's own code runs here.
    except Exception as error:
        what = f"{package.title} cannot load it: {complaint(error)}"
        hint = "" if modules else CLASSES
        raise FileFormatError(what, hint=hint, path=os.fspath(path)) from error


def complaint(error: Exception) -> str:
    """Return what Keras complains of in the end, without the config that it quotes."""
    said = str(error).rpartition(BEHIND)[2].partition(QUOTED)[0]
    return shorten(" ".join(said.split()).rstrip(".") or type(error).__name__, 400)


def _objects(modules: Sequence[str]) -> dict[str, Any]:
    """Import modules of the user's, from where he stands too, and return what they define."""
    found: dict[str, Any] = {}
    before = sys.path[:]
    sys.path.insert(0, os.getcwd())  # noqa: PTH109 - as python -m does
    try:
        for name in modules:
            module = _imported(name)
            found |= {key: each for key, each in vars(module).items() if callable(each)}
    finally:
        sys.path[:] = before
    return found


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    # The user's own code runs here.
    except Exception as error:
        what = f"module {shorten(repr(name))} cannot be imported: {complaint(error)}"
        raise UsageError(what) from error


def _package(*, old: bool) -> Package:
    """Import the Keras that suits a file."""
    names = ("tf_keras", "keras") if old else ("keras", "tf_keras")
    name = next(filter(importlib.util.find_spec, names), None)
    if name is None:
        raise UsageError("Keras is not installed", hint=INSTALL)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # what TensorFlow tells of its processor
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Package(importlib.import_module(name))
    except ImportError as error:
        raise UsageError(
            f"Keras cannot be imported: {shorten(first_line(error), 120)}", hint=INSTALL
        ) from error
