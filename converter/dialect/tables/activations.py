"""Words of activation layers, and of activation functions."""

from collections.abc import Mapping
from typing import Any, Final

from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import STARTS, Config, InPlace, Words, listed

FUNCTION_ALIASES: Final[Mapping[str, str]] = {
    "swish": "silu",
    "hard_swish": "hard_silu",
    "log_softmax_v2": "log_softmax",  # tf.keras 2.9 to 2.12 write TensorFlow's name
    "softmax_v2": "softmax",
}
"""The same function under other names."""


def hard_slope(version: Version) -> float:
    """Return the slope of hard_sigmoid."""
    return 0.2 if version.before(3) else 1 / 6


def multiplying(version: Version) -> bool:
    """Tell whether relu multiplies with 1 above its threshold and with 0 elsewhere."""
    return version.before(3, 15)


def _masked(version: Version) -> str:
    """Tell what becomes of what a mask leaves out of a softmax."""
    if version.before(3, 10):
        return "add"
    return "add and cut" if version.before(3, 13) else "put and cut"


def _shared_axes(config: Mapping[str, Any], sizes: tuple[int, ...], version: Version) -> Config:
    """Keras 1 does not write shared_axes; there the variables have size 1."""
    axes = tuple(axis for axis, size in enumerate(sizes, 1) if size == 1)
    unsaid = config["shared_axes"] is None and version.before(2)
    return {"shared_axes": axes} if unsaid and axes else {}


WORDS: Final = Words(
    renamed={"LeakyReLU": {"alpha": "negative_slope"}},
    ignored={
        "PReLU": {"init": STARTS},
        "ParametricSoftplus": {"alpha_init": STARTS, "beta_init": STARTS, "init": STARTS},
        "SReLU": {
            "t_left_init": STARTS,
            "a_left_init": STARTS,
            "t_right_init": STARTS,
            "a_right_init": STARTS,
        },
    },
    respelled={"PReLU": {"shared_axes": listed}},
    decided={
        "ReLU": lambda version: {"multiplies": multiplying(version)},
        "Softmax": lambda version: {"masked": _masked(version)},
    },
    told_by_variables=dict.fromkeys(("PReLU", "ParametricSoftplus", "SReLU"), _shared_axes),
    variables={"alphas": ("alpha",), "betas": ("beta",)},
    functions={
        "ReLU": InPlace(
            "relu",
            {
                "max_value": "max_value",
                "negative_slope": "negative_slope",
                "threshold": "threshold",
            },
        ),
        "LeakyReLU": InPlace("leaky_relu", {"negative_slope": "negative_slope"}),
        "ELU": InPlace("elu", {"alpha": "alpha"}),
        "Softmax": InPlace("softmax", {"axis": "axis"}),
        "ThresholdedReLU": InPlace("threshold", {"theta": "threshold"}),
    },
    holds_function={"Activation": "activation"},
    since={
        **dict.fromkeys(
            ("Activation", "ELU", "LeakyReLU", "PReLU", "ParametricSoftplus", "ThresholdedReLU"),
            "Keras 0.3",
        ),
        **dict.fromkeys(("ReLU", "Softmax"), "Keras 2"),
        "SReLU": "Keras 1",
    },
)
