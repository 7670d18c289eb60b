"""Words of convolutions."""

from collections.abc import Mapping
from typing import Any, Final

from keronyx.converter.dialect.keras1 import ALONG_MORE, ALONG_ONE, IMAGES, windowed
from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import STARTS, TRAINS, Config, LeftOut, Words, listed
from keronyx.converter.layers.base import Layer

_PLAIN: Final = ("Conv1D", "Conv2D", "Conv3D")
_TRANSPOSED: Final = ("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")
_BY_CHANNEL: Final = ("DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D")

_SLIDING: Final[Mapping[str, Any]] = dict.fromkeys(
    ("kernel_size", "strides", "dilation_rate", "output_padding"), listed
)
_KERNELS: Final = {
    f"{kernel}_{what}": STARTS if what == "initializer" else TRAINS
    for kernel in ("depthwise", "pointwise")
    for what in ("initializer", "regularizer", "constraint")
}


_NOT_PADDED: Final = LeftOut(
    "output_padding",
    "taken as none, as Keras takes it: Keras 3.0 to 3.14 do not save it; "
    "compare with the trained model where it was given",
)


def _output_padding(_layer: Layer, version: Version) -> LeftOut | None:
    """Tell that the sizes of what a transposed convolution gives are not in the file."""
    return None if version.before(3) or not version.before(3, 15) else _NOT_PADDED


def _without_groups(_kind: type[Layer], config: Config) -> Config:
    """Leave out what Keras 2 writes because all convolutions inherit it."""
    return {key: value for key, value in config.items() if key != "groups" or value != 1}


WORDS: Final = Words(
    classes={
        "Convolution1D": "Conv1D",
        "Convolution2D": "Conv2D",
        "Convolution3D": "Conv3D",
        "AtrousConvolution1D": "Conv1D",
        "AtrousConvolution2D": "Conv2D",
        "SeparableConvolution1D": "SeparableConv1D",
        "SeparableConvolution2D": "SeparableConv2D",
        **{f"Convolution{space}DTranspose": f"Conv{space}DTranspose" for space in (1, 2, 3)},
    },
    renamed={
        "Conv1D": ALONG_ONE | {"atrous_rate": "dilation_rate"},
        "Conv2D": ALONG_MORE | {"atrous_rate": "dilation_rate"},
        "Conv3D": ALONG_MORE,
        "SeparableConv2D": ALONG_MORE,
    },
    rewritten=windowed(
        {
            "Conv1D": ("filter_length",),
            "Conv2D": IMAGES,
            "Conv3D": ("kernel_dim1", "kernel_dim2", "kernel_dim3"),
            "SeparableConv2D": IMAGES,
        }
    ),
    respelled=dict.fromkeys((*_PLAIN, *_TRANSPOSED, *_BY_CHANNEL), _SLIDING),
    ignored=dict.fromkeys(_BY_CHANNEL, _KERNELS),
    settled=dict.fromkeys((*_TRANSPOSED, *_BY_CHANNEL), _without_groups),
    left_out=dict.fromkeys(_TRANSPOSED, _output_padding),
    since={
        **dict.fromkeys((*_TRANSPOSED, *_BY_CHANNEL), "Keras 2"),
        **dict.fromkeys(("Conv1D", "Conv2D"), "Keras 0.3"),
        **dict.fromkeys(("Conv3D", "SeparableConv2D"), "Keras 1"),
        **dict.fromkeys(("Conv1DTranspose", "DepthwiseConv1D"), "the Keras of TensorFlow 2"),
    },
    variables={
        # Before Keras 3, the kernel of a depthwise convolution.
        "depthwise_kernel": ("depthwise_kernel", "kernel"),
    },
)
