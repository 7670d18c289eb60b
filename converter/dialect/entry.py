"""One layer's entry as it stands in a file, and whether its class is one of Keras's."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from keronyx.converter.dialect.custom import names_of
from keronyx.converter.dialect.nested import under
from keronyx.converter.dialect.tables import (
    MODELS,
    MODULES,
    REWRITTEN,
    UNREADABLE,
    operations_unreadable,
)
from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import Why
from keronyx.converter.errors import FileFormatError, Reason, shorten

BUILT_IN = re.compile(
    r"(tensorflow\.|tensorflow\.python\.)?(tf_)?keras(_core)?(\.api)?(\._tf_keras\.keras)?(\.src)?"
    r"(\.(layers|engine|models|applications)(\.\w+)*)?"
)
RAW: Final = Why(Reason.OPERATION, "a raw Keras operation")
CUSTOM: Final = Why(Reason.CUSTOM, "a custom class")
OPERATIONS = re.compile(r"keras(_core)?\.(src\.)?(ops|operations|activations)(\.\w+)*")


@dataclass(frozen=True)
class Entry:
    """A layer as it stands in the file; ``names`` are those that its class may be known by.

    ``why`` says why it is none of Keras's own that can be read.
    """

    class_name: str
    name: str
    config: dict[str, Any]
    nodes: Any
    why: Why | None = None
    names: tuple[str, ...] = ()

    @property
    def is_model(self) -> bool:
        """Whether the entry is a nested model."""
        return self.class_name in MODELS and self.why is None


def entry_of(raw: Any, version: Version, position: str) -> Entry:
    """Check the shape of a raw entry and tell built-in classes from others.

    Raises FileFormatError where it is no layer entry at all.
    """
    if not isinstance(under(raw, "class_name"), str):
        raise FileFormatError(f"the entry of {position} is not a layer", hint="the file is damaged")
    config = _config(raw, position)
    name = raw.get("name", config.get("name"))
    if name is not None and not isinstance(name, str):
        raise FileFormatError(f"the entry of {position} has no proper name")
    return Entry(
        raw["class_name"],
        name or position,
        config,
        raw.get("inbound_nodes", []),
        _foreign(raw, config, version),
        names_of(raw),
    )


def _config(raw: Mapping[str, Any], position: str) -> dict[str, Any]:
    config = raw.get("config")
    if isinstance(config, list) and raw["class_name"] == "Sequential":
        return {"layers": config}
    if not isinstance(config, dict):
        raise FileFormatError(f"the entry of {position} has no config", hint="the file is damaged")
    return config


def _foreign(raw: Mapping[str, Any], config: Mapping[str, Any], version: Version) -> Why | None:
    """Say why an entry is not a layer of Keras itself, or return nothing."""
    module, class_name = raw.get("module"), raw["class_name"]
    why = None if module is None else _elsewhere(str(module), class_name)
    if why is not None:
        return why
    if _is_custom(raw):
        return CUSTOM
    if module is None and _is_operation(raw, config, version):
        return RAW
    return None if class_name in REWRITTEN else UNREADABLE.get(class_name)


def _is_custom(raw: Mapping[str, Any]) -> bool:
    """Tell a class that is in another module than Keras's of its name, or registered."""
    class_name = raw["class_name"]
    in_place = str(raw.get("module")).endswith(MODULES.get(class_name, ""))
    return not in_place or _is_registered(class_name, raw.get("registered_name"))


def _elsewhere(module: str, class_name: str) -> Why | None:
    """Say what a class is of a module that has no layers of Keras."""
    if OPERATIONS.fullmatch(module):
        return operations_unreadable().get(class_name, RAW)
    return None if BUILT_IN.fullmatch(module) else Why(Reason.CUSTOM, f"from {shorten(module)}")


def _is_registered(class_name: str, registered: Any) -> bool:
    """Tell whether a class has a name that a user gave it."""
    if ">" in class_name:
        return True
    return registered is not None and (
        ">" in str(registered) or registered not in (class_name, *MODELS)
    )


def _is_operation(raw: Mapping[str, Any], config: Mapping[str, Any], version: Version) -> bool:
    """Tell whether an entry of a Keras 3 graph lacks what every layer writes."""
    nodes = not version.before(3) and "inbound_nodes" in raw
    written = {"trainable", "dtype", "layers"} & set(config)
    return nodes and not written and raw["class_name"] not in MODELS
