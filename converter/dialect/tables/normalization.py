"""Words of normalisations."""

from collections.abc import Mapping
from typing import Any, Final

from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import (
    ELSEWHERE,
    STARTS,
    TRAINS,
    Config,
    LeftOut,
    Words,
    single,
)
from keronyx.converter.several import lacking

RENORM: Final = ("moving_stddev", "renorm_mean", "renorm_stddev")
"""Variables that batch renormalisation adds."""

SPECTRAL: Final = ("vector_u",)
"""What SpectralNormalization finds the kernel's largest singular value with."""

NOT_SCALED: Final = LeftOut(
    "rms_scaling",
    "taken as off, as Keras takes it: Keras 3.0 to 3.3 do not save it; "
    "compare with the trained model where it was on",
)
SCALED: Final = (
    "rms_scaling, which Keras 3.0 to 3.3 do not save, told by gamma in the place of beta; "
    "save the trained model with Keras 3.4 or later"
)


def _batch_normalization(config: Config, version: Version) -> tuple[str, Config]:
    """Tell the modes of Keras 1 apart; before 1.0.6 ``running_std`` is a standard deviation."""
    if not version.before(2):
        return "BatchNormalization", config
    config = lacking(config, ["mode"]) | {"mode": config.get("mode", 0)}
    variance = not version.before(1, 0, 6)
    if config["mode"] == 0 and variance:
        return "BatchNormalization", config
    return "LegacyBatchNormalization", config | {"variance": variance}


def _unit(version: Version) -> Config:
    return {"minimum_norm": 1e-6 if version.before(3, 6) else 1e-12}


def _cuts_integers(version: Version, *since: int) -> Config:
    """Tell whether the layer makes integers of what it computes from integers, or might."""
    unsure = not version.stated and not version.before(3)
    return {"cuts_integers": unsure or not version.before(*since)}


def _rms_scaling(layer: Any, version: Version) -> LeftOut | None:
    """Tell whether rms_scaling may be on, which Keras 3 leaves out before 3.4.

    With it a layer has gamma alone, which tells where the config asks for both variables or none,
    or else where the file names it.
    """
    if layer.center == layer.scale or version.before(3) or not version.before(3, 4):
        return None
    if layer.beta is not None and layer.beta.name.partition(":")[0].endswith("gamma"):
        raise layer.refuse(SCALED)
    return NOT_SCALED


def _renorm(config: Mapping[str, Any]) -> tuple[str, ...]:
    return RENORM if config.get("renorm") else ()


WORDS: Final = Words(
    classes={
        "SyncBatchNormalization": "BatchNormalization",  # TensorFlow 2.2: differs in training only
        "BatchNormalizationV1": "BatchNormalization",  # TensorFlow 1.14
        "BatchNormalizationV2": "BatchNormalization",  # TensorFlow 1.14
    },
    rewritten={"BatchNormalization": _batch_normalization},
    ignored={
        "BatchNormalization": {
            "momentum": TRAINS,
            "mode": ELSEWHERE,
            "gamma_regularizer": TRAINS,
            "beta_regularizer": TRAINS,
            "renorm": "training only; its own variables are left aside",
            "renorm_clipping": TRAINS,
            "renorm_momentum": TRAINS,
            "synchronized": TRAINS,
            "fused": "speed",
        },
        "LegacyBatchNormalization": {
            "momentum": TRAINS,
            "gamma_regularizer": TRAINS,
            "beta_regularizer": TRAINS,
        },
        "RMSNormalization": {"scale_initializer": STARTS},
        "SpectralNormalization": {"power_iterations": TRAINS},
    },
    respelled={
        "BatchNormalization": {"axis": single},
        "LegacyBatchNormalization": {"axis": single},
        "GroupNormalization": {"axis": single},
    },
    decided={
        "UnitNormalization": _unit,
        "LayerNormalization": lambda version: _cuts_integers(version, 3, 11),
        # Before 3.7 GroupNormalization does not take integers.
        "GroupNormalization": lambda version: _cuts_integers(version, 3),
        "SpectralNormalization": lambda version: _cuts_integers(version, 3),
    },
    left_out={"LayerNormalization": _rms_scaling},
    unused={"BatchNormalization": _renorm, "SpectralNormalization": lambda _: SPECTRAL},
    variables={
        "running_mean": ("running_mean", "moving_mean"),
        "running_std": ("running_std", "moving_variance"),
    },
    made_up=("LegacyBatchNormalization",),
    since={
        "BatchNormalization": "Keras 0.3",
        **dict.fromkeys(
            (
                "GroupNormalization",
                "LayerNormalization",
                "SpectralNormalization",
                "UnitNormalization",
            ),
            "the Keras of TensorFlow 2",
        ),
        "RMSNormalization": "Keras 3",
    },
    refused={
        "BatchNormalization": ("virtual_batch_size", "adjustment", "an axis of open size"),
        "LegacyBatchNormalization": ("mode=2 of a Keras before 1.0.6",),
        "LayerNormalization": ("axes that are not in rising order",),
        "RMSNormalization": ("axes that are not in rising order",),
        "GroupNormalization": ("an axis of open size", "channels that the groups do not divide"),
    },
)
