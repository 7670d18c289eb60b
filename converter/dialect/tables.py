"""Every old spelling, in one place: names of classes, keys and variables, and what they became.

No other module mentions a spelling that Keras 3 does not have.
"""

from collections.abc import Mapping
from typing import Any

CLASSES: Mapping[str, str] = {
    "TimeDistributedDense": "Dense",  # Keras 0.3 and 1: Dense on (batch, time, features)
    "SyncBatchNormalization": "BatchNormalization",  # TensorFlow 2.2: differs in training only
    "BatchNormalizationV1": "BatchNormalization",  # TensorFlow 1.14
    "BatchNormalizationV2": "BatchNormalization",  # TensorFlow 1.14
    "Dropout1D": "SpatialDropout1D",
}

MODELS = ("Sequential", "Functional", "Model")

# class -> old key -> key of Keras 3
RENAMED: Mapping[str, Mapping[str, str]] = {
    "Dense": {"output_dim": "units", "bias": "use_bias"},
    "MaxoutDense": {"output_dim": "units", "bias": "use_bias"},
    "Highway": {"bias": "use_bias"},
    "LeakyReLU": {"alpha": "negative_slope"},
    "Reshape": {"dims": "target_shape"},
    "CategoryEncoding": {"max_tokens": "num_tokens"},
    "InputLayer": {"batch_input_shape": "batch_shape"},
    # The config's constants, apart from the variables of the same name.
    "Normalization": {"mean": "input_mean", "variance": "input_variance"},
}

# Names of variables in files, where they are not Keras 3's: what each may stand for.
VARIABLES: Mapping[str, tuple[str, ...]] = {
    "W": ("kernel", "embeddings"),
    "b": ("bias",),
    "alphas": ("alpha",),
    "betas": ("beta",),
    "W_carry": ("carry_kernel",),
    "b_carry": ("carry_bias",),
    "running_mean": ("running_mean", "moving_mean"),
    "running_std": ("running_std", "moving_variance"),
}

_OF_VARIABLES = ("initializer", "regularizer", "constraint")
_VARIABLES = (
    "kernel",
    "bias",
    "embeddings",
    "gamma",
    "beta",
    "moving_mean",
    "moving_variance",
    "alpha",
)
_STARTS = "how variables start"
_TRAINS = "training only"
_SHAPES = "shapes, which the graph gives"

# Keys that any layer may have and that do not change inference.
IGNORED: Mapping[str, str] = {
    "trainable": _TRAINS,
    "activity_regularizer": _TRAINS,
    "shared_object_id": "identity of objects, read elsewhere",
    "batch_input_shape": "the input layer's, read elsewhere",
    "input_shape": "the input layer's, read elsewhere",
    "input_dtype": "the input layer's, read elsewhere",
    "input_dim": _SHAPES,
    "input_length": _SHAPES,
    "batch_size": _SHAPES,
    "name": "read elsewhere",
    "dtype": "read elsewhere",
    "custom_name": "read elsewhere",
    "cache_enabled": "speed",
} | {
    f"{variable}_{what}": _STARTS if what == "initializer" else _TRAINS
    for variable in _VARIABLES
    for what in _OF_VARIABLES
}

_KERAS1_DENSE = {
    "init": _STARTS,
    "W_regularizer": _TRAINS,
    "b_regularizer": _TRAINS,
    "W_constraint": _TRAINS,
    "b_constraint": _TRAINS,
}
_NOISE = {
    "rate": _TRAINS,
    "p": _TRAINS,
    "seed": _TRAINS,
    "noise_shape": _TRAINS,
    "stddev": _TRAINS,
    "sigma": _TRAINS,
    "dim_ordering": _TRAINS,
    "data_format": _TRAINS,
    "l1": _TRAINS,
    "l2": _TRAINS,
}
_AUGMENTATION = {
    "factor": _TRAINS,
    "height_factor": _TRAINS,
    "width_factor": _TRAINS,
    "fill_mode": _TRAINS,
    "fill_value": _TRAINS,
    "interpolation": _TRAINS,
    "mode": _TRAINS,
    "seed": _TRAINS,
    "value_range": _TRAINS,
    "data_format": _TRAINS,
}
_LOOKUP = {
    "vocabulary_size": "read elsewhere",
    "vocabulary_dtype": "read elsewhere",
    "oov_method": "acts with several out-of-vocabulary indices only, which are refused",
    "salt": "acts with several out-of-vocabulary indices only, which are refused",
    "has_input_vocabulary": "where the vocabulary came from",
}

# class -> key -> why it does not change inference
IGNORED_BY: Mapping[str, Mapping[str, str]] = {
    "Dense": _KERAS1_DENSE,
    "MaxoutDense": _KERAS1_DENSE,
    "Highway": _KERAS1_DENSE | {"transform_bias": _STARTS},
    "Embedding": {
        "init": _STARTS,
        "W_regularizer": _TRAINS,
        "W_constraint": _TRAINS,
        "dropout": _TRAINS,
        "sparse_gradients": _TRAINS,
    },
    "EinsumDense": {},
    "BatchNormalization": {
        "momentum": _TRAINS,
        "mode": "read elsewhere",
        "gamma_regularizer": _TRAINS,
        "beta_regularizer": _TRAINS,
        "renorm": "training only; its own variables are left aside",
        "renorm_clipping": _TRAINS,
        "renorm_momentum": _TRAINS,
        "synchronized": _TRAINS,
        "fused": "speed",
    },
    "LegacyBatchNormalization": {
        "momentum": _TRAINS,
        "gamma_regularizer": _TRAINS,
        "beta_regularizer": _TRAINS,
    },
    "RMSNormalization": {"scale_initializer": _STARTS},
    "SpectralNormalization": {"power_iterations": _TRAINS},
    "PReLU": {"init": _STARTS},
    "ParametricSoftplus": {"alpha_init": _STARTS, "beta_init": _STARTS, "init": _STARTS},
    "SReLU": {
        "t_left_init": _STARTS,
        "a_left_init": _STARTS,
        "t_right_init": _STARTS,
        "a_right_init": _STARTS,
    },
    "Discretization": {
        "num_bins": "adapting only",
        "epsilon": "adapting only",
    },
    "StringLookup": _LOOKUP,
    "IntegerLookup": _LOOKUP | {"max_values": "adapting only"},
    **dict.fromkeys(
        (
            "ActivityRegularization",
            "AlphaDropout",
            "Dropout",
            "GaussianDropout",
            "GaussianNoise",
            "SpatialDropout1D",
            "SpatialDropout2D",
            "SpatialDropout3D",
        ),
        _NOISE,
    ),
    **dict.fromkeys(
        (
            "RandomBrightness",
            "RandomContrast",
            "RandomFlip",
            "RandomRotation",
            "RandomTranslation",
            "RandomZoom",
        ),
        _AUGMENTATION,
    ),
}

# Keys that keronyx takes with these values only.
ACCEPTED: Mapping[str, tuple[Any, ...]] = {
    "sparse": (False, None),
    "ragged": (False, None),
    "optional": (False, None),
    "virtual_batch_size": (None,),
    "adjustment": (None,),
    "input_tensor": (None,),
    "type_spec": (None,),
    "encoding": ("utf-8",),
}

# The same function under other names.
FUNCTION_ALIASES: Mapping[str, str] = {
    "swish": "silu",
    "hard_swish": "hard_silu",
    "log_softmax_v2": "log_softmax",  # tf.keras 2.9 to 2.12 write TensorFlow's name
    "softmax_v2": "softmax",
}

# Layers in the place of an activation: the function, and how its arguments are called there.
FUNCTION_LAYERS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "ReLU": (
        "relu",
        {"max_value": "max_value", "negative_slope": "negative_slope", "threshold": "threshold"},
    ),
    "LeakyReLU": ("leaky_relu", {"negative_slope": "negative_slope"}),
    "ELU": ("elu", {"alpha": "alpha"}),
    "Softmax": ("softmax", {"axis": "axis"}),
    "ThresholdedReLU": ("threshold", {"theta": "threshold"}),
}

# Keras 1's Merge modes that are a layer of their own today.
MERGE_MODES: Mapping[str, str] = {
    "sum": "Add",
    "mul": "Multiply",
    "ave": "Average",
    "max": "Maximum",
    "concat": "Concatenate",
    "dot": "Dot",
    "cos": "CosineMerge",
}

# Classes of Keras that cannot be read, and why.
CODE: Mapping[str, str] = {
    "Lambda": "code in the file is never run",
    "Merge": "code in the file is never run",
    "TFOpLambda": "a raw TensorFlow operation",
    "SlicingOpLambda": "a raw TensorFlow operation",
    "TensorFlowOpLayer": "a raw TensorFlow operation",
    "Hashing": "ONNX has no such hash",
    "HashedCrossing": "ONNX has no such hash",
    "TextVectorization": "ONNX cannot split text so",
}
