"""The dialect step: an architecture of any Keras version, spelled as Keras 3 spells it."""

import re
from collections.abc import Mapping
from typing import Any, Final

from keronyx.converter.architecture import ModelConfig
from keronyx.converter.dialect.entry import Entry, entry_of
from keronyx.converter.dialect.keras0 import to_keras1
from keronyx.converter.dialect.keras1 import data_format_of
from keronyx.converter.dialect.layer import Reading
from keronyx.converter.dialect.models import Parser
from keronyx.converter.dialect.replace import Replacing
from keronyx.converter.dialect.stored import stored_in
from keronyx.converter.dialect.version import Version, version_of
from keronyx.converter.dialect.words import Why
from keronyx.converter.errors import (
    FileFormatError,
    Reason,
    Unsupported,
    UnsupportedConfigError,
    UnsupportedLayerError,
)
from keronyx.converter.files.saved import SavedModel

__all__ = ["translate"]

GRAPH: Final = "TensorFlow graph"
OF_GRAPHS: Final = Version((3, 15, 0))
"""The words and meanings that operations of TensorFlow are told in."""

NO_MODEL: Final = Why(Reason.NO_MODEL, "not a Sequential or Functional model")


def translate(
    saved: SavedModel, replace: Mapping[str, str] | None = None
) -> tuple[ModelConfig, Version]:
    """Return the architecture of a saved model in Keras 3's words, and the version it came from.

    ``replace`` says what layers and activations compute whose code is not run, by their names.
    Raises FileFormatError where the file is inconsistent, one error that tells everything in it
    that keronyx does not support, and UsageError for a replacement that is not understood or that
    nothing in the file needs.
    """
    try:
        return _translate(saved, Replacing.of(replace))
    except RecursionError:
        raise FileFormatError("layers nested too deep", hint="the file is damaged") from None


def _translate(saved: SavedModel, replacing: Replacing) -> tuple[ModelConfig, Version]:
    config = saved.config or {}
    if saved.format.startswith("TensorFlow.js"):
        config = _from_javascript(config)
    version = OF_GRAPHS if saved.format == GRAPH else version_of(saved.keras_version, config)
    entry = _model_entry(config, version)
    reading = Reading(
        version, saved.asset, replacing, data_format_of(config), stored_in(saved.weights)
    )
    try:
        model = Parser(reading).model(entry, _build_shape(config))
        reading.finish()
    except (UnsupportedLayerError, UnsupportedConfigError):
        replacing.check_used()
        raise
    replacing.check_used()
    return model, version


def _model_entry(config: dict[str, Any], version: Version) -> Entry:
    """Return the outermost entry, which must be a model."""
    entry = entry_of(to_keras1(config), version, "model")
    if not entry.is_model:
        why = entry.why or NO_MODEL
        told = Unsupported(entry.name, entry.class_name, why.detail, why.reason)
        raise UnsupportedLayerError([told])
    return entry


def _from_javascript(value: Any) -> Any:
    """Respell camelCase keys, and leave out those that TensorFlow.js writes for what is not set."""
    if isinstance(value, list):
        return list(map(_from_javascript, value))
    if not isinstance(value, dict):
        return value
    return {
        _snake_case(key): _from_javascript(item) for key, item in value.items() if item is not None
    }


def _snake_case(key: str) -> str:
    return re.sub(r"(?<=[a-z])[A-Z]", lambda found: f"_{found[0].lower()}", key)


def _build_shape(config: dict[str, Any]) -> Any:
    build = config.get("build_config")
    return build.get("input_shape") if isinstance(build, dict) else None
