"""Text files: an architecture in JSON or YAML, an index of shards, a TensorFlow.js model."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from keronyx.converter.errors import FileFormatError
from keronyx.converter.files.hashing import fingerprint
from keronyx.converter.files.markup import decoded, parse_json
from keronyx.converter.files.members import Folder
from keronyx.converter.files.saved import SavedModel, said_text
from keronyx.converter.files.span import Span
from keronyx.converter.files.tfjs import read_tfjs

KERAS_0: Final = ("Sequential", "Graph")
"""Keras 0.3 called the model's class its name."""

WRITE: Final = "write it with model.to_json()"


def read_json(path: str) -> SavedModel:
    """Read what a JSON file is: an architecture, or the index of files beside it."""
    value = parse_json(decoded(Span.of_file(path).read(), "the file"), "the file")
    if not isinstance(value, dict) or not _is_object_of_keras(value):
        from keronyx.converter.files.kept import saved_from_json  # noqa: PLC0415

        return saved_from_json(value, path)
    folder = Folder(str(Path(path).parent), [path])
    if "modelTopology" in value or "weightsManifest" in value:
        saved = read_tfjs(folder, value)
    elif "weight_map" in value:
        from keronyx.converter.files.shards import read_shards  # noqa: PLC0415 - needs h5py

        weights = read_shards(folder, Path(path).name)
        saved = SavedModel(path=path, format="sharded weights", config=None, weights=weights)
    else:
        saved = _architecture(path, "JSON architecture", value)
    return replace(saved, path=path, sha256=fingerprint(set(folder.used)))


def _is_object_of_keras(value: dict[str, Any]) -> bool:
    """Tell an object that is no list of weights by name."""
    known = {"modelTopology", "weightsManifest", "weight_map", "class_name", "config"}
    return not known.isdisjoint(value) or value.get("name") in KERAS_0


def read_yaml(path: str) -> SavedModel:
    """Read an architecture in YAML."""
    from keronyx.converter.files.yaml_text import parse_yaml  # noqa: PLC0415 - needs PyYAML

    text = decoded(Span.of_file(path).read(), "the file")
    return _architecture(path, "YAML architecture", parse_yaml(text, "the file"))


def _architecture(path: str, form: str, config: dict[str, Any]) -> SavedModel:
    if "class_name" not in config and config.get("name") not in KERAS_0:
        raise FileFormatError("not a Keras architecture: it has no 'class_name'", hint=WRITE)
    return SavedModel(
        path=path,
        format=form,
        config=config,
        weights=None,
        keras_version=said_text(config, "keras_version"),
        backend=said_text(config, "backend"),
    )
