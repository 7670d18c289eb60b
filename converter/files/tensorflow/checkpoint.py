"""Checkpoints of TensorFlow: weights alone, by the objects that hold them or by their names."""

import re
from pathlib import Path
from typing import Final

from keronyx.converter.errors import FileFormatError
from keronyx.converter.files.saved import SavedModel
from keronyx.converter.files.tensorflow.bundle import Bundle
from keronyx.converter.files.tensorflow.objects import weights_of
from keronyx.converter.files.tensorflow.sources import Sources, of_folder
from keronyx.converter.several import called

NEWEST: Final = "checkpoint"
"""The file that tells which of several checkpoints is the newest."""

FORM: Final = "TensorFlow checkpoint"
AGAIN: Final = "restore it with tf.compat.v1.train.Saver, and save it again"
TOLD: Final = re.compile(r'^\s*model_checkpoint_path:\s*"((?:[^"\\]|\\.)*)"\s*$', re.MULTILINE)
FILES: Final = re.compile(r"(?P<prefix>.+)\.(index|data-\d{5}-of-\d{5})", re.DOTALL)


def read_checkpoint(path: str) -> SavedModel:
    """Read the checkpoint that a path means: its prefix, a file of it, or the folder that it is in.

    Raises FileFormatError where it is damaged, or where it cannot be told which one is meant.
    """
    folder, prefix = _place(Path(path))
    sources = of_folder(str(folder))
    if f"{prefix}.index" not in sources and prefix in sources:
        raise FileFormatError("a checkpoint of TensorFlow 0's format (V1)", hint=AGAIN)
    bundle = Bundle.of(sources, prefix)
    weights = weights_of(bundle)
    bundle.verify()
    return SavedModel(path=path, format=FORM, config=None, weights=weights, sha256=sources.sha256())


def _place(path: Path) -> tuple[Path, str]:
    """Return the folder of a checkpoint, and what the names of its files begin with."""
    if path.is_dir():
        return path, _in_folder(of_folder(str(path)))
    if path.name == NEWEST:
        return path.parent, _in_folder(of_folder(str(path.parent)))
    found = FILES.fullmatch(path.name)
    return path.parent, found["prefix"] if found and path.exists() else path.name


def _in_folder(sources: Sources) -> str:
    """Return the newest checkpoint of a folder, or the only one."""
    if NEWEST in sources:
        told = TOLD.search(sources.members.text(NEWEST))
        if told is None:
            raise FileFormatError(f"'{NEWEST}' names no checkpoint")
        return re.split(r"[/\\]", told[1])[-1]
    names = sorted(called(Path(sources.path).glob("*.index")))
    if len(names) != 1:
        raise FileFormatError(
            f"a folder of {len(names)} checkpoints", hint="name one, without '.index'"
        )
    return names[0].removesuffix(".index")
