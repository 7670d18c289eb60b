"""Words of attention without products of its own."""

from typing import Final

from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import TRAINS, Config, Words

_BOTH: Final = ("Attention", "AdditiveAttention")


def _paired(version: Version) -> Config:
    """Tell what a version does with masks: Keras 3 paired the value's with queries up to 3.11."""
    return {
        "pairs_samples": version.before(3) or not version.before(3, 12),
        "multiplies_mask": version.before(3, 15),
    }


WORDS: Final = Words(
    ignored={name: {"seed": TRAINS} for name in _BOTH},
    decided=dict.fromkeys(_BOTH, _paired),
    since=dict.fromkeys(_BOTH, "the Keras of TensorFlow 1.13"),
    refused=dict.fromkeys(
        _BOTH, ("a mask of the value in Keras 3.0 to 3.11", "masks of more than three axes")
    ),
)
