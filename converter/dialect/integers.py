"""What becomes of whole numbers in layers of images, by the version and by the dtype policy."""

from typing import Any

from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import Config
from keronyx.converter.errors import UnsupportedConfigError, shorten
from keronyx.converter.layers.base import FLOATS, Layer


def integers_of(version: Version) -> str | None:
    """Tell what whole numbers become of which something between them is made."""
    if version.before(3):
        return "floats"
    if not version.stated:
        return None
    return "cut" if version.before(3, 6) else "rounded"


def floating(_kind: type[Layer], config: Config) -> Config:
    """Refuse a dtype policy of whole numbers, to which Keras then cuts every number."""
    name = _name_of(config.get("dtype"))
    if isinstance(name, str) and name not in FLOATS and not name.startswith("mixed_"):
        raise UnsupportedConfigError(f"dtype={shorten(repr(name))}", hint="use one of floats")
    return config


def interpolating(kind: type[Layer], config: Config) -> Config:
    """Have one spelling of an interpolation, which Keras takes in any case."""
    name = config.get("interpolation")
    lower = {"interpolation": name.lower()} if isinstance(name, str) else {}
    return floating(kind, config | lower)


def _name_of(policy: Any) -> Any:
    if isinstance(policy, dict):
        inner = policy.get("config")
        return inner.get("name") if isinstance(inner, dict) else None
    return policy
