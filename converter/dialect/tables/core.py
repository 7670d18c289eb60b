"""Words of the core layers."""

from typing import Final

from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import STARTS, TRAINS, Config, Words, listed

_KERAS1_DENSE: Final = {
    "init": STARTS,
    "W_regularizer": TRAINS,
    "b_regularizer": TRAINS,
    "W_constraint": TRAINS,
    "b_constraint": TRAINS,
}


def _embedding(version: Version) -> Config:
    """Tell what becomes of ids that are not in the table, as far as that can be told.

    Keras 1 and 2 refuse them, 3.0 to 3.2 take the nearest row, from 3.3 on negative ids count from
    the end.
    """
    known = version.stated or not version.before(3, 4)
    return {"clips": version.before(3, 3) if known and not version.before(3) else None}


WORDS: Final = Words(
    classes={"TimeDistributedDense": "Dense"},  # Keras 0.3 and 1: Dense on (batch, time, features)
    renamed={
        "Dense": {"output_dim": "units", "bias": "use_bias"},
        "MaxoutDense": {"output_dim": "units", "bias": "use_bias"},
        "Highway": {"bias": "use_bias"},
        "InputLayer": {"batch_input_shape": "batch_shape"},
    },
    ignored={
        "Dense": _KERAS1_DENSE,
        "MaxoutDense": _KERAS1_DENSE,
        "Highway": _KERAS1_DENSE | {"transform_bias": STARTS},
        "Embedding": {
            "init": STARTS,
            "W_regularizer": TRAINS,
            "W_constraint": TRAINS,
            "dropout": TRAINS,
            "sparse_gradients": TRAINS,
        },
    },
    respelled={"EinsumDense": {"output_shape": listed}},
    decided={
        "Masking": lambda version: {"rounds": version.before(3)},
        "Embedding": _embedding,
    },
    variables={
        "W": ("kernel", "embeddings"),
        "b": ("bias",),
        "W_carry": ("carry_kernel",),
        "b_carry": ("carry_bias",),
    },
    since={
        "InputLayer": "Keras 1",
        **dict.fromkeys(("EinsumDense", "Identity"), "the Keras of TensorFlow 2"),
        **dict.fromkeys(("Dense", "Embedding", "Highway", "Masking", "MaxoutDense"), "Keras 0.3"),
    },
    refused={
        "InputLayer": ("sparse=True", "ragged=True", "optional=True", "input_tensor", "type_spec"),
        "Dense": ("quantization other than int8, int4 and GPTQ",),
        "EinsumDense": ("quantization", "an equation that repeats a letter in one term"),
        "Embedding": ("quantization",),
    },
)
