"""Words of attention of several heads."""

from typing import Final

from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import SHAPES, TRAINS, Config, Words, listed
from keronyx.converter.errors import UnsupportedConfigError
from keronyx.converter.layers.base import Layer

_BUILT_WITH: Final = ("query_shape", "key_shape", "value_shape")

_IGNORED: Final = {"seed": TRAINS, "flash_attention": "speed"}


def _masked(version: Version) -> Config:
    """Tell what a version does with keys that a query may not look at.

    Since Keras 3.7 another function does it where it can; since 3.10 a masked Softmax gives 0 where
    it may look at nothing, and since 3.13 it takes what is masked out instead of adding to it.
    """
    softmax = "add" if version.before(3, 10) else "add and cut"
    return {
        "fused": not version.before(3, 7),
        "softmax": softmax if version.before(3, 13) else "put and cut",
        "casts_mask": False,
    }


def _cast_and_masked(version: Version) -> Config:
    """Tell the same of attention that casts its mask since 3.7, and loses the query's since 3.8."""
    return {
        **_masked(version),
        "casts_mask": not version.before(3, 7),
        "takes_query_mask": version.before(3, 8),
    }


def _axes_from_the_front(config: Config, version: Version) -> tuple[str, Config]:
    """Refuse axes that Keras before 3.12 counts from the end of something else."""
    axes = listed(config.get("attention_axes"))
    if version.before(3, 12) and any(isinstance(each, int) and each < 0 for each in axes or ()):
        raise UnsupportedConfigError(
            f"attention_axes={axes}, which Keras before 3.12 counts with the heads",
            hint="count them from the front, and save the model again",
        )
    return "MultiHeadAttention", config


def _robust(_kind: type[Layer], config: Config) -> Config:
    """Return a config with what tf_keras lets one choose: -1e9 in the place of a score."""
    known = dict(config)
    return known | {"softmax": "put"} if known.pop("softmax_robust_masking", False) else known


WORDS: Final = Words(
    classes={"GroupedQueryAttention": "GroupQueryAttention"},
    rewritten={"MultiHeadAttention": _axes_from_the_front},
    ignored={
        "MultiHeadAttention": _IGNORED | dict.fromkeys(_BUILT_WITH, SHAPES),
        "GroupQueryAttention": _IGNORED,
    },
    respelled={"MultiHeadAttention": {"output_shape": listed, "attention_axes": listed}},
    decided={
        "MultiHeadAttention": _cast_and_masked,
        "GroupQueryAttention": _masked,
    },
    settled={"MultiHeadAttention": _robust},
    since={
        "MultiHeadAttention": "the Keras of TensorFlow 2.4",
        "GroupQueryAttention": "Keras 3",
    },
    refused={
        "MultiHeadAttention": ("masks by step with attention_axes other than 1",),
    },
)
