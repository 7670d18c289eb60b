"""One layer's entry in a file, turned into the class and the config keys of Keras 3."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from keronyx.converter.architecture import LayerConfig, Part
from keronyx.converter.dialect.casts import cast_of
from keronyx.converter.dialect.custom import Custom, find_custom, names_of
from keronyx.converter.dialect.replace import Replacing, Unread, activation_name, with_hint
from keronyx.converter.dialect.respell import (
    RESPELLED,
    hard_slope,
    keras3_class,
    of_version,
    tokens_of,
    trained_with,
)
from keronyx.converter.dialect.tables import (
    ACCEPTED,
    CODE,
    IGNORED,
    IGNORED_BY,
    MODELS,
    RENAMED,
)
from keronyx.converter.dialect.values import DTYPES, function_of, policy_of, unwrap
from keronyx.converter.dialect.version import Version
from keronyx.converter.errors import (
    FileFormatError,
    KeronyxError,
    UnsupportedConfigError,
    UnsupportedLayerError,
    combine,
    shorten,
)
from keronyx.converter.layers.base import LAYERS, DTypePolicy, Layer
from keronyx.converter.layers.fields import holding, typed
from keronyx.converter.layers.functions import Function
from keronyx.converter.layers.preprocessing import Lookup

BUILT_IN = re.compile(
    r"(tensorflow\.|tensorflow\.python\.)?(tf_)?keras(_core)?(\.api)?(\._tf_keras\.keras)?(\.src)?"
    r"(\.(layers|engine|models)(\.\w+)*)?"
)
RAW = "a raw Keras operation"
OPERATIONS = re.compile(r"keras(_core)?\.(src\.)?(ops|operations)(\.\w+)*")

CALIBRATED = {"GPTQConfig", "AWQConfig"}


@dataclass
class Reading:
    """One pass over an architecture: its version, its assets, and everything refused so far."""

    version: Version
    asset: Callable[[str], str | None]
    replacing: Replacing = field(default_factory=Replacing)
    refused: list[KeronyxError] = field(default_factory=list)
    unsupported: list[tuple[str, str, str]] = field(default_factory=list)

    def finish(self) -> None:
        """Raise what was refused, all of it at once."""
        errors = list(self.refused)
        if self.unsupported:
            errors.insert(0, UnsupportedLayerError(self.unsupported))
        if errors:
            raise combine(errors)


@dataclass(frozen=True)
class Entry:
    """A layer as it stands in the file; ``names`` are those that its class may be known by."""

    class_name: str
    name: str
    config: dict[str, Any]
    nodes: Any
    reason: str = ""
    names: tuple[str, ...] = ()

    @property
    def is_model(self) -> bool:
        """Whether the entry is a nested model."""
        return self.class_name in MODELS and not self.reason


def entry_of(raw: Any, version: Version, position: str) -> Entry:
    """Check the shape of a raw entry and tell built-in classes from others.

    Raises FileFormatError where it is no layer entry at all.
    """
    if not isinstance(raw, dict) or not isinstance(raw.get("class_name"), str):
        raise FileFormatError(f"the entry of {position} is not a layer", hint="the file is damaged")
    config = raw.get("config")
    class_name = raw["class_name"]
    if isinstance(config, list) and class_name == "Sequential":
        config = {"layers": config}
    if not isinstance(config, dict):
        raise FileFormatError(f"the entry of {position} has no config", hint="the file is damaged")
    name = raw.get("name", config.get("name"))
    if name is not None and not isinstance(name, str):
        raise FileFormatError(f"the entry of {position} has no proper name")
    return Entry(
        class_name,
        name or position,
        config,
        raw.get("inbound_nodes", []),
        _foreign(raw, config, version),
        names_of(raw),
    )


def _foreign(raw: Mapping[str, Any], config: Mapping[str, Any], version: Version) -> str:
    """Say why an entry is not a layer of Keras itself, or return nothing."""
    module, registered = raw.get("module"), raw.get("registered_name")
    class_name = raw["class_name"]
    if module is not None and OPERATIONS.fullmatch(str(module)):
        return RAW
    if module is not None and not BUILT_IN.fullmatch(str(module)):
        return f"from {shorten(module)}"
    if ">" in class_name or (registered is not None and ">" in str(registered)):
        return "a custom class"
    if registered is not None and registered not in (class_name, *MODELS):
        return "a custom class"
    nodes = not version.before(3) and "inbound_nodes" in raw and module is None
    if nodes and not {"trainable", "dtype", "layers"} & set(config) and class_name not in MODELS:
        return RAW
    return "" if class_name == "Merge" else CODE.get(class_name, "")


def layer_of(
    entry: Entry, reading: Reading, wrap: Callable[[Any, str], Part], where: str = ""
) -> LayerConfig:
    """Translate one entry of the model at ``where``; ``wrap`` translates a layer that it holds.

    Raises UnsupportedLayerError or UnsupportedConfigError.
    """
    unwrapped = {key: unwrap(value) for key, value in entry.config.items()}
    class_name, config = keras3_class(entry.class_name, unwrapped, reading.version)
    kind = LAYERS.get(class_name)
    if kind is None or entry.reason:
        written = entry.reason in ("", RAW) and not reading.version.before(3)
        cast = cast_of(entry.name, entry.class_name, config) if written else None
        if cast is not None:
            return cast
        custom = None if entry.reason in CODE.values() else find_custom(entry.names)
        if custom is not None:
            return _custom(custom, entry, config, reading, wrap)
        reason = entry.reason or CODE.get(class_name, "")
        return _replaced(entry, reading, config, where, reason)
    try:
        return _translate(kind, entry, config, reading, wrap)
    except UnsupportedConfigError as error:
        raise error.at(layer=f"layer '{entry.name}' ({entry.class_name})") from None


def _held(
    kind: type[Layer], entry: Entry, wrap: Callable[[Any, str], Part]
) -> dict[str, Part | tuple[Part, ...]]:
    """Translate the layers that an entry holds."""
    found: dict[str, Part | tuple[Part, ...]] = {}
    for key in holding(kind):
        value, place = entry.config.get(key), f"{entry.name}/{key}"
        if isinstance(value, list):
            found[key] = tuple(wrap(each, f"{place}/{index}") for index, each in enumerate(value))
        elif value is not None:
            found[key] = wrap(value, place)
    return found


def _custom(
    custom: Custom,
    entry: Entry,
    config: dict[str, Any],
    reading: Reading,
    wrap: Callable[[Any, str], Part],
) -> LayerConfig:
    """Read a layer of a user's own, whose fields are its config keys."""
    kind = custom.kind
    try:
        policy = policy_of(config.get("dtype"))
        custom.check_keys(config)
        known = {key: config[key] for key in kind.config_keys() if key in config}
        if "activation" in known:
            known["activation"] = _function(known["activation"], policy, reading)
        fields = typed(kind, known | _held(kind, entry, wrap)) | {"quantization": None}
    except UnsupportedConfigError as error:
        raise error.at(layer=f"layer '{entry.name}' ({entry.class_name})") from None
    return LayerConfig(
        kind=kind,
        name=entry.name,
        config=fields,
        dtype=policy,
        trainable=config.get("trainable", True) is not False,
        group=entry.class_name.rpartition(">")[2],
        shared_id=entry.config.get("shared_object_id"),
    )


def _replaced(
    entry: Entry, reading: Reading, config: dict[str, Any], where: str, reason: str
) -> LayerConfig:
    """Return what a user says that a layer computes, or raise UnsupportedLayerError."""
    unread = Unread(
        path=f"{where}/{entry.name}" if where else entry.name,
        name=entry.name,
        class_name=entry.class_name,
        config=config,
        nodes=entry.nodes,
        is_class=not reason or reason == "a custom class" or reason.startswith("from "),
    )
    policy = policy_of(config.get("dtype"))
    found = unread.replaced(reading.replacing, policy, hard_slope(reading.version))
    if found is None:
        raise UnsupportedLayerError([(entry.name, entry.class_name, reason)])
    return found


def _function(value: Any, policy: DTypePolicy, reading: Reading) -> Function:
    """Read an activation, or return what a user says that it computes."""
    try:
        return function_of(value, reading.version)
    except UnsupportedConfigError as error:
        found = reading.replacing.activation(value, policy, hard_slope(reading.version))
        if found is None:
            raise with_hint(error, activation_name(value)) from None
        return found


def _translate(
    kind: type[Layer],
    entry: Entry,
    config: dict[str, Any],
    reading: Reading,
    wrap: Callable[[Any, str], Part],
) -> LayerConfig:
    renamed = _rename(kind, config)
    policy, renamed = _policy(kind, config, renamed)
    for key in set(renamed) & set(RESPELLED.get(kind.__name__, {})):
        renamed[key] = RESPELLED[kind.__name__][key](renamed[key])
    renamed |= of_version(kind, reading.version)
    if "activation" in kind.config_keys():
        renamed["activation"] = _function(renamed.get("activation"), policy, reading)
    renamed |= _held(kind, entry, wrap)
    if issubclass(kind, Lookup):
        told = renamed.get("vocabulary") or []
        renamed["vocabulary"] = tokens_of(kind, renamed, told)
        if told and not renamed["vocabulary"]:
            what = "a vocabulary of no tokens but special ones"
            raise UnsupportedConfigError(what, hint="adapt it, and save the model again")
    _check_keys(kind, renamed)
    known = {key: renamed[key] for key in kind.config_keys() if key in renamed}
    return LayerConfig(
        kind=kind,
        name=entry.name,
        config=typed(kind, known) | {"quantization": policy.quantization},
        dtype=policy,
        trainable=config.get("trainable", True) is not False,
        group=entry.class_name,
        unused=trained_with(kind, config),
        shared_id=entry.config.get("shared_object_id"),
        asset="vocabulary.txt" if issubclass(kind, Lookup) and not config.get("vocabulary") else "",
        vocabulary_size=config.get("vocabulary_size"),
    )


def _rename(kind: type[Layer], config: Mapping[str, Any]) -> dict[str, Any]:
    table = RENAMED.get(kind.__name__, {})
    both = sorted(key for key, new in table.items() if key in config and new in config)
    if both:
        raise UnsupportedConfigError(f"{both[0]} and {table[both[0]]} together")
    return {table.get(key, key): value for key, value in config.items()}


def _policy(
    kind: type[Layer], config: Mapping[str, Any], renamed: dict[str, Any]
) -> tuple[DTypePolicy, dict[str, Any]]:
    """Read the dtype policy, and the quantization config that goes with it."""
    if kind.is_input:
        name = config.get("dtype") or config.get("input_dtype") or "float32"
        if not isinstance(name, str):
            name = policy_of(name).compute
        if name not in DTYPES:
            raise UnsupportedConfigError(f"dtype={shorten(repr(name))}")
        return DTypePolicy(name, name), renamed
    policy = policy_of(config.get("dtype"))
    stated = "quantization_config" in renamed
    details = renamed.pop("quantization_config", None)
    if policy.quantization is None:
        # Keras leaves these two at layers that it passed over.
        passed_over = isinstance(details, dict) and details.get("class_name") in CALIBRATED
        if details is not None and not passed_over:
            raise UnsupportedConfigError("quantization_config without a quantized dtype policy")
        return policy, renamed
    if kind.__name__ != "Dense":
        raise UnsupportedConfigError(f"quantization {policy.quantization!r} of {kind.__name__}")
    inner = details.get("config", details) if isinstance(details, dict) else None
    weights_only = isinstance(inner, dict) and inner.get("activation_quantizer") is None
    whole = policy.quantization in {"int8", "int4"}
    return policy, renamed | {
        "quantize_inputs": whole and not weights_only,
        # Keras 3.12 packs pairs of inputs; versions that write this key, pairs of units.
        "packed_axis": -1 if stated else 0,
    }


def _check_keys(kind: type[Layer], config: Mapping[str, Any]) -> None:
    ignored = IGNORED_BY.get(kind.__name__, {})
    fields = kind.config_keys()
    unknown = []
    for key, value in config.items():
        if key in fields or key in IGNORED or key in ignored:
            continue
        if key not in ACCEPTED:
            unknown.append(key)
        elif value not in ACCEPTED[key]:
            raise UnsupportedConfigError(f"{key}={shorten(repr(value))}")
    if unknown:
        listed = ", ".join(repr(shorten(key)) for key in sorted(unknown))
        word = "key" if len(unknown) == 1 else "keys"
        raise UnsupportedConfigError(
            f"unknown {word} {listed}", hint="keronyx converts only what it understands"
        )
