"""Activation functions called on tensors, as ``keras.ops`` and ``keras.activations`` name them."""

from typing import Final

from keronyx.converter.dialect.tables.activations import multiplying
from keronyx.converter.dialect.words import Spelling, Words
from keronyx.converter.layers.ops_activations import Activated

NAMES: Final = {
    "Celu": "celu",
    "Elu": "elu",
    "Exponential": "exponential",
    "Gelu": "gelu",
    "Glu": "glu",
    "HardShrink": "hard_shrink",
    "HardSigmoid": "hard_sigmoid",
    "HardSilu": "hard_silu",
    "HardTanh": "hard_tanh",
    "LeakyRelu": "leaky_relu",
    "LogSigmoid": "log_sigmoid",
    "LogSoftmax": "log_softmax",
    "Mish": "mish",
    "Relu6": "relu6",
    "Selu": "selu",
    "Sigmoid": "sigmoid",
    "Silu": "silu",
    "SoftShrink": "soft_shrink",
    "Softmax": "softmax",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "SparsePlus": "sparse_plus",
    "SparseSigmoid": "sparse_sigmoid",
    "Sparsemax": "sparsemax",
    "Squareplus": "squareplus",
    "TanhShrink": "tanh_shrink",
    "Threshold": "threshold",
}

WORDS: Final = Words(
    operations={
        **{name: Spelling(Activated, function) for name, function in NAMES.items()},
        "Relu": Spelling(Activated, "relu", fixed={"negative_slope": 0.0, "threshold": 0.0}),
        "ReLU": Spelling(
            Activated, "relu", decided=lambda version: {"multiplies": multiplying(version)}
        ),
    },
)
