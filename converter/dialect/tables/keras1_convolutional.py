"""Words of Keras 1's convolutions: their classes, and the keys that became lists."""

from collections.abc import Callable
from typing import Final

from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import ORDERINGS, Config, Words

_IMAGES: Final = ("nb_row", "nb_col")
_SIZES: Final = {
    "Conv1D": ("filter_length",),
    "Conv2D": _IMAGES,
    "Conv3D": ("kernel_dim1", "kernel_dim2", "kernel_dim3"),
    "SeparableConv2D": _IMAGES,
    "Deconvolution2D": _IMAGES,
    "LocallyConnected1D": ("filter_length",),
    "LocallyConnected2D": _IMAGES,
}
"""Where the sizes of a window stood, axis by axis."""
_RENAMED: Final = {
    "nb_filter": "filters",
    "border_mode": "padding",
    "subsample": "strides",
    "subsample_length": "strides",
    "atrous_rate": "dilation_rate",
    "bias": "use_bias",
}
_OF_TRAINING: Final = frozenset(
    {"init"} | {f"{each}_{what}" for each in "Wb" for what in ("regularizer", "constraint")}
)


def _rewriting(name: str) -> Callable[[Config, Version], tuple[str, Config]]:
    """Return what makes of a config of Keras 1 that of the class today."""
    sizes = _SIZES[name]

    def rewritten(config: Config, version: Version) -> tuple[str, Config]:
        if not version.before(2) or any(key not in config for key in sizes):
            return name, config
        kept = {
            _RENAMED.get(key, key): value
            for key, value in config.items()
            if key not in _OF_TRAINING and key not in sizes
        }
        if "dim_ordering" in kept:
            order = kept.pop("dim_ordering")
            kept["data_format"] = ORDERINGS.get(str(order), order)
        return name, kept | {"kernel_size": [config[key] for key in sizes]}

    return rewritten


WORDS: Final = Words(
    classes={
        "Convolution1D": "Conv1D",
        "Convolution2D": "Conv2D",
        "Convolution3D": "Conv3D",
        "AtrousConvolution1D": "Conv1D",
        "AtrousConvolution2D": "Conv2D",
        "SeparableConvolution2D": "SeparableConv2D",
    },
    rewritten={name: _rewriting(name) for name in _SIZES},
    since={"Deconvolution2D": "Keras 1"},
)
