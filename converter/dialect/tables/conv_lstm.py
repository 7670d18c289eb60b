"""Words of convolutional LSTMs."""

from typing import Final

from keronyx.converter.dialect.keras1 import ALONG_MORE, IMAGES, windowed
from keronyx.converter.dialect.tables.recurrent import (
    FORGOTTEN,
    UNTOLD,
    gate_by_gate,
    showing,
    time_behind_batch,
)
from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import Config, Words, listed

_ALL: Final = ("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
_OLDER: Final = ALONG_MORE | {"inner_activation": "recurrent_activation"}
_IGNORED: Final = {
    **FORGOTTEN,
    "unroll": "speed",
    "zero_output_for_mask": "only with a mask, which is refused",
}


def _under_masks(version: Version) -> Config:
    """Say what outputs are where a mask leaves out a step: Keras 2 writes zeros, and has none."""
    zeros = {"zero_output_for_mask": False} if version.before(3) else {}
    return showing(version) | zeros


WORDS: Final = Words(
    renamed={"ConvLSTM2D": _OLDER},
    rewritten=windowed({"ConvLSTM2D": IMAGES}),
    apart={"ConvLSTM2D": gate_by_gate("icfo")},
    ignored=dict.fromkeys(_ALL, _IGNORED),
    respelled=dict.fromkeys(
        _ALL, dict.fromkeys(("kernel_size", "strides", "dilation_rate"), listed)
    ),
    decided=dict.fromkeys(_ALL, _under_masks),
    settled=dict.fromkeys(_ALL, time_behind_batch),
    since={
        "ConvLSTM2D": "Keras 1",
        **dict.fromkeys(("ConvLSTM1D", "ConvLSTM3D"), "the Keras of TensorFlow 2"),
    },
    refused=dict.fromkeys(_ALL, (*UNTOLD, "dtype float64", "files of Theano")),
)
