"""Words of the core layers."""

from typing import Final

from keronyx.converter.dialect.words import STARTS, TRAINS, Words, listed

_KERAS1_DENSE: Final = {
    "init": STARTS,
    "W_regularizer": TRAINS,
    "b_regularizer": TRAINS,
    "W_constraint": TRAINS,
    "b_constraint": TRAINS,
}


WORDS: Final = Words(
    classes={
        "TimeDistributedDense": "Dense",  # Keras 0.3 and 1: Dense on (batch, time, features)
        "TFDIdentity": "Identity",  # of keras.utils.FeatureSpace
    },
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
    },
    respelled={"EinsumDense": {"output_shape": listed}},
    decided={
        "Masking": lambda version: {"rounds": version.before(3)},
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
        **dict.fromkeys(("Dense", "Highway", "Masking", "MaxoutDense"), "Keras 0.3"),
    },
    refused={
        "InputLayer": ("sparse=True", "ragged=True", "optional=True", "input_tensor", "type_spec"),
        "Dense": ("quantization other than int8, int4 and GPTQ",),
        "EinsumDense": ("quantization by GPTQ", "an equation that repeats a letter in one term"),
    },
)
