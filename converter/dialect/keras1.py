"""The layers of Keras 1 over space: the words they have, and what they do not say."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from keronyx.converter.dialect.nested import objects_in
from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import ORDERINGS, Config
from keronyx.converter.errors import UnsupportedConfigError
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.windows import Spatial
from keronyx.converter.several import picked

IMAGES: Final = ("nb_row", "nb_col")
"""Where the sizes of a window over images stood."""
_OLDER: Final = {
    "nb_filter": "filters",
    "border_mode": "padding",
    "dim_ordering": "data_format",
    "bias": "use_bias",
}
ALONG_ONE: Final = _OLDER | {"subsample_length": "strides"}
ALONG_MORE: Final = _OLDER | {"subsample": "strides"}
"""Older keys of what slides a window along one axis, and along several."""
_OF_TRAINING: Final = frozenset(
    {"init"} | {f"{each}_{what}" for each in "Wb" for what in ("regularizer", "constraint")}
)

Rewriting = Callable[[Config, Version], tuple[str, Config]]
AGAIN: Final = "load it with a Keras 2, and save it again"


def data_format_of(config: Any) -> str | None:
    """Return where the channels are, if all layers that say it agree."""
    found = (each.get("dim_ordering") for each in objects_in(config))
    told = {ORDERINGS[each] for each in found if isinstance(each, str) and each in ORDERINGS}
    return told.pop() if len(told) == 1 else None


def in_space(kind: type[Layer], config: Config, data_format: str | None) -> Config:
    """Return a layer's config of Keras 1 with the order of axes that the others have.

    Raises UnsupportedConfigError where none says it.
    """
    if not issubclass(kind, Spatial) or kind.space == 1:
        return config
    if "data_format" in config:
        return config
    if data_format is None:
        what = "neither the layer nor another one says where the channels are"
        raise UnsupportedConfigError(what, hint=AGAIN)
    return config | {"data_format": data_format}


def windowed(sizes: Mapping[str, Iterable[str]]) -> dict[str, Rewriting]:
    """Return what makes of configs of Keras 1 those of today, by the class of today.

    ``sizes`` says where those of a window stood, axis by axis, which are one key today.
    """
    return {name: _rewriting(name, tuple(keys)) for name, keys in sizes.items()}


def _rewriting(name: str, sizes: tuple[str, ...]) -> Rewriting:
    def rewritten(config: Config, version: Version) -> tuple[str, Config]:
        if not version.before(2) or any(key not in config for key in sizes):
            return name, config
        kept = {
            key: value
            for key, value in config.items()
            if key not in _OF_TRAINING and key not in sizes
        }
        if "dim_ordering" in kept:
            kept["dim_ordering"] = ORDERINGS.get(str(kept["dim_ordering"]), kept["dim_ordering"])
        return name, kept | {"kernel_size": list(picked(config, sizes))}

    return rewritten
