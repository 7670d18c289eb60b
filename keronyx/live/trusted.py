"""Load a file with the installed Keras, which can run the code in it; only for users who say so."""

import importlib
import importlib.util
import inspect
import os
import warnings
from typing import Any, Final

from keronyx.converter.errors import FileFormatError, UsageError, shorten
from keronyx.converter.files import read_architecture
from keronyx.live.package import Package, first_line

INSTALL: Final = 'pip install "keronyx[keras]"'


def load_trusted(path: str | os.PathLike[str]) -> Any:
    """Return the live model of a file, loaded without Keras's safe mode: its Lambdas are code.

    Files of Keras 2 are loaded with tf_keras where that is installed.

    Raises:
        UsageError: no Keras is installed, or it finds no backend.
        FileFormatError: it is no model file, or Keras cannot load it.
    """
    version = read_architecture(path).keras_version or ""
    package = _package(old=version.startswith("2"))
    load = package.keras.models.load_model
    unsafe = {"safe_mode": False} if "safe_mode" in inspect.signature(load).parameters else {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return load(os.fspath(path), compile=False, **unsafe)
    # The file's own code runs here.
    except Exception as error:
        what = f"{package.title} cannot load it: {shorten(first_line(error), 160)}"
        raise FileFormatError(what, path=os.fspath(path)) from error


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
