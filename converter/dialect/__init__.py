"""The dialect step: an architecture of any Keras version, spelled as Keras 3 spells it."""

import re
from typing import Any

from keronyx.converter.architecture import ModelConfig
from keronyx.converter.dialect.keras0 import to_keras1
from keronyx.converter.dialect.layer import Reading, entry_of
from keronyx.converter.dialect.models import Parser
from keronyx.converter.dialect.version import Version, version_of
from keronyx.converter.errors import FileFormatError, UnsupportedLayerError
from keronyx.converter.files.saved import SavedModel

__all__ = ["translate"]


def translate(saved: SavedModel) -> tuple[ModelConfig, Version]:
    """Return the architecture of a saved model in Keras 3's words, and the version it came from.

    Raises FileFormatError where the file is inconsistent, and one error that tells everything in
    it that keronyx does not support.
    """
    try:
        return _translate(saved)
    except RecursionError:
        raise FileFormatError("layers nested too deep", hint="the file is damaged") from None


def _translate(saved: SavedModel) -> tuple[ModelConfig, Version]:
    config = saved.config or {}
    if saved.format.startswith("TensorFlow.js"):
        config = _from_javascript(config)
    version = version_of(saved.keras_version, config)
    entry = entry_of(to_keras1(config), version, "model")
    if not entry.is_model:
        reason = entry.reason or "not a Sequential or Functional model"
        raise UnsupportedLayerError([(entry.name, entry.class_name, reason)])
    reading = Reading(version, saved.asset)
    model = Parser(reading).model(entry, _build_shape(config))
    reading.finish()
    return model, version


def _from_javascript(value: Any) -> Any:
    """Respell camelCase keys, and leave out those that TensorFlow.js writes for what is not set."""
    if isinstance(value, list):
        return [_from_javascript(item) for item in value]
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
