"""Words of layers that combine several inputs: Keras 1 had one class for all of them."""

from collections.abc import Mapping
from typing import Final

from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import Config, Why, Words
from keronyx.converter.errors import Reason

MERGE_MODES: Final[Mapping[str, str]] = {
    "sum": "Add",
    "mul": "Multiply",
    "ave": "Average",
    "max": "Maximum",
    "concat": "Concatenate",
    "dot": "Dot",
    "cos": "CosineMerge",
}
"""Keras 1's Merge modes that are a layer of their own today."""

AXES: Final[Mapping[str, tuple[str, str]]] = {
    "concat": ("axis", "concat_axis"),
    "dot": ("axes", "dot_axes"),
    "cos": ("axes", "dot_axes"),
}
"""By mode, the key of today for an axis or axes, and the Merge's."""


def _merge(config: Config, _version: Version) -> tuple[str, Config]:
    """Name the layer that a Merge of this mode is today, with its axis or axes."""
    mode = config.get("mode", "sum")
    if config.get("mode_type", "raw") != "raw" or mode not in tuple(MERGE_MODES):
        return "Merge", config
    kept: Config = {key: config[key] for key in ("name", "trainable") if key in config}
    if mode in AXES:
        today, old = AXES[mode]
        kept[today] = config.get(old, -1)
    return MERGE_MODES[mode], kept


def _dot(version: Version) -> Config:
    return {"minimum_norm": 1e-6 if version.before(3) else 1e-7}


WORDS: Final = Words(
    classes={"TFDConcat": "Concatenate"},  # of keras.utils.FeatureSpace
    unreadable={"Merge": Why(Reason.CODE, "code in the file is never run")},
    rewritten={"Merge": _merge},
    decided={
        "Dot": _dot,
        "CosineMerge": lambda version: {"bounded": not version.before(1, 0, 4)},
    },
    made_up=("CosineMerge",),
    since={
        **dict.fromkeys(
            ("Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract"),
            "Keras 2",
        ),
    },
)
