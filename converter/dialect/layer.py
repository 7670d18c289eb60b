"""One layer's entry in a file, turned into the class and the config keys of Keras 3."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from keronyx.converter.architecture import LayerConfig, Part
from keronyx.converter.dialect.custom import Custom, find_custom
from keronyx.converter.dialect.entry import Entry
from keronyx.converter.dialect.keras1 import in_space
from keronyx.converter.dialect.raw import named, raw_operation
from keronyx.converter.dialect.replace import LAMBDA, Replacing, Unread, activation_name, with_hint
from keronyx.converter.dialect.stored import Stored, stored_in
from keronyx.converter.dialect.tables import (
    ACCEPTED,
    IGNORED,
    IGNORED_BY,
    RENAMED,
    UNREADABLE,
    kept_apart,
    keras3_class,
    layer_class,
    of_version,
    respelled,
    settled,
    trained_with,
)
from keronyx.converter.dialect.tables.expressed import sense_of
from keronyx.converter.dialect.tensorflow import function_named
from keronyx.converter.dialect.values import DTYPES, function_of, policy_of, unwrap
from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import Why
from keronyx.converter.errors import (
    KeronyxError,
    Reason,
    Unsupported,
    UnsupportedConfigError,
    UnsupportedLayerError,
    combine,
    shorten,
)
from keronyx.converter.layers.base import DTypePolicy, Layer
from keronyx.converter.layers.fields import holding, typed
from keronyx.converter.layers.functions import Function
from keronyx.converter.several import lacking, mapped, without

UNKNOWN: Final = Why(Reason.UNKNOWN)
MAY_BE_CAST: Final = frozenset({Reason.UNKNOWN, Reason.OPERATION})
NEVER_CUSTOM: Final = frozenset({Reason.CODE, Reason.NOT_IN_ONNX})
"""What an entry may be by the reason for which it is no layer of Keras's that can be read."""

CALIBRATED = {"GPTQConfig", "AWQConfig"}
DETAILS: Final = "quantization_config"


@dataclass
class Reading:
    """One pass over an architecture: its version, its assets, and everything refused so far."""

    version: Version
    asset: Callable[[str], str | None]
    replacing: Replacing = field(default_factory=Replacing)
    data_format: str | None = None
    stored: Stored = field(default=stored_in(None))
    refused: list[KeronyxError] = field(default_factory=list)
    unsupported: list[Unsupported] = field(default_factory=list)

    def finish(self) -> None:
        """Raise what was refused, all of it at once."""
        errors = list(self.refused)
        if self.unsupported:
            errors.insert(0, UnsupportedLayerError(self.unsupported))
        if errors:
            raise combine(errors)


def layer_of(
    entry: Entry, reading: Reading, wrap: Callable[[Any, str], Part], where: str = ""
) -> LayerConfig:
    """Translate one entry of the model at ``where``; ``wrap`` translates a layer that it holds.

    Raises UnsupportedLayerError or UnsupportedConfigError.
    """
    unwrapped = mapped(unwrap, entry.config)
    class_name, config = keras3_class(entry.class_name, unwrapped, reading.version)
    kind = layer_class(class_name)
    if kind is None or entry.why is not None:
        why = entry.why or UNREADABLE.get(class_name, UNKNOWN)
        given = reading.replacing.names(_path(entry, where), entry.name)
        found = None if given else _foreign(entry, config, reading, wrap, why)
        return found or _replaced(entry, reading, config, where, why)
    with named(entry):
        return _translate(kind, entry, config, reading, wrap)


def _foreign(
    entry: Entry,
    config: dict[str, Any],
    reading: Reading,
    wrap: Callable[[Any, str], Part],
    why: Why,
) -> LayerConfig | None:
    """Read a cast, a sum, a truth or another plain operation, or a user's own layer, if it is."""
    if why.reason in MAY_BE_CAST:
        found = raw_operation(entry, config, why, reading.version)
        if found is not None:
            return found
    custom = None if why.reason in NEVER_CUSTOM else find_custom(entry.names)
    return None if custom is None else _custom(custom, entry, config, reading, wrap)


def _held(
    kind: type[Layer],
    entry: Entry,
    wrap: Callable[[Any, str], Part],
    rewritten: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Part | tuple[Part, ...]]:
    """Translate the layers that an entry holds, or does once it is rewritten."""
    found: dict[str, Part | tuple[Part, ...]] = {}
    for key in holding(kind):
        value, place = entry.config.get(key, rewritten.get(key)), f"{entry.name}/{key}"
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
    with named(entry):
        policy = policy_of(config.get("dtype"))
        custom.check_keys(config)
        known = _known(kind, config)
        for key in filter(_is_function, known):
            known[key] = _function(known[key], f"{entry.name}/{key}", policy, reading)
        fields = typed(kind, known | _held(kind, entry, wrap)) | {"quantization": None}
    return LayerConfig(
        kind=kind,
        name=entry.name,
        config=fields,
        dtype=policy,
        trainable=config.get("trainable", True) is not False,
        group=entry.class_name.rpartition(">")[2],
        shared_id=entry.config.get("shared_object_id"),
    )


def _known(kind: type[Layer], config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the config says of the options that a class has."""
    return {key: config[key] for key in kind.config_keys() if key in config}


def _replaced(
    entry: Entry, reading: Reading, config: dict[str, Any], where: str, why: Why
) -> LayerConfig:
    """Return what a user says that a layer computes, or raise UnsupportedLayerError."""
    unread = Unread(
        path=_path(entry, where),
        name=entry.name,
        class_name=entry.class_name,
        config=config,
        nodes=entry.nodes,
        is_class=why.reason in {Reason.UNKNOWN, Reason.CUSTOM},
    )
    policy = policy_of(config.get("dtype"))
    found = unread.replaced(reading.replacing, policy, sense_of(reading.version))
    if found is None:
        detail = f"{why.detail}{function_named(entry.class_name, config)}"
        stored = reading.stored(entry.name, entry.class_name)
        told = Unsupported(entry.name, entry.class_name, detail, why.reason, stored)
        raise UnsupportedLayerError([told])
    return found


def _path(entry: Entry, where: str) -> str:
    """Return where a layer is, from the outermost model on."""
    return f"{where}/{entry.name}" if where else entry.name


def _is_function(key: str) -> bool:
    """Tell whether a key holds an activation."""
    return key.endswith("activation")


def _function(value: Any, place: str, policy: DTypePolicy, reading: Reading) -> Function:
    """Read an activation, or return what a user says that it computes.

    ``place`` is its layer's name and the config key, as in "dense/activation".
    """
    try:
        return function_of(value, reading.version)
    except UnsupportedConfigError as error:
        sense = sense_of(reading.version)
        found = reading.replacing.activation(value, place, policy, sense)
        if found is None:
            name = activation_name(value)
            raise with_hint(error, place if name == LAMBDA else name) from None
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
    renamed = respelled(kind, renamed) | of_version(kind, reading.version)
    for key in filter(_is_function, kind.config_keys()):
        renamed[key] = _function(renamed.get(key), f"{entry.name}/{key}", policy, reading)
    renamed |= _held(kind, entry, wrap, config)
    renamed = settled(kind, renamed)
    if reading.version.before(2):
        renamed = in_space(kind, renamed, reading.data_format)
    _check_keys(kind, renamed)
    return LayerConfig(
        kind=kind,
        name=entry.name,
        config=typed(kind, _known(kind, renamed)) | {"quantization": policy.quantization},
        dtype=policy,
        trainable=config.get("trainable", True) is not False,
        group=kind.stored_under or entry.class_name,
        unused=trained_with(kind, config),
        apart=kept_apart(kind, config, reading.version),
        shared_id=entry.config.get("shared_object_id"),
        asset="" if config.get("vocabulary") else kind.asset,
        vocabulary_size=config.get("vocabulary_size"),
    )


def _rename(kind: type[Layer], config: Mapping[str, Any]) -> dict[str, Any]:
    table = RENAMED.get(kind.__name__, {})
    both = sorted(key for key in table.keys() & config.keys() if table[key] in config)
    if both:
        raise UnsupportedConfigError(f"{both[0]} and {table[both[0]]} together")
    return {table.get(key, key): value for key, value in config.items()}


def _policy(
    kind: type[Layer], config: Mapping[str, Any], renamed: dict[str, Any]
) -> tuple[DTypePolicy, dict[str, Any]]:
    """Read the dtype policy, and the quantization config that goes with it."""
    if kind.is_input:
        return _input_policy(config), renamed
    policy = policy_of(config.get("dtype"))
    rest = lacking(renamed, [DETAILS])
    if policy.quantization is not None:
        return policy, rest | _quantized(kind, policy.quantization, renamed)
    _check_passed_over(renamed.get(DETAILS))
    return policy, rest


def _quantized(kind: type[Layer], mode: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a quantized layer is told beside its own keys."""
    if mode.partition("/")[0] not in kind.quantizes:
        raise UnsupportedConfigError(f"quantization {mode!r} of {kind.__name__}")
    whole = mode in {"int8", "int4"}
    told = {
        "quantize_inputs": whole and not _weights_only(config.get(DETAILS)),
        # Keras 3.12 packs pairs of inputs; versions that write this key, pairs of units.
        "packed_axis": -1 if DETAILS in config else 0,
    }
    return {key: value for key, value in told.items() if key in kind.config_keys()}


def _input_policy(config: Mapping[str, Any]) -> DTypePolicy:
    """Return the one dtype that an input has."""
    name = config.get("dtype") or config.get("input_dtype") or "float32"
    if not isinstance(name, str):
        name = policy_of(name).compute
    if name not in DTYPES:
        raise UnsupportedConfigError(f"dtype={shorten(repr(name))}")
    return DTypePolicy(name, name)


def _check_passed_over(details: Any) -> None:
    """Refuse details of a quantization that is not; Keras leaves some at layers it passed over."""
    passed_over = isinstance(details, dict) and details.get("class_name") in CALIBRATED
    if details is not None and not passed_over:
        raise UnsupportedConfigError("quantization_config without a quantized dtype policy")


def _weights_only(details: Any) -> bool:
    """Tell whether inputs stay as they are."""
    inner = details.get("config", details) if isinstance(details, dict) else None
    return isinstance(inner, dict) and inner.get("activation_quantizer") is None


def _check_keys(kind: type[Layer], config: Mapping[str, Any]) -> None:
    known = {*kind.config_keys(), *IGNORED, *IGNORED_BY.get(kind.__name__, {})}
    others = without(config, known)
    for key in filter(ACCEPTED.__contains__, others):
        if config[key] not in ACCEPTED[key]:
            raise UnsupportedConfigError(f"{key}={shorten(repr(config[key]))}")
    _refuse_unknown(sorted(set(others) - set(ACCEPTED)))


def _refuse_unknown(keys: Sequence[str]) -> None:
    if keys:
        listed = ", ".join(repr(shorten(key)) for key in keys)
        word = "key" if len(keys) == 1 else "keys"
        raise UnsupportedConfigError(
            f"unknown {word} {listed}", hint="keronyx converts only what it understands"
        )
