"""All targets by name.

The libraries that they need are imported here, so that the process of a single sample need not.
"""

from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from typing import Final

from fuzz import models, others, texts
from fuzz.target import Target

for library in ("h5py", "onnx", "onnx.reference", "onnxruntime", "yaml"):
    with suppress(ImportError):
        import_module(library)

TARGETS: Final[Mapping[str, Target]] = {
    target.name: target for target in (*texts.TARGETS, *models.TARGETS, *others.TARGETS)
}
