"""What an older Keras meant: classes that were split or renamed, values, and silent defaults."""

from collections.abc import Callable, Mapping
from typing import Any

from keronyx.converter.dialect.tables import CLASSES, MERGE_MODES
from keronyx.converter.dialect.version import Version
from keronyx.converter.errors import UnsupportedConfigError, shorten
from keronyx.converter.layers.base import Layer
from keronyx.converter.limits import current, limited


def keras3_class(
    class_name: str, config: dict[str, Any], version: Version
) -> tuple[str, dict[str, Any]]:
    """Return the class of Keras 3 that a layer is, and the config keys that go with it."""
    name = CLASSES.get(class_name, class_name)
    if name == "BatchNormalization" and version.before(2):
        return _keras1_batch_normalization(config, version)
    if name == "Merge":
        return _keras1_merge(config)
    return name, config


def _keras1_merge(config: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Name the layer that a Merge of this mode is today, with its axis or axes."""
    mode = config.get("mode", "sum")
    kept: dict[str, Any] = {key: config[key] for key in ("name", "trainable") if key in config}
    if config.get("mode_type", "raw") != "raw" or mode not in tuple(MERGE_MODES):
        return "Merge", config
    if mode == "concat":
        kept["axis"] = config.get("concat_axis", -1)
    elif mode in {"dot", "cos"}:
        kept["axes"] = config.get("dot_axes", -1)
    return MERGE_MODES[mode], kept


def _keras1_batch_normalization(
    config: dict[str, Any], version: Version
) -> tuple[str, dict[str, Any]]:
    """Tell the modes of Keras 1 apart; before 1.0.6 ``running_std`` is a standard deviation."""
    config = {key: value for key, value in config.items() if key != "mode"} | {
        "mode": config.get("mode", 0)
    }
    variance = not version.before(1, 0, 6)
    if config["mode"] == 0 and variance:
        return "BatchNormalization", config
    return "LegacyBatchNormalization", config | {"variance": variance}


def hard_slope(version: Version) -> float:
    """Return the slope of hard_sigmoid."""
    return 0.2 if version.before(3) else 1 / 6


def multiplying(version: Version) -> bool:
    """Tell whether relu multiplies with 1 above its threshold and with 0 elsewhere."""
    return version.before(3, 15)


def of_version(kind: type[Layer], version: Version) -> dict[str, Any]:
    """Return what the version decides and no key says."""
    decide = DECIDED.get(kind.__name__)
    return decide(version) if decide else {}


def _minimum_norm(version: Version, *since: int, old: float, new: float) -> dict[str, Any]:
    return {"minimum_norm": old if version.before(*since) else new}


def _discretization(version: Version) -> dict[str, Any]:
    """Decide all but what a file without a version leaves open: it writes no policy object."""
    open_ = not version.stated and not version.before(3) and version.before(3, 4)
    return ({"squeezes": None} if open_ else _encoding(version)) | {
        "ids_dtype": "int64" if version.before(3, 12) else "int32",
        "compares_doubles": version.before(3),
    }


def _encoding(version: Version) -> dict[str, Any]:
    """Tell whether one_hot puts its slots in place of a last axis of size 1."""
    return {"squeezes": version.before(3) or not version.before(3, 4)}


def _cuts_integers(version: Version, *since: int) -> dict[str, Any]:
    """Tell whether the layer makes integers of what it computes from integers, or might."""
    unsure = not version.stated and not version.before(3)
    return {"cuts_integers": unsure or not version.before(*since)}


DECIDED: Mapping[str, Callable[[Version], dict[str, Any]]] = {
    "Dot": lambda version: _minimum_norm(version, 3, old=1e-6, new=1e-7),
    "UnitNormalization": lambda version: _minimum_norm(version, 3, 6, old=1e-6, new=1e-12),
    "Discretization": _discretization,
    "CategoryEncoding": _encoding,
    "StringLookup": lambda _: {"squeezes": True},
    "IntegerLookup": lambda _: {"squeezes": True},
    "LayerNormalization": lambda version: _cuts_integers(version, 3, 11),
    # Before 3.7 GroupNormalization does not take integers.
    "GroupNormalization": lambda version: _cuts_integers(version, 3),
    "SpectralNormalization": lambda version: _cuts_integers(version, 3),
    "Masking": lambda version: {"rounds": version.before(3)},
    "ReLU": lambda version: {"multiplies": multiplying(version)},
    "CosineMerge": lambda version: {"bounded": not version.before(1, 0, 4)},
}
"""What a field of a class is by version, where no key of the config says it."""


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, int) else value


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _mode(value: Any) -> Any:
    """Respell the output modes of TensorFlow 2.4."""
    return {"binary": "multi_hot", "tf-idf": "tf_idf"}.get(str(value), value)


RESPELLED: Mapping[str, Mapping[str, Callable[[Any], Any]]] = {
    "EinsumDense": {"output_shape": _listed},
    "Normalization": {"axis": _listed},
    "Reshape": {"target_shape": _listed},
    "BatchNormalization": {"axis": _single},
    "LegacyBatchNormalization": {"axis": _single},
    "GroupNormalization": {"axis": _single},
    "PReLU": {"shared_axes": _listed},
    "CategoryEncoding": {"output_mode": _mode},
    "Discretization": {"output_mode": _mode},
    "IntegerLookup": {"output_mode": _mode},
    "StringLookup": {"output_mode": _mode},
}


RENORM = ("moving_stddev", "renorm_mean", "renorm_stddev")
"""Variables that batch renormalisation adds."""

SPECTRAL = ("vector_u",)
"""What SpectralNormalization finds the kernel's largest singular value with."""


def trained_with(kind: type[Layer], config: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the variables of a layer that only training uses."""
    if kind.__name__ == "SpectralNormalization":
        return SPECTRAL
    return RENORM if config.get("renorm") else ()


def tokens_of(kind: type[Layer], config: Mapping[str, Any], vocabulary: Any) -> list[Any]:
    """Return a vocabulary without the mask and out-of-vocabulary tokens it may start with."""
    if not isinstance(vocabulary, list):
        raise UnsupportedConfigError(f"vocabulary={shorten(repr(vocabulary))}")
    tokens: list[Any] = vocabulary
    count = config.get("num_oov_indices", 1)
    if not isinstance(count, int) or count < 0:
        raise UnsupportedConfigError(f"num_oov_indices={shorten(repr(count))}")
    if count > current().oov_indices:
        what = f"num_oov_indices={shorten(count)}"
        raise UnsupportedConfigError(what, hint=limited("oov_indices"))
    special = [config.get("oov_token", "[UNK]" if kind.__name__ == "StringLookup" else -1)] * count
    if config.get("mask_token") is not None and config.get("output_mode", "int") == "int":
        special.insert(0, config["mask_token"])
    if special and tokens[: len(special)] == special:
        tokens = tokens[len(special) :]
    stated = config.get("vocabulary_size")
    if tokens and stated is not None and stated != len(special) + len(tokens):
        raise UnsupportedConfigError(
            f"vocabulary_size={shorten(repr(stated))} for {len(tokens)} tokens "
            f"and {len(special)} special ones"
        )
    return tokens
